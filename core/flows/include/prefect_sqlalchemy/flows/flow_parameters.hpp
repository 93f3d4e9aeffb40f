#pragma once

#include <concepts>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/json/value_to.hpp>

#include <prefect_sqlalchemy/flows/await_call.hpp>
#include <prefect_sqlalchemy/flows/recorded_value.hpp>
#include <prefect_sqlalchemy/flows/run_engine.hpp>
#include <prefect_sqlalchemy/flows/run_errors.hpp>

/// How the parameters of a deployed run become a flow's arguments.
namespace prefect::detail {

/// The run that this process was started for (PREFECT__FLOW_RUN_ID), if it is one of that flow; once.
/// @return nullptr: none, another flow's, or taken before
/// @throws PrefectServerError  the server cannot be reached, or does not know the run
/// @throws SettingsError       no server is named
PREFECT_SQLALCHEMY_API std::shared_ptr<const TakenRun> take_deployed_run(const RunSpec& spec);

/// The same flow, for a run that is taken over.
PREFECT_SQLALCHEMY_API std::shared_ptr<const RunSpec> with_taken_run(const RunSpec& spec,
                                                                     std::shared_ptr<const TakenRun> taken);

/// "block", as the flow names it; "arg0" where it does not.
PREFECT_SQLALCHEMY_API std::string parameter_name(const RunSpec& spec, std::size_t index);
/// @throws ParameterTypeError  the server gives a parameter that the flow has not
PREFECT_SQLALCHEMY_API void check_parameter_names(const RunSpec& spec, std::size_t count);
[[noreturn]] PREFECT_SQLALCHEMY_API void throw_parameter_unfit(const std::string& name,
                                                               const std::string& wanted,
                                                               const boost::json::value& given);

template <class T>
struct OptionalValue {
  static constexpr bool is_optional = false;
};
template <class T>
struct OptionalValue<std::optional<T>> {
  static constexpr bool is_optional = true;
  using type = T;
};

/// What a parameter of that type is called in messages.
template <class T>
std::string wanted_type() {
  if constexpr (OptionalValue<T>::is_optional) {
    return wanted_type<typename OptionalValue<T>::type>() + " or null";
  } else if constexpr (std::is_same_v<T, bool>) {
    return "true or false";
  } else if constexpr (std::is_integral_v<T>) {
    return "an integer of " + std::to_string(8 * sizeof(T)) + " bits" +
           (std::is_signed_v<T> ? "" : ", not negative");
  } else if constexpr (std::is_floating_point_v<T>) {
    return "a number";
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::filesystem::path>) {
    return "a text";
  } else {
    return "a " + type_name(typeid(T));
  }
}

/// @throws ParameterTypeError
template <class T>
T parameter_from_json(const boost::json::value& given, const std::string& name) {
  if constexpr (OptionalValue<T>::is_optional) {
    if (given.is_null()) return std::nullopt;
    return parameter_from_json<typename OptionalValue<T>::type>(given, name);
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return std::filesystem::path(parameter_from_json<std::string>(given, name));
  } else if constexpr (std::is_same_v<T, boost::json::value>) {
    return given;
  } else if constexpr (boost::json::has_value_to<T>::value && std::is_move_constructible_v<T>) {
    auto converted = boost::json::try_value_to<T>(given);
    if (converted.has_error()) throw_parameter_unfit(name, wanted_type<T>(), given);
    return std::move(*converted);
  } else {
    throw_parameter_unfit(name, wanted_type<T>() + ", which cannot be read from JSON", given);
  }
}

template <class Stored, class... Args>
Stored deployed_arguments(const RunSpec& spec, const boost::json::object& given, Args&&... args) {
  std::size_t index = 0;
  const auto one = [&]<class T, class Arg>(std::type_identity<T>, Arg&& arg) -> T {
    const std::string name = parameter_name(spec, index++);
    if (const boost::json::value* const value = given.if_contains(name))
      return parameter_from_json<T>(*value, name);
    return T(std::forward<Arg>(arg));
  };
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    // Braces: evaluated in order, which the index follows.
    return Stored{one(std::type_identity<std::tuple_element_t<I, Stored>>(), std::forward<Args>(args))...};
  }
  (std::index_sequence_for<Args...>());
}

/// Calls a flow as the run that was taken over: parameters that the server gives go before the call's own
/// arguments. Where one does not fit, the run fails with that.
template <class Function, class... Args>
auto call_deployed(const RunSpec& spec, const std::shared_ptr<const Function>& function,
                   std::shared_ptr<const TakenRun> taken, Args&&... args)
    -> std::invoke_result_t<const Function&, Args...> {
  using R = std::invoke_result_t<const Function&, Args...>;
  using Stored = typename StoredArguments<signature_t<Function>, Args...>::type;
  const std::shared_ptr<const RunSpec> own = with_taken_run(spec, taken);
  std::optional<Stored> arguments;
  std::exception_ptr unfit;
  try {
    check_parameter_names(*own, sizeof...(Args));
    arguments.emplace(deployed_arguments<Stored>(*own, taken->parameters, std::forward<Args>(args)...));
  } catch (const ParameterTypeError&) {
    unfit = std::current_exception();
  }
  if (unfit) {
    const auto fails = [unfit]() -> R { std::rethrow_exception(unfit); };
    return call_or_await(own, std::make_shared<const decltype(fails)>(fails));
  }
  return std::apply(
      [&](auto&... argument) -> R { return call_or_await(own, function, std::move(argument)...); },
      *arguments);
}

}  // namespace prefect::detail

#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <prefect_sqlalchemy/flows/recorded_value.hpp>
#include <prefect_sqlalchemy/flows/run_engine.hpp>

/// How a user's function and its arguments become a RunBody with their types kept.
namespace prefect::detail {

template <class T>
struct Signature {};
template <class R, class... P>
struct Signature<R(P...)> {
  using type = R(P...);
};
template <class R, class... P>
struct Signature<R(P...) noexcept> : Signature<R(P...)> {};
template <class C, class R, class... P>
struct Signature<R (C::*)(P...) const> : Signature<R(P...)> {};
template <class C, class R, class... P>
struct Signature<R (C::*)(P...) const noexcept> : Signature<R(P...)> {};

template <class Function>
struct CallOperator {};
template <class Function>
requires requires { &Function::operator(); }
struct CallOperator<Function> : Signature<decltype(&Function::operator())> {};
template <class Function>
struct CallOperator<Function*> : Signature<Function> {};

/// `R(P...)` of a function or a lambda whose call operator is no template; else nothing callable.
struct NoSignature {};
template <class Function>
struct SignatureOf {
  using type = NoSignature;
};
template <class Function>
requires requires { typename CallOperator<Function>::type; }
struct SignatureOf<Function> {
  using type = typename CallOperator<Function>::type;
};
template <class Function>
using signature_t = typename SignatureOf<Function>::type;

/// Gives a Flow or Task the function's own parameters too, so that `task({"a", "b"})` and conversions work
/// as they do with the function itself.
template <class Derived, class Called>
struct TypedCall {
  void operator()(NoSignature) const = delete;
};
template <class Derived, class R, class... P>
struct TypedCall<Derived, R(P...)> {
  R operator()(P... parameters) const {
    return static_cast<const Derived&>(*this).call(std::forward<P>(parameters)...);
  }
};

/// std::is_copy_constructible also believes of a vector of unique_ptr that it can be copied.
template <class T>
constexpr bool is_copyable() {
  if constexpr (!std::is_copy_constructible_v<T>) {
    return false;
  } else if constexpr (requires { typename T::value_type; }) {
    if constexpr (std::is_same_v<typename T::value_type, T>) {
      return true;
    } else {
      return is_copyable<typename T::value_type>();
    }
  } else {
    return true;
  }
}

/// Keeps what a function returned: a value, a reference, or nothing.
template <class R>
class ResultSlot {
 public:
  template <class Call>
  void fill(Call&& call) {
    value_.emplace(std::forward<Call>(call)());
  }
  std::string recorded() const { return recorded_text(recorded_value(*value_)); }
  R take() { return std::move(*value_); }
  R copy() const requires(is_copyable<R>()) { return *value_; }

 private:
  std::optional<R> value_;
};
template <class R>
class ResultSlot<R&> {
 public:
  template <class Call>
  void fill(Call&& call) {
    value_ = &std::forward<Call>(call)();
  }
  std::string recorded() const { return recorded_text(recorded_value(*value_)); }
  R& take() { return *value_; }
  R& copy() const { return *value_; }

 private:
  R* value_ = nullptr;
};
template <>
class ResultSlot<void> {
 public:
  template <class Call>
  void fill(Call&& call) {
    std::forward<Call>(call)();
  }
  std::string recorded() const { return {}; }
  void take() {}
  void copy() const {}
};

/// What is stored for an argument: the parameter's type, unless that is a reference to change something
/// through, which the caller gives as std::ref.
template <class Param, class Arg>
using stored_t =
    std::conditional_t<std::is_lvalue_reference_v<Param> && !std::is_const_v<std::remove_reference_t<Param>>,
                       std::decay_t<Arg>, std::decay_t<Param>>;

/// A call whose arguments live elsewhere at least as long. Args are reference types: an lvalue stays one in
/// each attempt; an rvalue is moved from in the last attempt only, earlier ones get copies.
template <class Function, class... Args>
class BorrowedCall final : public RunBody {
 public:
  using Result = std::invoke_result_t<const Function&, Args...>;

  BorrowedCall(const Function& function, ResultSlot<Result>& result, Args... args)
      : function_(function), result_(result), args_(std::forward<Args>(args)...) {}

  void attempt(bool last) override { run(last, std::index_sequence_for<Args...>()); }
  bool repeatable() const noexcept override { return can_repeat; }
  boost::json::array recorded_arguments() const override {
    boost::json::array out;
    std::apply([&](const auto&... value) { (out.push_back(recorded_value(value)), ...); }, args_);
    return out;
  }
  std::string recorded_result() const override { return result_.recorded(); }

 private:
  static constexpr bool can_repeat =
      ((std::is_lvalue_reference_v<Args> || is_copyable<std::remove_cvref_t<Args>>()) && ...);

  template <class Arg>
  using Kept = std::conditional_t<std::is_lvalue_reference_v<Arg>, Arg, std::remove_cvref_t<Arg>>;

  template <std::size_t... I>
  void run(bool last, std::index_sequence<I...>) {
    if constexpr (can_repeat) {
      if (!last) {
        std::tuple<Kept<Args>...> copies(static_cast<const Kept<Args>&>(std::get<I>(args_))...);
        result_.fill(
            [&]() -> Result { return std::invoke(function_, std::forward<Args>(std::get<I>(copies))...); });
        return;
      }
    }
    result_.fill(
        [&]() -> Result { return std::invoke(function_, std::forward<Args>(std::get<I>(args_))...); });
  }

  const Function& function_;
  ResultSlot<Result>& result_;
  std::tuple<Args...> args_;
};

template <class Function, class... Args>
auto call_function(const std::shared_ptr<const RunSpec>& spec, const Function& function, Args&&... args)
    -> std::invoke_result_t<const Function&, Args...> {
  ResultSlot<std::invoke_result_t<const Function&, Args...>> result;
  BorrowedCall<Function, Args&&...> body(function, result, std::forward<Args>(args)...);
  call_run(spec, body);
  return result.take();
}

}  // namespace prefect::detail

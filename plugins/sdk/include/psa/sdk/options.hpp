// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <psa/driver.h>

namespace psa {

/// One row of a driver's option table.
/// @param choices  allowed values separated by '|', or empty
/// All texts must be of static lifetime.
constexpr psa_option_info option_info(std::string_view name, uint32_t type, std::string_view default_value,
                                      std::string_view choices, std::string_view description,
                                      uint32_t flags = 0) {
  const auto text = [](std::string_view from) {
    return from.empty() ? psa_string{nullptr, 0} : psa_string{from.data(), from.size()};
  };
  return {PSA_INIT(psa_option_info), type, flags, 0, text(name), text(default_value), text(choices),
          text(description)};
}

/// The options of one connection, checked against the driver's table.
///
/// A text from a URL is read as the declared type; otherwise the type must be the declared one, but an
/// integer may stand for a double. Choices are compared without regard to ASCII case and come out as the
/// table writes them. An option given twice counts as it was given last. A table with an entry "*" of
/// PSA_OPTION_ANY takes other names too: others().
class Options {
 public:
  /// @param known  the driver's table, of static lifetime
  /// @throws DriverError  PSA_INVALID_ARGUMENT: unknown name (tells the nearest known one), wrong type,
  ///                      unreadable text, or a value that is not among the choices
  Options(std::span<const psa_option_info> known, const psa_connection_args& args);

  /// The value, or nothing where the option was not given. `name` must be one of the table, of that type.
  /// @throws std::logic_error  it is not; where no option was given at all, that is not looked at
  std::optional<std::string_view> text(std::string_view name) const;
  std::optional<int64_t> integer(std::string_view name) const;
  std::optional<double> real(std::string_view name) const;
  std::optional<bool> boolean(std::string_view name) const;
  /// The options that the table does not name, in order, as text: true as "1".
  const std::vector<std::pair<std::string, std::string>>& others() const noexcept { return others_; }

 private:
  struct Value {
    const psa_option_info* info;
    std::string text;
    int64_t integer = 0;
    double real = 0;
  };

  void read(const psa_option& option);
  void read_other(const psa_option& option);
  const Value* find(std::string_view name, uint32_t type) const;

  std::span<const psa_option_info> known_;
  std::vector<Value> values_;  // of those that were given, most often none
  std::vector<std::pair<std::string, std::string>> others_;
};

/// The nearest of `known` to a misspelt name, or nothing where none is near.
std::string_view nearest_option(std::string_view name, std::span<const psa_option_info> known);

}  // namespace psa

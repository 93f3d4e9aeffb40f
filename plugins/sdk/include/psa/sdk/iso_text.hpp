// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace psa {

/// A date, time or timestamp as ISO 8601 text, as Python's isoformat(" ") writes it: fractions of a second
/// only where there are any, six digits, or nine where nanoseconds need them.
class IsoText {
 public:
  /// @param days  since 1970-01-01
  /// @return nothing outside of the years 1 to 9999, which ISO text and SQL dates end at
  static std::optional<IsoText> date(int64_t days) noexcept;

  /// @param ticks  units since midnight
  /// @return nothing outside of one day
  static std::optional<IsoText> time(int64_t ticks, int64_t ticks_per_second) noexcept;

  /// @param ticks  units since 1970-01-01 00:00, of UTC if there is a zone
  /// @param zone   empty for none; a fixed offset ("+05:30") is kept, any other zone is written as UTC
  static std::optional<IsoText> timestamp(int64_t ticks, int64_t ticks_per_second,
                                          std::string_view zone) noexcept;

  std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  void put(char c) noexcept { text_[size_++] = c; }
  void put_number(int64_t value, int digits) noexcept;
  bool put_date(int64_t days) noexcept;
  void put_time(int64_t second_of_day, int64_t fraction, int64_t ticks_per_second) noexcept;

  std::array<char, 48> text_;
  uint8_t size_ = 0;
};

}  // namespace psa

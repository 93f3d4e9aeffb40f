#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>

#include <prefect_sqlalchemy.hpp>

#include "item.hpp"

namespace bench {

inline std::int64_t touch(std::string_view text) {
  return static_cast<std::int64_t>(text.size()) + (text.empty() ? 0 : text.front() + text.back());
}

/// What reading rows comes to: each way touches every value, and they must agree.
struct Sums {
  std::int64_t rows = 0, integers = 0, bytes = 0, nulls = 0;
  double reals = 0;
  std::int64_t moments = 0;  ///< of ts: what each client has at hand, so not compared

  void add_note(std::optional<std::string_view> note) {
    if (note) {
      bytes += touch(*note);
    } else {
      ++nulls;
    }
  }

  void add(const prefect_sqlalchemy::Row& row) {
    integers += row.get<std::int64_t>(0) + row.get<std::int64_t>(2);
    reals += row.get<double>(1);
    bytes += touch(row.get<std::string_view>(3));
    add_note(row.get<std::optional<std::string_view>>(4));
    moments += row.get<prefect_sqlalchemy::Timestamp>(5).time_since_epoch().count();
    ++rows;
  }

  void add(const RowValues& row) {
    integers += row.id + row.qty;
    reals += row.price;
    bytes += touch(row.name);
    add_note(row.has_note ? std::optional<std::string_view>(row.note) : std::nullopt);
    ++rows;
  }

  void check(const Sums& expected) const {
    if (rows != expected.rows || integers != expected.integers || bytes != expected.bytes ||
        nulls != expected.nulls || reals != expected.reals)
      throw std::runtime_error("the rows read are not those expected");
  }
};

inline Sums sums_of(std::int64_t rows) {
  Sums sums;
  for (std::int64_t i = 0; i < rows; ++i) sums.add(row_values(i));
  return sums;
}

}  // namespace bench

#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// The rows that the benchmarks read and write: id bigint, price double, qty integer, name (5 to 12 bytes),
/// note (36 to 44 bytes, every tenth NULL), ts. The same values for the same row, always.
namespace bench {

struct RowValues {
  std::int64_t id;
  double price;
  std::int64_t qty;
  std::string name, note;
  std::string ts;          ///< as text, "2026-01-10 12:10:00"
  std::int64_t ts_micros;  ///< the same moment, microseconds since 1970 without zone
  int day, minute;         ///< what differs in it from row to row
  bool has_note;
};

inline RowValues row_values(std::int64_t i) {
  const auto mixed = static_cast<std::uint64_t>(i) * 2654435761U;
  RowValues row{i,
                static_cast<double>(mixed % 1'000'000) / 8,
                static_cast<std::int64_t>(mixed % 1000),
                {},
                {},
                {},
                0,
                static_cast<int>(10 + i % 20),
                static_cast<int>(10 + i % 50),
                i % 10 != 0};
  row.name = "name" + std::to_string(mixed % 100'000'000);
  row.note =
      std::string(28 + mixed % 9, static_cast<char>('a' + i % 26)) + "-note " + std::to_string(10 + i % 90);
  row.ts = "2026-01-" + std::to_string(row.day) + " 12:" + std::to_string(row.minute) + ":00";
  constexpr std::int64_t days_before_2026 = 20'454;
  row.ts_micros = (((days_before_2026 + row.day - 1) * 24 + 12) * 60 + row.minute) * 60'000'000;
  return row;
}

inline std::vector<RowValues> item_rows(std::int64_t count) {
  std::vector<RowValues> rows;
  rows.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) rows.push_back(row_values(i));
  return rows;
}

}  // namespace bench

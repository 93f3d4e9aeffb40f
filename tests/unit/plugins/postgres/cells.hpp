// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <psa/driver.h>

namespace driver_client {

/// Parameters of every kind that a host may send, written down by the Arrow specification and not by this
/// library's own code: `Cells(2).boolean(true).list(Cells().integer(1).null())` is one row of two columns.
///
/// The values of one column are of one kind, or NULL. Must live until what it made was used.
class Cells {
 public:
  /// @param columns  cells of a row; 0: all cells are one row
  explicit Cells(size_t columns = 0) : columns_(columns) {}

  Cells& null() { return add({"n", {}, {}, {}, true}); }
  Cells& boolean(bool value) { return add({"b", {}, std::string(1, value ? '\1' : '\0')}); }
  Cells& integer(int64_t value) { return fixed("l", value); }
  Cells& small(int16_t value) { return fixed("s", value); }
  Cells& uint64(uint64_t value) { return fixed("L", value); }
  Cells& real(double value) { return fixed("g", value); }
  Cells& decimal(std::string_view value) { return add({"U", "psa.decimal", std::string(value)}); }
  Cells& text(std::string_view value) { return add({"U", {}, std::string(value)}); }
  Cells& json(std::string_view value) { return add({"U", "arrow.json", std::string(value)}); }
  Cells& bytes(std::string_view value) { return add({"Z", {}, std::string(value)}); }
  /// @param value  its 16 bytes
  Cells& uuid(std::string_view value) { return add({"w:16", "arrow.uuid", std::string(value)}); }
  /// Days since 1970.
  Cells& date(int32_t days) { return fixed("tdD", days); }
  /// Microseconds: since midnight, since 1970, since 1970 in UTC.
  Cells& time(int64_t value) { return fixed("ttu", value); }
  Cells& timestamp(int64_t value) { return fixed("tsu:", value); }
  Cells& timestamp_tz(int64_t value) { return fixed("tsu:UTC", value); }
  Cells& timestamp_ns(int64_t value) { return fixed("tsn:", value); }
  Cells& duration(int64_t microseconds) { return fixed("tDu", microseconds); }
  Cells& interval(int32_t months, int32_t days, int64_t nanoseconds);
  Cells& list(const Cells& elements);

  /// Makes the batch; once.
  psa_execute execute();

 private:
  struct Cell {
    std::string format;
    std::string extension;
    std::string bytes;
    std::vector<Cell> items = {};
    bool null = false;
  };
  /// A column, or the struct of them, with all the memory behind it.
  struct Node {
    ArrowSchema schema{};
    ArrowArray array{};
    std::string format, name, metadata;
    std::vector<std::string> buffers;
    std::vector<const void*> places;
    std::vector<std::unique_ptr<Node>> children;
    std::vector<ArrowSchema*> schemas;
    std::vector<ArrowArray*> arrays;
    void close(int64_t length);
  };

  Cells& add(Cell cell);
  template <class T>
  Cells& fixed(const char* format, T value) {
    return add({format, {}, std::string(reinterpret_cast<const char*>(&value), sizeof value)});
  }
  static std::unique_ptr<Node> column(const std::vector<const Cell*>& cells, std::string name);

  size_t columns_;
  std::vector<Cell> cells_;
  std::unique_ptr<Node> root_;
};

}  // namespace driver_client

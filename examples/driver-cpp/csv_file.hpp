#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace csv {

enum class Type { text, int64, float64, boolean, date };

struct Column {
  std::string name;
  Type type;
};

/// A value of a file: nothing for NULL, days since 1970-01-01 for a date.
struct Date {
  int32_t days;
  auto operator<=>(const Date&) const = default;
};
using Value = std::variant<std::monostate, std::string, int64_t, double, bool, Date>;

/// What `text` is as a value of the type, if it is one.
std::optional<Value> parse_value(Type type, std::string_view text);
std::string_view name_of(Type type);

/// A file of comma-separated values, read line by line. Its first line declares the columns: "name:text,age:int64".
/// Fields may stand in quotes, where "" is a quote; an empty field without quotes is NULL.
class File {
 public:
  /// Opens the file and reads its first line. @throws psa::DriverError  it is not there, or declares no columns
  File(const std::string& folder, const std::string& name, char separator);

  const std::vector<Column>& columns() const { return columns_; }
  /// The next row, or nothing at the end. @throws psa::DriverError  naming line and column
  const std::vector<Value>* next();
  /// Whether nothing is left to read.
  bool at_end() { return in_.peek() == std::ifstream::traits_type::eof(); }

 private:
  struct Field {
    std::string text;
    bool quoted;
  };
  /// One line's fields; a field in quotes may hold line feeds.
  std::vector<Field> read_fields();
  std::string here() const;

  std::string name_;
  char separator_;
  std::ifstream in_;
  int64_t line_ = 0;
  std::vector<Column> columns_;
  std::vector<Value> row_;
};

}  // namespace csv

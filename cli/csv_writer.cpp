#include <iostream>
#include <string_view>

#include "cell_text.hpp"
#include "row_writer.hpp"

namespace psa_cli {
namespace {

using prefect_sqlalchemy::Row;

/// RFC 4180, but for its line ends. NULL is nothing at all, an empty text is "".
class CsvWriter : public RowWriter {
 public:
  explicit CsvWriter(Progress& progress) : progress_(progress) {}

  void begin(const std::vector<std::string>& columns) override {
    std::string line;
    for (const auto& column : columns) line += (line.empty() ? "" : ",") + quoted(column);
    write(line);
  }

  void row(const Row& row) override {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += ',';
      const auto value = row.value(i);
      if (!value.is_null()) line += quoted(cell_text(value));
    }
    write(line);
  }

  void end() override {}
  void count(std::int64_t rows) override { tell_count(rows, progress_); }

 private:
  static std::string quoted(std::string_view text) {
    if (!text.empty() && text.find_first_of("\",\r\n") == text.npos) return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"') out += '"';
      out += c;
    }
    return out + '"';
  }

  void write(const std::string& line) {
    progress_.clear_if_shared();
    std::cout << line << '\n';
  }

  Progress& progress_;
};

}  // namespace

std::unique_ptr<RowWriter> make_csv_writer(Progress& progress) {
  return std::make_unique<CsvWriter>(progress);
}

}  // namespace psa_cli

#include <iostream>
#include <optional>

#include "cell_text.hpp"
#include "display_width.hpp"
#include "row_writer.hpp"
#include "terminal.hpp"
#include "text_table.hpp"

namespace psa_cli {
namespace {

using prefect_sqlalchemy::Row;

/// Rows whose widths decide about the columns, and rows printed at a time.
constexpr std::size_t rows_at_a_time = 1000;

class TableWriter : public RowWriter {
 public:
  explicit TableWriter(Progress& progress) : progress_(progress) {}

  void begin(const std::vector<std::string>& columns) override {
    std::vector<std::string> headings;
    for (const auto& column : columns) headings.push_back(printable(column));
    table_.emplace(std::move(headings), output_width());
    rows_ = 0;
  }

  void row(const Row& row) override {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto value = row.value(i);
      if (is_number(value.kind())) table_->align_right(i);
      cells.push_back(value.is_null() ? "NULL" : printable(cell_text(value)));
    }
    table_->add(std::move(cells));
    ++rows_;
    if (table_->pending() == rows_at_a_time) print();
  }

  void end() override {
    print();
    std::cout << '(' << counted(rows_) << ")\n";
    table_.reset();
  }

  void count(std::int64_t rows) override {
    progress_.clear();
    if (rows >= 0) std::cout << counted(rows) << " affected\n";
  }

 private:
  void print() {
    progress_.clear();
    table_->print(std::cout);
  }

  Progress& progress_;
  std::optional<TextTable> table_;
  std::int64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<RowWriter> make_table_writer(Progress& progress) {
  return std::make_unique<TableWriter>(progress);
}

}  // namespace psa_cli

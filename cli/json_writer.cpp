#include <algorithm>
#include <iostream>

#include "cell_text.hpp"
#include "row_writer.hpp"

namespace psa_cli {
namespace {

using prefect_sqlalchemy::Row;

/// One array of objects for each result, one object on a line.
class JsonWriter : public RowWriter {
 public:
  explicit JsonWriter(Progress& progress) : progress_(progress) {}

  void begin(const std::vector<std::string>& columns) override {
    keys_.clear();
    std::vector<std::string> names;
    for (const auto& column : columns) {
      // An object has a key once; a result may have a column twice.
      auto name = column;
      for (int copy = 2; std::find(names.begin(), names.end(), name) != names.end(); ++copy) {
        name = column + "_" + std::to_string(copy);
      }
      keys_.push_back(json_string(name) + ": ");
      names.push_back(std::move(name));
    }
    progress_.clear_if_shared();
    std::cout << '[';
    first_ = true;
  }

  void row(const Row& row) override {
    std::string line = first_ ? "\n{" : ",\n{";
    first_ = false;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += (i > 0 ? ", " : "") + keys_[i] + cell_json(row.value(i));
    progress_.clear_if_shared();
    std::cout << line << '}';
  }

  void end() override { std::cout << (first_ ? "]\n" : "\n]\n"); }
  void count(std::int64_t rows) override { tell_count(rows, progress_); }

 private:
  Progress& progress_;
  std::vector<std::string> keys_;
  bool first_ = true;
};

}  // namespace

std::unique_ptr<RowWriter> make_json_writer(Progress& progress) {
  return std::make_unique<JsonWriter>(progress);
}

}  // namespace psa_cli

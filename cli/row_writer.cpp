#include "row_writer.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

namespace psa_cli {

void add_format_option(CLI::App& command, std::string& format) {
  format = "table";
  command.add_option("-f,--format", format, "How rows are written")
      ->check(CLI::IsMember({"table", "json", "csv", "arrow"}))
      ->capture_default_str();
}

std::unique_ptr<RowWriter> make_row_writer(const std::string& format, Progress& progress) {
  if (format == "csv") return make_csv_writer(progress);
  if (format == "json") return make_json_writer(progress);
  return make_table_writer(progress);
}

void tell_count(std::int64_t rows, Progress& progress) {
  progress.clear();
  if (rows >= 0) std::cerr << counted(rows) << " affected\n";
}

}  // namespace psa_cli

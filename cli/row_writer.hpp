#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <prefect_sqlalchemy/sql/row.hpp>

#include "progress.hpp"

namespace CLI {
class App;
}

namespace psa_cli {

/// How results are written to standard output.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual void begin(const std::vector<std::string>& columns) = 0;
  virtual void row(const prefect_sqlalchemy::Row& row) = 0;
  virtual void end() = 0;
  /// A statement without rows. @param rows  affected; -1: unknown
  virtual void count(std::int64_t rows) = 0;
};

/// The option --format of a command. @param format  set by it; "table" at first; "arrow" has no RowWriter, as
/// it takes batches (write_arrow_stream)
void add_format_option(CLI::App& command, std::string& format);

/// @param format    "table", "csv" or "json"
/// @param progress  taken off the terminal before anything is written
std::unique_ptr<RowWriter> make_row_writer(const std::string& format, Progress& progress);

std::unique_ptr<RowWriter> make_table_writer(Progress& progress);
std::unique_ptr<RowWriter> make_csv_writer(Progress& progress);
std::unique_ptr<RowWriter> make_json_writer(Progress& progress);

/// "1 row affected", on standard error: standard output is for rows.
void tell_count(std::int64_t rows, Progress& progress);

}  // namespace psa_cli

#pragma once

#include <cstddef>
#include <map>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <prefect_sqlalchemy/flows/run_event.hpp>

namespace prefect::detail {

/// Collects the database operations of runs into one table each, as Prefect shows tables among a run's
/// artifacts.
class OperationTables {
 public:
  void add(const OperationRun& operation);
  /// One operation as a log line's text: "SELECT ... - 3 rows in 1.25 ms (sqlite+pysqlite)".
  static std::string line(const OperationRun& operation);

  struct Artifact {
    RunPlace place;
    boost::json::array rows;
    std::size_t bytes = 0;
    std::size_t left_out = 0;

    /// Of POST /artifacts/, but for the run's ids.
    boost::json::object body() const;
  };
  /// The table of a run; nullptr if it had no operations.
  const Artifact* find(const std::string& run_id) const;
  void drop(const std::string& run_id) { tables_.erase(run_id); }

 private:
  std::map<std::string, Artifact> tables_;  // by run
};

}  // namespace prefect::detail

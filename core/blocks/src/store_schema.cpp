#include "store_schema.hpp"

#include <iterator>

namespace prefect {
namespace {

// SQL that SQLite, PostgreSQL and MySQL all understand. Ids are UUIDs as text, moments ISO 8601 in UTC as
// text, JSON is text; what is a key or indexed has a length, because MySQL wants one. MySQL commits each
// CREATE by itself, so the row in psa_store is written last: it says that the rest is there. Indexes come
// with keys alone: MySQL has no CREATE INDEX IF NOT EXISTS.
constexpr std::string_view statements[] = {
    R"(CREATE TABLE IF NOT EXISTS psa_store (
  id INTEGER NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL
))",
    R"(CREATE TABLE IF NOT EXISTS psa_block_document (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  block_type_slug VARCHAR(180) NOT NULL,
  name VARCHAR(180) NOT NULL,
  data TEXT NOT NULL,
  created VARCHAR(40) NOT NULL,
  updated VARCHAR(40) NOT NULL,
  UNIQUE (block_type_slug, name)
))",
    // A process that records runs. It lives while its lock file is locked, or, seen from another host, while
    // its heartbeat is young. last_batch tells a batch that is written again from a new one.
    R"(CREATE TABLE IF NOT EXISTS psa_run_process (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  host VARCHAR(255) NOT NULL,
  pid INTEGER NOT NULL,
  lock_file TEXT NOT NULL,
  started VARCHAR(40) NOT NULL,
  heartbeat VARCHAR(40) NOT NULL,
  last_batch BIGINT NOT NULL
))",
    R"(CREATE TABLE IF NOT EXISTS psa_flow_run (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  flow_name VARCHAR(255) NOT NULL,
  name VARCHAR(255) NOT NULL,
  parameters TEXT NOT NULL,
  tags TEXT NOT NULL,
  state_type VARCHAR(20) NOT NULL,
  state_name VARCHAR(60) NOT NULL,
  state_message TEXT NOT NULL,
  run_count INTEGER NOT NULL,
  parent_task_run_id VARCHAR(36) NOT NULL,
  process VARCHAR(36) NOT NULL,
  start_time VARCHAR(40) NOT NULL,
  end_time VARCHAR(40) NOT NULL,
  created VARCHAR(40) NOT NULL,
  result TEXT NOT NULL,
  operations BIGINT NOT NULL
))",
    // The flow_run_id of a task that ran alone is its own id.
    R"(CREATE TABLE IF NOT EXISTS psa_task_run (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  flow_run_id VARCHAR(36) NOT NULL,
  task_name VARCHAR(255) NOT NULL,
  dynamic_key VARCHAR(60) NOT NULL,
  name VARCHAR(255) NOT NULL,
  tags TEXT NOT NULL,
  task_inputs TEXT NOT NULL,
  state_type VARCHAR(20) NOT NULL,
  state_name VARCHAR(60) NOT NULL,
  state_message TEXT NOT NULL,
  run_count INTEGER NOT NULL,
  process VARCHAR(36) NOT NULL,
  start_time VARCHAR(40) NOT NULL,
  end_time VARCHAR(40) NOT NULL,
  created VARCHAR(40) NOT NULL,
  result TEXT NOT NULL,
  operations BIGINT NOT NULL,
  UNIQUE (flow_run_id, task_name, dynamic_key)
))",
    R"(CREATE TABLE IF NOT EXISTS psa_run_state (
  run_id VARCHAR(36) NOT NULL,
  sequence INTEGER NOT NULL,
  id VARCHAR(36) NOT NULL,
  type VARCHAR(20) NOT NULL,
  name VARCHAR(60) NOT NULL,
  message TEXT NOT NULL,
  timestamp VARCHAR(40) NOT NULL,
  PRIMARY KEY (run_id, sequence)
))",
    // In these two, run_id is the flow run's, or that of a task that ran alone; task_run_id may be empty.
    R"(CREATE TABLE IF NOT EXISTS psa_log (
  run_id VARCHAR(36) NOT NULL,
  sequence BIGINT NOT NULL,
  task_run_id VARCHAR(36) NOT NULL,
  level INTEGER NOT NULL,
  name VARCHAR(60) NOT NULL,
  message TEXT NOT NULL,
  timestamp VARCHAR(40) NOT NULL,
  PRIMARY KEY (run_id, sequence)
))",
    R"(CREATE TABLE IF NOT EXISTS psa_database_operation (
  run_id VARCHAR(36) NOT NULL,
  sequence BIGINT NOT NULL,
  task_run_id VARCHAR(36) NOT NULL,
  statement TEXT NOT NULL,
  driver VARCHAR(255) NOT NULL,
  started VARCHAR(40) NOT NULL,
  duration_us BIGINT NOT NULL,
  row_count BIGINT NOT NULL,
  error TEXT NOT NULL,
  PRIMARY KEY (run_id, sequence)
))",
};

}  // namespace

std::vector<std::string> store_schema_statements(std::string_view dialect) {
  std::vector<std::string> out(std::begin(statements), std::end(statements));
  if (dialect != "mysql" && dialect != "mariadb") return out;
  // MySQL's TEXT ends at 64 KiB, and its default collation takes "Work" and "work" for one name.
  for (std::string& statement : out) {
    constexpr std::string_view text = " TEXT ";
    for (std::size_t at = 0; (at = statement.find(text, at)) != std::string::npos;) {
      statement.replace(at, text.size(), " LONGTEXT ");
    }
    statement += " DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
  }
  return out;
}

}  // namespace prefect

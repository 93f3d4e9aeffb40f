// SPDX-License-Identifier: Apache-2.0
#include "statement.hpp"

#include <utility>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/text.hpp>

#include "error.hpp"
#include "transaction.hpp"

namespace psa::postgres {
namespace {

constexpr int64_t fewest_rows_as_copy = 100;

[[noreturn]] void too_many_parameters() {
  throw DriverError(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING,
                    "PostgreSQL takes at most 65,535 parameters in a statement")
      .with_hint("pass a list as one array, 'column = ANY(:list)', or many rows by execute_many");
}

/// Whether the text has a placeholder of that number. They are numbered without gaps: two tell that it is
/// none inside of a literal.
bool has_placeholder(std::string_view sql, int number) {
  return sql.find('$' + std::to_string(number)) != std::string_view::npos &&
         sql.find('$' + std::to_string(number - 1)) != std::string_view::npos;
}

// libpq 15.18, and older ones, take the description of more parameters for garbage, and hang up.
constexpr int most_described = 7498;
constexpr int most_parameters = 65535;

}  // namespace

Statement::Statement(std::shared_ptr<Connection> connection, std::string sql, uint32_t flags)
    : connection_(std::move(connection)),
      sql_(std::move(sql)),
      flags_(flags),
      described_(!has_placeholder(sql_, most_described + 1)),
      writes_(may_write(sql_)),
      commits_((flags & PSA_PREPARE_SEVERAL) != 0 || may_commit(sql_)) {
  if ((flags_ & PSA_PREPARE_ONCE) == 0) name_ = connection_->next_statement_name();
}

Statement::~Statement() {
  if (prepared_ && !name_.empty()) connection_->forget_statement(std::move(name_));
}

Task<std::shared_ptr<Statement>> Statement::prepare(Connection& connection, std::string_view sql,
                                                    uint32_t flags) {
  co_await connection.enter();
  if (const size_t at = sql.find('\0'); at != std::string_view::npos) {
    DriverError error(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING,
                      "the SQL text contains a NUL character");
    error.sql_offset = static_cast<int64_t>(at);
    throw error;
  }
  // The server would count them wrong, and hang up.
  if (has_placeholder(sql, most_parameters + 1)) too_many_parameters();
  auto statement = std::make_shared<Statement>(connection.shared_from_this(), std::string(sql), flags);
  if ((flags & PSA_PREPARE_SEVERAL) == 0) co_await statement->make_ready();
  co_return statement;
}

Task<> Statement::make_ready() {
  if (!is_ready()) co_await prepare_on_server();
}

Task<> Statement::prepare_on_server() {
  Session& s = session();
  PGconn* const client = s.client();
  const std::vector<std::string> forgotten = connection_->take_forgotten();
  if (PQenterPipelineMode(client) == 0) s.fail_to_send();
  int syncs = 1;
  bool sent = true;
  for (const std::string& name : forgotten) {
    // Each by itself: one that DISCARD ALL has closed already must not stop the others.
    sent = sent &&
           PQsendQueryParams(client, ("DEALLOCATE " + name).c_str(), 0, nullptr, nullptr, nullptr, nullptr,
                             0) != 0 &&
           PQpipelineSync(client) != 0;
    ++syncs;
  }
  sent = sent && PQsendPrepare(client, name_.c_str(), sql_.c_str(), 0, nullptr) != 0 &&
         (!described_ || PQsendDescribePrepared(client, name_.c_str()) != 0) && PQpipelineSync(client) != 0;
  if (!sent) s.fail_to_send();
  co_await s.flush();
  std::optional<DriverError> failure;
  ResultHandle description;
  while (syncs > 0) {
    ResultHandle next = co_await s.result();
    if (next == nullptr) {
      if (s.broken() || PQstatus(client) == CONNECTION_BAD) break;
      continue;
    }
    const ExecStatusType status = PQresultStatus(next.get());
    if (status == PGRES_PIPELINE_SYNC) {
      --syncs;
    } else if (status == PGRES_FATAL_ERROR) {
      DriverError error = s.error_of(next.get(), sql_);
      if ((syncs == 1 || s.broken()) && !failure) failure = std::move(error);
      if (s.broken()) break;
    } else {
      description = std::move(next);
    }
  }
  if (failure) {
    if (!s.broken()) PQexitPipelineMode(client);
    throw *failure;
  }
  if (syncs > 0) s.fail_to_send();
  PQexitPipelineMode(client);

  std::vector<Oid> met;
  for (int i = 0; i < PQnparams(description.get()); ++i) met.push_back(PQparamtype(description.get(), i));
  for (int i = 0; i < PQnfields(description.get()); ++i) met.push_back(PQftype(description.get(), i));
  prepared_ = true;
  co_await connection_->learn(std::move(met));
  parameter_types_.clear();
  std::vector<Oid> elements;
  for (int i = 0; i < PQnparams(description.get()); ++i)
    parameter_types_.push_back(&connection_->catalog().type(PQparamtype(description.get(), i)));
  binary_ = described_;
  for (int i = 0; i < PQnfields(description.get()); ++i)
    binary_ = binary_ && reads_binary(connection_->catalog().type(PQftype(description.get(), i)));
  rows_.reset();
  if (PQnfields(description.get()) > 0) set_columns(description.get(), binary_);
}

void Statement::set_columns(const PGresult* result, bool binary) {
  std::vector<ResultColumn> columns;
  const int count = PQnfields(result);
  columns.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i)
    columns.emplace_back(PQfname(result, i), connection_->catalog().type(PQftype(result, i)),
                         PQfmod(result, i), binary);
  rows_.emplace(std::move(columns));
}

bool Statement::must_prepare_again(const DriverError& error) const noexcept {
  // DISCARD ALL or DEALLOCATE took it away, or a table behind it was altered.
  return error.sqlstate == "26000" ||
         (error.sqlstate == "0A000" && error.message.find("cached plan") != std::string::npos);
}

void Statement::forget() {
  prepared_ = false;
  if (name_.empty()) return;
  connection_->forget_statement(std::exchange(name_, connection_->next_statement_name()));
}

Task<ArrowSchema> Statement::parameters() {
  co_await connection_->enter();
  co_await make_ready();
  if (!described_)
    throw DriverError(
        PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED,
        "the types of more than " + std::to_string(most_described) + " parameters are not told");
  std::vector<SchemaField> fields;
  std::vector<std::string> names;
  std::vector<std::vector<SchemaField>> elements;
  names.reserve(parameter_types_.size());
  elements.reserve(parameter_types_.size());
  for (const Type* type : parameter_types_) {
    names.push_back(encode_metadata({{"psa.type", type->name}}));
    const std::string_view format = arrow_type(type->codec).format;
    SchemaField field{format, "", names.back()};
    if (type->is_array()) {
      elements.push_back({SchemaField{format, "item"}});
      field.format = "+l";
      field.children = elements.back();
    }
    fields.push_back(field);
  }
  co_return make_schema(fields);
}

Task<std::shared_ptr<Result>> Statement::execute(const psa_execute& execute) {
  return connection_->enter_now() ? run(execute) : enter_and_execute(execute);
}

Task<std::shared_ptr<Result>> Statement::enter_and_execute(const psa_execute& execute) {
  co_await connection_->enter();
  co_return co_await run(execute);
}

void Statement::note_sending() noexcept {
  connection_->note_transaction();
  session().set_may_be_applied(commits_ || (writes_ && connection_->autocommits()));
}

Task<std::shared_ptr<Result>> Statement::run(const psa_execute& execute) {
  parameters_.open(execute);
  if (parameters_.rows() < 1) throw invalid_argument("a statement needs at least one row of parameters");
  if ((flags_ & PSA_PREPARE_SEVERAL) != 0 && parameters_.columns().empty()) return run_several();
  if (!is_ready() || parameters_.rows() > 1) return run_slowly();
  check_parameter_count();
  return run_once();
}

Task<std::shared_ptr<Result>> Statement::run_slowly() {
  if (!is_ready()) co_await prepare_on_server();
  check_parameter_count();
  if (parameters_.rows() == 1) co_return co_await run_once();
  if (parameters_.rows() >= fewest_rows_as_copy)
    if (auto result = co_await run_as_copy()) co_return result;
  co_return co_await run_for_each_row();
}

void Statement::check_parameter_count() {
  const size_t given = parameters_.columns().size();
  // As literals in quotes, which the server reads as what it expects.
  if (!described_) parameter_types_.assign(given, &connection_->catalog().type(0));
  const size_t wanted = parameter_types_.size();
  if (wanted != given)
    throw DriverError(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING,
                      "the statement has " + std::to_string(wanted) + " parameters, and " +
                          std::to_string(given) + " are given");
}

}  // namespace psa::postgres

// SPDX-License-Identifier: Apache-2.0
#include "statement.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/text.hpp>

#include "copy_form.hpp"
#include "error.hpp"
#include "ingest.hpp"
#include "rows.hpp"
#include "transaction.hpp"

namespace psa::postgres {
namespace {

constexpr int64_t fewest_rows_as_copy = 100;

}  // namespace

Statement::Statement(std::shared_ptr<Connection> connection, std::string sql, uint32_t flags)
    : connection_(std::move(connection)), sql_(std::move(sql)), flags_(flags), writes_(may_write(sql_)) {
  if ((flags_ & PSA_PREPARE_ONCE) == 0) name_ = connection_->next_statement_name();
}

Statement::~Statement() {
  if (prepared_ && !name_.empty()) connection_->forget_statement(std::move(name_));
}

Task<> Statement::prepare(std::shared_ptr<Connection> connection, const psa_string* sql, uint32_t flags,
                          psa_statement** out) {
  co_await connection->enter();
  if (const size_t at = view(*sql).find('\0'); at != std::string_view::npos) {
    DriverError error(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING,
                      "the SQL text contains a NUL character");
    error.sql_offset = static_cast<int64_t>(at);
    throw error;
  }
  auto statement = std::make_shared<Statement>(connection, std::string(view(*sql)), flags);
  if ((flags & PSA_PREPARE_SEVERAL) == 0) co_await statement->make_ready();
  statement->self_ = statement;
  *out = reinterpret_cast<psa_statement*>(statement.get());
}

Task<> Statement::make_ready() {
  // The nameless statement belongs to whoever prepared last.
  if (prepared_ && !name_.empty()) co_return;
  co_await prepare_on_server();
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
         PQsendDescribePrepared(client, name_.c_str()) != 0 && PQpipelineSync(client) != 0;
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
  binary_ = true;
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

void Statement::note_lost(DriverError& error) const noexcept {
  if (autocommitted_ && writes_ && session().broken()) error.flags |= PSA_ERROR_MAYBE_APPLIED;
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

Task<> Statement::describe_parameters(std::shared_ptr<Statement> self, ArrowSchema* out) {
  co_await self->connection_->enter();
  co_await self->make_ready();
  std::vector<SchemaField> fields;
  std::vector<std::string> names;
  std::vector<std::vector<SchemaField>> elements;
  names.reserve(self->parameter_types_.size());
  elements.reserve(self->parameter_types_.size());
  for (const Type* type : self->parameter_types_) {
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
  *out = make_schema(fields);
}

Task<> Statement::execute(std::shared_ptr<Statement> self, const psa_execute* execute, psa_result** out) {
  co_await self->connection_->enter();
  if (execute->flags != 0) throw invalid_argument("this driver knows no flags of execute");
  co_await run(self, execute, out);
}

Task<> Statement::run(std::shared_ptr<Statement> self, const psa_execute* execute, psa_result** out) {
  Statement& s = *self;
  s.parameters_.open(*execute);
  if (s.parameters_.rows() < 1) throw invalid_argument("a statement needs at least one row of parameters");
  if ((s.flags_ & PSA_PREPARE_SEVERAL) != 0 && s.parameters_.columns().empty()) {
    co_await s.run_several(out);
    co_return;
  }
  co_await s.make_ready();
  const size_t wanted = s.parameter_types_.size();
  const size_t given = s.parameters_.columns().size();
  if (wanted != given)
    throw DriverError(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING,
                      "the statement has " + std::to_string(wanted) + " parameters, and " +
                          std::to_string(given) + " are given");
  if (s.parameters_.rows() == 1) {
    co_await s.run_once(out);
    co_return;
  }
  if (s.parameters_.rows() >= fewest_rows_as_copy && co_await s.run_as_copy(out)) co_return;
  co_await s.run_for_each_row(out);
}

Task<bool> Statement::run_as_copy(psa_result** out) {
  const auto form = copy_form(sql_, parameter_types_);
  if (!form) co_return false;
  Session& s = session();
  PGconn* const client = s.client();
  char* const escaped = PQescapeLiteral(client, form->table.data(), form->table.size());
  if (escaped == nullptr) co_return false;
  const std::string relation = "to_regclass(" + std::string(escaped) + ")";
  PQfreemem(escaped);
  co_await connection_->begin_now();
  connection_->note_transaction();
  autocommitted_ = connection_->autocommits();
  if (PQtransactionStatus(client) == PQTRANS_INERROR) co_return false;
  // Triggers of statements would run once instead of once for each row; rules, and that an identity column
  // takes no values, are nothing to COPY.
  const ResultHandle special =
      co_await s.command("SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = " + relation +
                         " AND NOT tgisinternal AND tgtype & 1 = 0) OR EXISTS (SELECT FROM "
                         "pg_catalog.pg_rewrite WHERE ev_class = " +
                         relation + ")");
  if (*PQgetvalue(special.get(), 0, 0) != 'f') co_return false;
  const bool inside = !autocommitted_;
  if (inside) co_await s.command("SAVEPOINT psa_bulk");
  std::optional<DriverError> failure;
  int64_t count = 0;
  try {
    count = co_await copy_batch(*connection_, form->target, parameter_types_, parameters_);
  } catch (const DriverError& error) {
    failure = error;
  }
  if (failure && (s.broken() || failure->sqlstate == "57014")) {
    note_lost(*failure);
    throw *failure;
  }
  if (inside)
    co_await s.command(failure ? "ROLLBACK TO SAVEPOINT psa_bulk; RELEASE psa_bulk" : "RELEASE psa_bulk");
  if (failure) co_return false;
  auto result = std::make_shared<Result>(shared_from_this());
  result->set_done_count(count);
  *out = reinterpret_cast<psa_result*>(Result::hand_over(std::move(result)));
  co_return true;
}

Task<Statement::Begun> Statement::begin_run(bool rows_expected) {
  Session& s = session();
  PGconn* const client = s.client();
  Begun begun;
  connection_->note_transaction();
  autocommitted_ = connection_->autocommits();
  const std::string begin = connection_->take_deferred_begin();
  begun.pipelined = !begin.empty();
  bool sent = true;
  if (begun.pipelined)
    sent = PQenterPipelineMode(client) != 0 &&
           PQsendQueryParams(client, begin.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) != 0;
  sent = sent && PQsendQueryPrepared(client, name_.c_str(), set_.count(), set_.values(), set_.lengths(),
                                     set_.forms(), binary_ ? 1 : 0) != 0;
  if (sent && begun.pipelined) sent = PQpipelineSync(client) != 0;
  if (!sent) s.fail_to_send();
  if (!begun.pipelined && rows_expected) PQsetSingleRowMode(client);
  co_await s.flush();
  if (begun.pipelined) {
    std::optional<DriverError> failure;
    for (;;) {
      const ResultHandle answer = co_await s.result();
      if (answer == nullptr) break;
      if (PQresultStatus(answer.get()) == PGRES_FATAL_ERROR && !failure) failure = s.error_of(answer.get());
      if (s.broken()) break;
    }
    if (failure) {
      if (!s.broken()) co_await s.finish(true);
      throw *failure;
    }
    if (rows_expected) PQsetSingleRowMode(client);
  }
  begun.first = co_await s.result();
  co_return begun;
}

Task<> Statement::run_once(psa_result** out) {
  Session& s = session();
  for (int attempt = 0;; ++attempt) {
    set_.set(parameters_, 0, parameter_types_, connection_->catalog());
    Begun begun = co_await begin_run(true);
    const ExecStatusType status = PQresultStatus(begun.first.get());
    if (begun.first == nullptr || status == PGRES_FATAL_ERROR) {
      DriverError error = begun.first == nullptr ? connection_error(PQerrorMessage(s.client()))
                                                 : s.error_of(begun.first.get(), sql_);
      if (!s.broken()) {
        const auto further = co_await s.finish(begun.pipelined);
        if (s.broken()) error.flags |= PSA_ERROR_CONNECTION_LOST;
      }
      if (!s.broken() && must_prepare_again(error)) {
        forget();
        if (attempt == 0 && PQtransactionStatus(s.client()) == PQTRANS_IDLE) {
          co_await prepare_on_server();
          continue;
        }
      }
      note_lost(error);
      throw error;
    }
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
      if (status == PGRES_COPY_IN) PQputCopyEnd(s.client(), "COPY needs a stream of data");
      char* row = nullptr;
      if (status == PGRES_COPY_OUT)
        while (s.busy() || PQgetCopyData(s.client(), &row, 1) != -1) {
          if (row != nullptr) PQfreemem(std::exchange(row, nullptr));
          if (PQstatus(s.client()) == CONNECTION_BAD) break;
          co_await s.ready(PSA_WAIT_READ);
          s.read();
        }
      co_await s.flush();
      const auto ignored = co_await s.finish(begun.pipelined);
      refuse_copy();
    }
    auto result = std::make_shared<Result>(shared_from_this());
    const bool has_rows = status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK;
    if (has_rows) {
      if (!rows_) set_columns(begun.first.get(), binary_);
      rows_->start();
      result->open(std::move(begun.first), begun.pipelined);
      co_await result->look_ahead();
    } else {
      result->set_done(begun.first.get());
      auto failure = co_await s.finish(begun.pipelined);
      if (failure) {
        note_lost(*failure);
        throw *failure;
      }
    }
    *out = reinterpret_cast<psa_result*>(Result::hand_over(std::move(result)));
    co_return;
  }
}

void Statement::refuse_copy() const {
  throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED,
                    "COPY from or to the client is not a statement that can be executed")
      .with_hint("use ingest() to load rows, or a SELECT to read them");
}

Task<> Statement::run_several(psa_result** out) {
  Session& s = session();
  PGconn* const client = s.client();
  co_await connection_->begin_now();
  connection_->note_transaction();
  autocommitted_ = connection_->autocommits();
  if (PQsendQuery(client, sql_.c_str()) == 0) s.fail_to_send();
  PQsetSingleRowMode(client);
  co_await s.flush();
  auto result = std::make_shared<Result>(shared_from_this());
  result->open_several();
  co_await result->move_on();
  *out = reinterpret_cast<psa_result*>(Result::hand_over(std::move(result)));
}

Task<> Statement::run_for_each_row(psa_result** out) {
  Session& s = session();
  PGconn* const client = s.client();
  const int64_t rows = parameters_.rows();
  // A row that can't be sent must be found before any is.
  for (int64_t row = 0; row < rows; ++row) {
    try {
      set_.set(parameters_, row, parameter_types_, connection_->catalog());
    } catch (DriverError& error) {
      error.parameter_row = row;
      throw;
    }
  }
  connection_->note_transaction();
  autocommitted_ = connection_->autocommits();
  const std::string begin = connection_->take_deferred_begin();
  int64_t received = begin.empty() ? 0 : -1;
  bool sent_ok = PQenterPipelineMode(client) != 0;
  if (!begin.empty())
    sent_ok =
        sent_ok && PQsendQueryParams(client, begin.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) != 0;
  constexpr int64_t window = 4000, flush_every = 500;
  int64_t sent = 0, total = 0;
  bool synced = false, counted = false;
  std::optional<DriverError> failure;
  while (received < rows || !failure) {
    while (sent_ok && sent < rows && sent - received < window && !failure) {
      set_.set(parameters_, sent, parameter_types_, connection_->catalog());
      sent_ok = PQsendQueryPrepared(client, name_.c_str(), set_.count(), set_.values(), set_.lengths(),
                                    set_.forms(), 1) != 0;
      ++sent;
      if (sent_ok && sent % flush_every == 0) sent_ok = PQsendFlushRequest(client) != 0;
      if (sent % 64 == 0 && PQflush(client) == 1) break;
    }
    if (sent_ok && !synced && (sent == rows || failure)) {
      sent_ok = PQpipelineSync(client) != 0;
      synced = true;
    }
    if (!sent_ok) s.fail_to_send();
    const int unsent = PQflush(client);
    s.read();
    bool ended = false;
    while (!s.busy() && !ended) {
      const ResultHandle next(PQgetResult(client));
      if (next == nullptr) {
        ++received;
        // Without a query in flight there is nothing that could be asked for.
        ended = received >= sent;
        if (s.broken() || PQstatus(client) == CONNECTION_BAD) break;
        continue;
      }
      switch (PQresultStatus(next.get())) {
        case PGRES_FATAL_ERROR:
          if (!failure) {
            failure = s.error_of(next.get(), sql_);
            failure->parameter_row = std::max<int64_t>(received, 0);
          }
          break;
        case PGRES_PIPELINE_SYNC:
          ended = true;
          break;
        default: {
          const std::string_view count = PQcmdTuples(next.get());
          int64_t number = 0;
          if (!count.empty() && received >= 0) {
            std::from_chars(count.data(), count.data() + count.size(), number);
            counted = true;
            total += number;
          }
          break;
        }
      }
      if (s.broken()) break;
    }
    if (s.broken() || PQstatus(client) == CONNECTION_BAD) {
      if (!failure) failure = connection_error(PQerrorMessage(client));
      failure->flags |= PSA_ERROR_CONNECTION_LOST;
      s.give_up();
      note_lost(*failure);
      throw *failure;
    }
    if (failure || received >= rows) break;
    if (!s.busy() && sent < rows) continue;
    co_await s.ready(unsent == 1 ? PSA_WAIT_READ | PSA_WAIT_WRITE : PSA_WAIT_READ);
  }
  if (!synced && PQpipelineSync(client) == 0) s.fail_to_send();
  co_await s.flush();
  const auto late = co_await s.finish(true);
  if (failure) {
    if (must_prepare_again(*failure)) forget();
    note_lost(*failure);
    throw *failure;
  }
  if (late) throw *late;
  auto result = std::make_shared<Result>(shared_from_this());
  result->set_done_count(counted ? total : -1);
  *out = reinterpret_cast<psa_result*>(Result::hand_over(std::move(result)));
}

}  // namespace psa::postgres

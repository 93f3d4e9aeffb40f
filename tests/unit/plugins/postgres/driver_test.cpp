// SPDX-License-Identifier: Apache-2.0
//
// The driver on a real server, as the host sees it, blocking and non-blocking.
#include <atomic>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <psa/sdk/operation.hpp>
#include <psa/sdk/text.hpp>

#include "driver_client.hpp"
#include "result_text.hpp"

namespace {

using namespace driver_client;

constexpr int64_t millisecond = 1'000'000;

class PostgresDriver : public OnServer, public testing::WithParamInterface<Mode> {
 protected:
  static Connection open() { return driver_client::open(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Modes, PostgresDriver, testing::Values(Mode::blocking, Mode::nonblocking),
                         [](const auto& instance) {
                           return instance.param == Mode::blocking ? "Blocking" : "NonBlocking";
                         });

TEST_P(PostgresDriver, RunsAPreparedStatementAgainWithOtherParameters) {
  const auto db = open();
  const auto statement = prepare(db, "SELECT $1::int4 + 1, $2::text");
  for (const int64_t value : {1, 2, 2147483646}) {
    Parameters parameters(2);
    parameters.add(value).add("x");
    EXPECT_EQ(rest(execute(statement, parameters)), "int64 " + std::to_string(value + 1) + ", text x");
  }
}

TEST_P(PostgresDriver, RefusesParametersThatDoNotFitTheServersType) {
  const auto db = open();
  const auto statement = prepare(db, "SELECT $1::int2, $2::text");
  Parameters too_large(2);
  too_large.add(INT64_C(32768)).add("x");
  const auto error = error_of([&] { execute(statement, too_large); });
  EXPECT_EQ(error.category, PSA_CATEGORY_DATA);
  EXPECT_EQ(error.parameter_column, 0);
  Parameters nul(2);
  nul.add(INT64_C(1)).add(std::string_view("a\0b", 3));
  const auto second = error_of([&] { execute(statement, nul); });
  EXPECT_EQ(second.category, PSA_CATEGORY_DATA);
  EXPECT_EQ(second.parameter_column, 1);
  EXPECT_NE(second.message.find("NUL"), std::string::npos);
}

TEST_P(PostgresDriver, StreamsManyRowsWithASmallMemory) {
  const auto db = open();
  const auto result = execute(prepare(db, "SELECT i FROM generate_series(1, 100000) i"));
  int64_t batches = 0, last_seen = 0;
  bool last = false;
  while (!last) {
    const std::string text = next(result, 500, &last);
    ++batches;
    if (!text.empty()) last_seen = std::stoll(text.substr(text.rfind(' ') + 1));
  }
  EXPECT_EQ(last_seen, 100000);
  EXPECT_GE(batches, 200);
  EXPECT_EQ(info(result).rows_affected, 100000);
}

TEST_P(PostgresDriver, ReadsAReleasedResultToItsEndBeforeTheNextStatement) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int)");
  {
    const auto result = execute(prepare(db, "INSERT INTO t SELECT generate_series(1, 50000) RETURNING i"));
    next(result, 1);
  }
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 50000");
}

TEST_P(PostgresDriver, RefusesOtherCallsWhileAResultIsUnread) {
  const auto db = open();
  const auto result = execute(prepare(db, "SELECT generate_series(1, 10000)"));
  EXPECT_EQ(error_of([&] { run(db, "SELECT 1"); }).status, PSA_INVALID_STATE);
  rest(result);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresDriver, TellsWhatAStatementDid) {
  const auto db = open();
  EXPECT_EQ(info(execute(prepare(db, "CREATE TEMP TABLE t (i int)"))).kind, PSA_RESULT_NONE);
  EXPECT_EQ(run_count(db, "INSERT INTO t VALUES (1), (2)"), 2);
  EXPECT_EQ(run_count(db, "UPDATE t SET i = 3 WHERE i = 7"), 0);
  EXPECT_EQ(info(execute(prepare(db, "-- nothing"))).kind, PSA_RESULT_NONE);
  const auto empty = execute(prepare(db, "SELECT * FROM t WHERE false"));
  EXPECT_EQ(info(empty).kind, PSA_RESULT_ROWS);
  EXPECT_NE(info(empty).flags & PSA_RESULT_FINISHED, 0U);
}

TEST_P(PostgresDriver, GivesErrorsTheirPlaceAndFields) {
  const auto db = open();
  auto error = error_of([&] { run(db, "SELECT 'äöü€', nope"); });
  EXPECT_EQ(error.sqlstate, "42703");
  EXPECT_EQ(error.category, PSA_CATEGORY_PROGRAMMING);
  EXPECT_EQ(error.sql_offset, 20);
  run(db, "CREATE TEMP TABLE t (a int CONSTRAINT positive CHECK (a > 0) NOT NULL)");
  error = error_of([&] { run(db, "INSERT INTO t VALUES (-1)"); });
  EXPECT_EQ(error.category, PSA_CATEGORY_INTEGRITY);
  EXPECT_EQ(error.constraint, "positive");
  EXPECT_EQ(error.table, "t");
  error = error_of([&] { run(db, "SELECT 1; SELECT 2"); });
  EXPECT_NE(error.message.find("multiple commands"), std::string::npos);
  error = error_of([&] { run(db, "DO $$ BEGIN PERFORM 1/0; END $$"); });
  EXPECT_EQ(error.category, PSA_CATEGORY_DATA);
  EXPECT_NE(error.context.find("line 1"), std::string::npos);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresDriver, HandsOutTheRowsInFrontOfAnError) {
  const auto db = open();
  const auto result = execute(prepare(db, "SELECT 10 / (3 - i) FROM generate_series(1, 5) i"));
  EXPECT_EQ(next(result, 1000), "int64 5; int64 10");
  EXPECT_EQ(error_of([&] { next(result, 1000); }).sqlstate, "22012");
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresDriver, RunsSeveralStatementsWhereTheUserAllowsIt) {
  const auto db = open();
  const auto result = execute(prepare(db, "SELECT 1; SELECT 'a' AS x, 2", PSA_PREPARE_SEVERAL));
  EXPECT_EQ(rest(result), "int64 1");
  EXPECT_NE(info(result).flags & PSA_RESULT_MORE, 0U);
}

TEST_P(PostgresDriver, PutsALazyTransactionOffAndEndsIt) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int)");
  begin(db, PSA_BEGIN_LAZY);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_DEFERRED);
  run(db, "INSERT INTO t VALUES (1)");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_OPEN);
  savepoint(db, PSA_SAVEPOINT_SET, "a\"b");
  EXPECT_EQ(error_of([&] { run(db, "SELECT 1/0"); }).sqlstate, "22012");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_FAILED);
  savepoint(db, PSA_SAVEPOINT_ROLLBACK_TO, "a\"b");
  commit(db);
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 1");
  begin(db, PSA_BEGIN_READ_ONLY | PSA_BEGIN_DEFERRABLE, PSA_ISOLATION_SERIALIZABLE);
  EXPECT_EQ(run(db, "SHOW transaction_isolation"), "text serializable");
  EXPECT_EQ(error_of([&] { begin(db); }).status, PSA_INVALID_STATE);
  EXPECT_EQ(error_of([&] { run(db, "INSERT INTO t VALUES (2)"); }).sqlstate, "");
  rollback(db);
  EXPECT_EQ(error_of([&] { begin(db, 0, PSA_ISOLATION_SNAPSHOT); }).status, PSA_NOT_SUPPORTED);
}

TEST_P(PostgresDriver, RollsAFailedTransactionBackOnCommitAndSaysSo) {
  const auto db = open();
  run(db, "BEGIN");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_OPEN);
  error_of([&] { run(db, "SELECT 1/0"); });
  EXPECT_EQ(error_of([&] { commit(db); }).status, PSA_ERROR);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
  commit(db);
}

TEST_P(PostgresDriver, InsertsManyRowsAndTellsWhichOneFailed) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int UNIQUE, s text)");
  const auto statement = prepare(db, "INSERT INTO t VALUES ($1, $2)");
  Parameters good(2);
  for (int64_t i = 0; i < 20000; ++i) good.add(i).add("some text");
  EXPECT_EQ(info(execute(statement, good)).rows_affected, 20000);
  Parameters bad(2);
  for (int64_t i = 0; i < 9000; ++i) bad.add(i == 7000 ? 5 : 30000 + i).add("x");
  const auto error = error_of([&] { execute(statement, bad); });
  EXPECT_EQ(error.category, PSA_CATEGORY_INTEGRITY);
  EXPECT_EQ(error.parameter_row, 7000);
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 20000");
}

// A stream of one batch of parameters.
struct OneBatch {
  explicit OneBatch(Parameters& rows) : execute(rows.execute()) {
    stream.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
      *out = *static_cast<OneBatch*>(self->private_data)->execute.parameter_schema;
      out->release = [](ArrowSchema* schema) { schema->release = nullptr; };
      return 0;
    };
    stream.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
      auto& batch = *static_cast<OneBatch*>(self->private_data);
      *out = {};
      if (std::exchange(batch.given, true)) return 0;
      *out = *batch.execute.parameters;
      out->release = [](ArrowArray* array) { array->release = nullptr; };
      return 0;
    };
    stream.get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
    stream.private_data = this;
  }
  psa_execute execute;
  bool given = false;
  ArrowArrayStream stream{};
};

int64_t load(const Connection& db, std::string_view table, uint32_t mode, Parameters& rows) {
  OneBatch batch(rows);
  const psa_ingest how{PSA_INIT(psa_ingest), mode, {nullptr, 0}, psa::c_text(table), &batch.stream};
  Sink sink;
  const psa_call call{PSA_INIT(psa_call), 0, &sink, 0};
  int64_t count = -1;
  expect_ok(drive(db.get(), ::driver_client::table().ingest(db.get(), &how, &count, &call)), sink);
  return count;
}

TEST_P(PostgresDriver, LoadsRowsByCopyAndLeavesNothingOfAFailedLoad) {
  const auto db = open();
  Parameters rows(1);
  for (int64_t i = 0; i < 30000; ++i) rows.add(i);
  run(db, "DROP TABLE IF EXISTS \"lo\"\"ad\"");
  EXPECT_EQ(load(db, "lo\"ad", PSA_INGEST_CREATE, rows), 30000);
  EXPECT_EQ(run(db, "SELECT sum(p) = 449985000 FROM \"lo\"\"ad\""), "bool true");
  Parameters more(1);
  more.add(INT64_C(1)).add(INT64_C(2));
  EXPECT_EQ(error_of([&] { load(db, "lo\"ad", PSA_INGEST_CREATE, more); }).sqlstate, "42P07");
  Parameters again(1);
  again.add(INT64_C(1)).add_null();
  EXPECT_EQ(load(db, "lo\"ad", PSA_INGEST_REPLACE, again), 2);
  run(db, "ALTER TABLE \"lo\"\"ad\" ALTER p TYPE smallint");
  Parameters large(1);
  large.add(INT64_C(5)).add(INT64_C(70000));
  const auto error = error_of([&] { load(db, "lo\"ad", PSA_INGEST_APPEND, large); });
  EXPECT_EQ(error.category, PSA_CATEGORY_DATA);
  EXPECT_EQ(error.parameter_row, 1);
  EXPECT_EQ(run(db, "SELECT count(*) FROM \"lo\"\"ad\""), "int64 2");
  run(db, "ALTER TABLE \"lo\"\"ad\" ALTER p TYPE inet USING NULL");
  Parameters text(1);
  text.add("10.0.0.1");
  EXPECT_EQ(load(db, "lo\"ad", PSA_INGEST_APPEND, text), 1);
  EXPECT_EQ(run(db, "SELECT p FROM \"lo\"\"ad\" WHERE p IS NOT NULL"), "text 10.0.0.1");
  run(db, "DROP TABLE \"lo\"\"ad\"");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
}

std::string metadata_text(const Connection& db, uint32_t kind, std::string_view table) {
  const psa_metadata what{PSA_INIT(psa_metadata), kind, psa::c_text("public"), psa::c_text(table)};
  Sink sink;
  const psa_call call{PSA_INIT(psa_call), 0, &sink, 0};
  psa_result* handle = nullptr;
  expect_ok(drive(db.get(), ::driver_client::table().metadata(db.get(), &what, &handle, &call)), sink);
  const Result result(handle);
  adopt(result, db);
  return rest(result);
}

TEST_P(PostgresDriver, DescribesTablesColumnsKeysAndIndexes) {
  const auto db = open();
  run(db, "DROP TABLE IF EXISTS child, parent");
  run(db, "CREATE TABLE parent (id serial PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x')");
  run(db, "CREATE TABLE child (p int REFERENCES parent ON DELETE CASCADE)");
  run(db, "CREATE UNIQUE INDEX by_name ON parent (lower(name), id DESC)");
  EXPECT_EQ(metadata_text(db, PSA_METADATA_TABLES, "parent"), "text public, text parent, text table, null");
  EXPECT_EQ(metadata_text(db, PSA_METADATA_COLUMNS, "parent"),
            "text public, text parent, int64 1, text id, text integer, bool false, text "
            "nextval('parent_id_seq'::regclass), bool true, null; text public, text parent, int64 2, text "
            "name, text "
            "character varying(20), bool false, text 'x'::character varying, bool false, null");
  EXPECT_EQ(
      metadata_text(db, PSA_METADATA_KEYS, "child"),
      "text public, text child, text child_p_fkey, text foreign, int64 1, text p, text public, text parent, "
      "text id, text NO ACTION, text CASCADE");
  EXPECT_EQ(
      metadata_text(db, PSA_METADATA_INDEXES, "parent"),
      "text public, text parent, text by_name, bool true, int64 1, null, text lower(name::text), bool false; "
      "text public, text parent, text by_name, bool true, int64 2, text id, null, bool true; "
      "text public, text parent, text parent_pkey, bool true, int64 1, text id, null, bool false");
  EXPECT_NE(metadata_text(db, PSA_METADATA_SCHEMAS, "").find("public"), std::string::npos);
  run(db, "DROP TABLE child, parent");
}

TEST_P(PostgresDriver, PreparesAgainWhatTheSessionForgot) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t AS SELECT 1 AS a");
  const auto statement = prepare(db, "SELECT * FROM t");
  EXPECT_EQ(rest(execute(statement)), "int64 1");
  run(db, "ALTER TABLE t ADD b text DEFAULT 'x'");
  EXPECT_EQ(rest(execute(statement)), "int64 1, text x");
  run(db, "DEALLOCATE ALL");
  EXPECT_EQ(rest(execute(statement)), "int64 1, text x");
}

TEST_P(PostgresDriver, EndsAStatementAtItsDeadlineAndGoesOn) {
  const auto db = open();
  const auto statement = prepare(db, "SELECT pg_sleep(10)");
  const int64_t begun = psa::monotonic_now();
  EXPECT_EQ(error_of([&] { execute(statement, begun + 100 * millisecond); }).status, PSA_DEADLINE);
  EXPECT_LT(psa::monotonic_now() - begun, 1000 * millisecond);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresDriver, CancelsWhatRunsAndNothingElse) {
  const auto db = open();
  const auto handle = cancel_handle(db);
  cancel(handle);
  const auto statement = prepare(db, "SELECT pg_sleep(10)");
  std::atomic<bool> done{false};
  std::thread canceller([&] {
    while (!done) {
      cancel(handle);
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(error_of([&] { execute(statement); }).status, PSA_CANCELLED);
  done = true;
  canceller.join();
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresDriver, SaysThatTheConnectionIsLost) {
  const auto db = open();
  const auto killer = open();
  const std::string pid = run(db, "SELECT pg_backend_pid()").substr(6);
  run(killer, "SELECT pg_terminate_backend(" + pid + ", 5000)");
  const auto error = error_of([&] { run(db, "INSERT INTO nowhere VALUES (1)"); });
  EXPECT_NE(error.flags & PSA_ERROR_CONNECTION_LOST, 0U) << error.message;
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  EXPECT_NE(state(db).flags & PSA_STATE_BROKEN, 0U);
  EXPECT_EQ(error_of([&] { ping(db); }).status, PSA_INVALID_STATE);
}

TEST_P(PostgresDriver, ResetsAndCloses) {
  const auto db = open();
  begin(db);
  auto unread = execute(prepare(db, "SELECT generate_series(1, 100000)"));
  reset(db);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
  EXPECT_EQ(error_of([&] { next(unread, 1); }).status, PSA_INVALID_STATE);
  ping(db);
  const auto statement = prepare(db, "SELECT 1");
  close(db);
  EXPECT_EQ(error_of([&] { execute(statement); }).status, PSA_INVALID_STATE);
}

TEST_P(PostgresDriver, LeavesTheThreadFreeWhileTheServerWorks) {
  if (GetParam() == Mode::blocking) return;
  const auto db = open();
  progress() = {};
  run(db, "SELECT pg_sleep(0.2)");
  EXPECT_GT(progress().pending, 2);
  EXPECT_LT(progress().longest, 50 * millisecond);
}

TEST_P(PostgresDriver, NamesHostAndPortWhenNobodyIsThere) {
  Server nobody = *server();
  nobody.host = "127.0.0.1";
  nobody.port = 1;
  nobody.password = "very secret";
  const auto error = error_of([&] { connect(make(nobody, GetParam())); });
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  EXPECT_NE(error.message.find("127.0.0.1"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("port 1 "), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find("secret"), std::string::npos);
}

// Listens, and never accepts.
struct SilentServer {
  SilentServer() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    listen(socket, 8);
    socklen_t size = sizeof address;
    getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(socket); }
  int socket;
  uint32_t port = 0;
};

TEST_P(PostgresDriver, KeepsTheDeadlineWithAServerThatNeverAnswers) {
  const SilentServer silent;
  for (const char* host : {"127.0.0.1", "localhost"}) {
    Server other = *server();
    other.host = host;
    other.port = silent.port;
    const int64_t begun = psa::monotonic_now();
    const auto connection = make(other, GetParam());
    EXPECT_EQ(error_of([&] { connect(connection, begun + 100 * millisecond); }).status, PSA_DEADLINE);
    EXPECT_LT(psa::monotonic_now() - begun, 1000 * millisecond);
  }
  Server impatient = *server();
  impatient.host = "127.0.0.1";
  impatient.port = silent.port;
  impatient.options.emplace_back("connect_timeout", "1");
  const auto error = error_of([&] { connect(make(impatient, GetParam())); });
  EXPECT_NE(error.message.find("timeout"), std::string::npos) << error.message;
}

TEST_P(PostgresDriver, SaysThatTheServerHasNoTls) {
  if (run(open(), "SHOW ssl") == "text on") GTEST_SKIP() << "this server offers TLS";
  Server secure = *server();
  secure.host = "127.0.0.1";
  secure.options.emplace_back("sslmode", "require");
  const auto error = error_of([&] { connect(make(secure, GetParam())); });
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  EXPECT_NE(error.message.find("SSL"), std::string::npos) << error.message;
}

TEST_P(PostgresDriver, MarksALostAnswerThatMayHaveBeenApplied) {
  const auto db = open();
  const auto killer = driver_client::open();
  const std::string pid = run(db, "SELECT pg_backend_pid()").substr(6);
  std::thread kill([&] {
    while (
        run(killer, "SELECT state = 'active' AND wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = " +
                        pid) != "bool true")
      std::this_thread::yield();
    run(killer, "SELECT pg_terminate_backend(" + pid + ")");
  });
  run(db, "CREATE TEMP TABLE t (v text)");
  const auto error = error_of([&] { run(db, "INSERT INTO t SELECT pg_sleep(10)::text"); });
  kill.join();
  EXPECT_NE(error.flags & PSA_ERROR_CONNECTION_LOST, 0U);
  EXPECT_NE(error.flags & PSA_ERROR_MAYBE_APPLIED, 0U);
}

TEST_P(PostgresDriver, MayBeReleasedInTheMiddleOfAnOperation) {
  if (GetParam() == Mode::blocking) return;
  auto db = open();
  auto statement = prepare(db, "SELECT pg_sleep(10)");
  const psa_call call{PSA_INIT(psa_call)};
  const psa_execute execute{PSA_INIT(psa_execute)};
  psa_result* result = nullptr;
  ASSERT_EQ(::driver_client::table().statement_execute(statement.get(), &execute, &result, &call),
            PSA_PENDING);
  statement.reset();
  db.reset();
}

TEST_P(PostgresDriver, TellsAnUnknownDatabaseBySqlState) {
  Server other = *server();
  other.database = "no_such_database";
  const auto error = error_of([&] { connect(make(other, GetParam())); });
  EXPECT_EQ(error.sqlstate, "3D000");
  EXPECT_NE(error.message.find("no_such_database"), std::string::npos);
  EXPECT_EQ(error.message.find("LOCATION"), std::string::npos);
}

}  // namespace

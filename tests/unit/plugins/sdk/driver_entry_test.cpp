// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/driver_entry.hpp>

namespace {

constexpr psa_string nowhere{nullptr, 0};

// What the toys below were asked to do.
std::vector<std::string>& log() {
  static std::vector<std::string> said;
  return said;
}

// A driver with nothing but what is required. Only the host holds its objects.
struct Least : psa::DirectOperations {
  struct Connection {
    static std::unique_ptr<Connection> create(const psa_connection_args&) {
      return std::make_unique<Connection>();
    }
    ~Connection() { log().push_back("connection gone"); }
    void connect(int64_t deadline) { log().push_back("connect by " + std::to_string(deadline)); }
    void state(psa_connection_state&) const noexcept {}
    void lexical(psa_lexical& out) const noexcept { out.identifier_quote = '`'; }
  };
  struct Result {
    void info(psa_result_info& out) const noexcept { out.rows_affected = 7; }
    ArrowSchema schema() const { return psa::make_schema({}); }
    void next(const psa_fetch&, psa_batch&) { throw std::string("no standard exception"); }
  };
  struct Statement {
    static std::unique_ptr<Statement> prepare(Connection&, std::string_view sql, uint32_t) {
      if (sql.empty()) throw psa::invalid_argument("no statement");
      return std::make_unique<Statement>();
    }
    std::unique_ptr<Result> execute(const psa_execute&) { return std::make_unique<Result>(); }
  };

  static constexpr std::string_view name = "least";
  static constexpr std::string_view version = "1.2";
  static constexpr uint64_t promises = PSA_CAP_CONCURRENT_RESULTS;
  static std::string client() { return "none"; }
  static std::span<const psa_option_info> options() { return {}; }
};

// A driver with everything, that waits before each operation: resume() runs it.
struct Most {
  struct Canceller {
    void cancel(int64_t deadline) { log().push_back("cancel by " + std::to_string(deadline)); }
  };
  struct Statement;
  struct Result;
  struct Connection : psa::HostHeld<Connection> {
    static std::shared_ptr<Connection> create(const psa_connection_args&) {
      return std::make_shared<Connection>();
    }
    ~Connection() { log().push_back("connection gone"); }
    void connect() { log().push_back("connect"); }
    void close() {}
    void ping() {}
    void reset() { throw psa::invalid_state("not now"); }
    void begin(const psa_begin& begin) { log().push_back("begin " + std::to_string(begin.isolation)); }
    void commit() {}
    void rollback() {}
    void savepoint(uint32_t action, std::string_view name, int64_t deadline) {
      log().push_back("savepoint " + std::to_string(action) + ' ' + std::string(name) + ' ' +
                      std::to_string(deadline));
    }
    void state(psa_connection_state& out) const noexcept { out.flags = PSA_STATE_BROKEN; }
    void lexical(psa_lexical&) const noexcept {}

    std::function<int32_t()> waiting;
  };
  struct Statement : psa::HostHeld<Statement> {
    explicit Statement(std::shared_ptr<Connection> of) : connection(std::move(of)) {}
    static std::shared_ptr<Statement> prepare(Connection& connection, std::string_view, uint32_t) {
      return std::make_shared<Statement>(connection.shared_from_this());
    }
    std::shared_ptr<Result> execute(const psa_execute&) { return std::make_shared<Result>(connection); }
    ArrowSchema parameters() { return psa::make_schema({}); }
    std::shared_ptr<Connection> connection;
  };
  struct Result : psa::HostHeld<Result> {
    explicit Result(std::shared_ptr<Connection> of) : connection(std::move(of)) {}
    void info(psa_result_info&) const noexcept {}
    ArrowSchema schema() const { return psa::make_schema({}); }
    void next(const psa_fetch&, psa_batch& out) { out.flags = PSA_BATCH_LAST; }
    void next_result() { log().push_back("next result"); }
    std::shared_ptr<Connection> connection;
  };

  static constexpr std::string_view name = "most";
  static constexpr std::string_view version = "1.2";
  static constexpr uint64_t promises = 0;
  static std::string client() { return "none"; }
  static std::span<const psa_option_info> options() { return {}; }
  static void start() { log().push_back("start"); }
  static std::shared_ptr<Canceller> canceller(Connection&) { return std::make_shared<Canceller>(); }
  static int64_t ingest(Connection&, const psa_ingest& how) { return how.mode; }
  static std::shared_ptr<Result> metadata(Connection& connection, const psa_metadata&) {
    return std::make_shared<Result>(connection.shared_from_this());
  }

  static Connection& connection(Connection& object) { return object; }
  template <class Child>
  static Connection& connection(Child& child) {
    return *child.connection;
  }
  template <class Object, class Operation>
  static int32_t operate(Object& object, const psa_call& call, const Operation& operation) {
    connection(object).waiting = [kept = object.shared_from_this(), sink = call.sink, operation] {
      return psa::guard(sink, operation);
    };
    return PSA_PENDING;
  }
  static void wait_for(Connection&, psa_wait& out) { out.fd = 5; }
  static int32_t resume(Connection& connection) { return std::exchange(connection.waiting, nullptr)(); }
};

struct Reported {
  int times = 0;
  uint32_t category = 0;
  std::string message;
};

const psa_host host{PSA_INIT(psa_host), PSA_ABI_MINOR, [](void* sink, const psa_error* error) {
                      auto& to = *static_cast<Reported*>(sink);
                      ++to.times;
                      to.category = error->category;
                      to.message = psa::view(error->message);
                    }};

template <class Driver>
psa_driver table() {
  psa_driver out{PSA_INIT(psa_driver)};
  Reported reported;
  EXPECT_EQ(psa::enter_driver<Driver>(&host, &out, &reported), PSA_OK) << reported.message;
  log().clear();
  return out;
}

psa_connection* connect(const psa_driver& driver) {
  const psa_connection_args args{PSA_INIT(psa_connection_args)};
  psa_connection* out = nullptr;
  EXPECT_EQ(driver.connection_new(&args, &out, nullptr), PSA_OK);
  return out;
}

TEST(DriverEntry, LeavesWhatTheDriverLacksOutOfTheTable) {
  const psa_driver driver = table<Least>();
  EXPECT_EQ(psa::view(driver.name), "least");
  EXPECT_EQ(psa::view(driver.client), "none");
  EXPECT_EQ(driver.capabilities, PSA_CAP_CONCURRENT_RESULTS);
  EXPECT_EQ(driver.connection_close, nullptr);
  EXPECT_EQ(driver.connection_ping, nullptr);
  EXPECT_EQ(driver.connection_reset, nullptr);
  EXPECT_EQ(driver.connection_wait_for, nullptr);
  EXPECT_EQ(driver.connection_resume, nullptr);
  EXPECT_EQ(driver.cancel_new, nullptr);
  EXPECT_EQ(driver.cancel_release, nullptr);
  EXPECT_EQ(driver.cancel, nullptr);
  EXPECT_EQ(driver.transaction_begin, nullptr);
  EXPECT_EQ(driver.transaction_commit, nullptr);
  EXPECT_EQ(driver.transaction_rollback, nullptr);
  EXPECT_EQ(driver.transaction_savepoint, nullptr);
  EXPECT_EQ(driver.statement_parameters, nullptr);
  EXPECT_EQ(driver.result_next_result, nullptr);
  EXPECT_EQ(driver.ingest, nullptr);
  EXPECT_EQ(driver.metadata, nullptr);
}

TEST(DriverEntry, ClaimsWhatTheDriversMembersShow) {
  constexpr uint64_t shown = PSA_CAP_NONBLOCKING | PSA_CAP_CANCEL | PSA_CAP_TRANSACTIONS |
                             PSA_CAP_SAVEPOINTS | PSA_CAP_SEVERAL_RESULTS | PSA_CAP_PARAMETER_TYPES |
                             PSA_CAP_INGEST | PSA_CAP_METADATA;
  static_assert(psa::driver_capabilities<Most>() == shown);
  const psa_driver driver = table<Most>();
  EXPECT_EQ(driver.capabilities, shown);
  // Every function is there: the table's members behind the facts are all pointers to functions.
  const auto* functions = reinterpret_cast<void* const*>(&driver.connection_new);
  const auto* end = reinterpret_cast<void* const*>(&driver + 1);
  for (const auto* each = functions; each != end; ++each)
    EXPECT_NE(*each, nullptr) << "function " << each - functions;
}

TEST(DriverEntry, RunsOperationsAndDeletesWhatOnlyTheHostHolds) {
  const psa_driver driver = table<Least>();
  psa_connection* connection = connect(driver);
  const psa_call call{PSA_INIT(psa_call), 0, nullptr, 42};
  EXPECT_EQ(driver.connection_connect(connection, &call), PSA_OK);
  psa_connection_state state{PSA_INIT(psa_connection_state), 99, 99, 99};
  driver.connection_state(connection, &state);
  EXPECT_EQ(state.capabilities, PSA_CAP_CONCURRENT_RESULTS);
  EXPECT_EQ(state.transaction, PSA_TRANSACTION_NONE);
  const psa_string sql = psa::c_text("x");
  psa_statement* statement = nullptr;
  EXPECT_EQ(driver.statement_prepare(connection, &sql, 0, &statement, &call), PSA_OK);
  const psa_execute execute{PSA_INIT(psa_execute)};
  psa_result* result = nullptr;
  EXPECT_EQ(driver.statement_execute(statement, &execute, &result, &call), PSA_OK);
  psa_result_info info{PSA_INIT(psa_result_info)};
  driver.result_info(result, &info);
  EXPECT_EQ(info.rows_affected, 7);
  driver.result_release(result);
  driver.statement_release(statement);
  driver.connection_release(connection);
  driver.connection_release(nullptr);
  EXPECT_EQ(log(), (std::vector<std::string>{"connect by 42", "connection gone"}));
}

TEST(DriverEntry, ReportsWhatAnOperationThrows) {
  const psa_driver driver = table<Least>();
  psa_connection* connection = connect(driver);
  Reported reported;
  const psa_call call{PSA_INIT(psa_call), 0, &reported, 0};
  psa_statement* statement = nullptr;
  EXPECT_EQ(driver.statement_prepare(connection, &nowhere, 0, &statement, &call), PSA_INVALID_ARGUMENT);
  EXPECT_EQ(statement, nullptr);
  EXPECT_EQ(reported.times, 1);
  EXPECT_EQ(reported.message, "no statement");
  Least::Result result;
  psa_batch batch{PSA_INIT(psa_batch)};
  const psa_fetch fetch{PSA_INIT(psa_fetch)};
  EXPECT_EQ(driver.result_next(reinterpret_cast<psa_result*>(&result), &fetch, &batch, &call), PSA_ERROR);
  EXPECT_EQ(reported.category, PSA_CATEGORY_INTERNAL);
  driver.connection_release(connection);
}

TEST(DriverEntry, LetsTheDriverRunAnOperationLater) {
  const psa_driver driver = table<Most>();
  psa_connection* connection = connect(driver);
  Reported reported;
  const psa_call call{PSA_INIT(psa_call), 0, &reported, 8};
  const psa_begin begin{PSA_INIT(psa_begin), PSA_ISOLATION_SERIALIZABLE};
  EXPECT_EQ(driver.transaction_begin(connection, &begin, &call), PSA_PENDING);
  EXPECT_TRUE(log().empty());
  psa_wait wait{PSA_INIT(psa_wait)};
  EXPECT_EQ(driver.connection_wait_for(connection, &wait), PSA_OK);
  EXPECT_EQ(wait.fd, 5);
  EXPECT_EQ(driver.connection_resume(connection), PSA_OK);
  const psa_string name = psa::c_text("s");
  driver.transaction_savepoint(connection, PSA_SAVEPOINT_SET, &name, &call);
  EXPECT_EQ(driver.connection_resume(connection), PSA_OK);
  EXPECT_EQ(log(), (std::vector<std::string>{"begin " + std::to_string(PSA_ISOLATION_SERIALIZABLE),
                                             "savepoint " + std::to_string(PSA_SAVEPOINT_SET) + " s 8"}));
  driver.connection_reset(connection, &call);
  EXPECT_EQ(driver.connection_resume(connection), PSA_INVALID_STATE);
  EXPECT_EQ(reported.message, "not now");
  const psa_ingest ingest{PSA_INIT(psa_ingest), PSA_INGEST_REPLACE};
  int64_t rows = 0;
  driver.ingest(connection, &ingest, &rows, &call);
  EXPECT_EQ(rows, 0);
  EXPECT_EQ(driver.connection_resume(connection), PSA_OK);
  EXPECT_EQ(rows, PSA_INGEST_REPLACE);
  driver.connection_release(connection);
}

TEST(DriverEntry, KeepsSharedObjectsUntilNobodyHoldsThem) {
  const psa_driver driver = table<Most>();
  psa_connection* connection = connect(driver);
  const psa_call call{PSA_INIT(psa_call), 0, nullptr, 9};
  psa_statement* statement = nullptr;
  driver.statement_prepare(connection, &nowhere, 0, &statement, &call);
  EXPECT_EQ(driver.connection_resume(connection), PSA_OK);
  psa_cancel* cancel = nullptr;
  EXPECT_EQ(driver.cancel_new(connection, &cancel, nullptr), PSA_OK);
  driver.connection_release(connection);
  EXPECT_TRUE(log().empty()) << "the statement holds it";
  driver.statement_release(statement);
  EXPECT_EQ(log(), (std::vector<std::string>{"connection gone"}));
  EXPECT_EQ(driver.cancel(cancel, &call), PSA_OK) << "its handle outlives it";
  EXPECT_EQ(log().back(), "cancel by 9");
  driver.cancel_release(cancel);
}

struct Refusing : Least {
  static void start() { throw psa::DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_INTERFACE, "too old"); }
};

TEST(DriverEntry, LetsTheDriverRefuse) {
  psa_driver out{PSA_INIT(psa_driver)};
  Reported reported;
  EXPECT_EQ(psa::enter_driver<Refusing>(&host, &out, &reported), PSA_NOT_SUPPORTED);
  EXPECT_EQ(reported.message, "too old");
  EXPECT_EQ(out.connection_new, nullptr);
}

TEST(DriverEntry, FillsAsMuchAsTheTableOfAnOlderHostHasRoomFor) {
  psa_driver out{PSA_INIT(psa_driver)};
  out.struct_size = offsetof(psa_driver, statement_prepare);
  Reported reported;
  EXPECT_EQ(psa::enter_driver<Least>(&host, &out, &reported), PSA_OK) << reported.message;
  EXPECT_EQ(out.struct_size, offsetof(psa_driver, statement_prepare));
  EXPECT_NE(out.connection_lexical, nullptr);
  EXPECT_EQ(out.statement_prepare, nullptr) << "beyond the room";
}

}  // namespace

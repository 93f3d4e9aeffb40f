#include <condition_variable>
#include <mutex>
#include <thread>

#include <prefect_sqlalchemy/drivers/missing_driver_error.hpp>

#include "databases.hpp"
#include "scoped_environment.hpp"

using namespace prefect_sqlalchemy;
using std::chrono::milliseconds;

namespace {

class Connections : public OnDatabase {};
class ConnectionsSeenByMany : public OnDatabase {};
INSTANTIATE_TEST_SUITE_P(On, Connections, testing::ValuesIn(databases()), database_name);
INSTANTIATE_TEST_SUITE_P(On, ConnectionsSeenByMany, testing::ValuesIn(databases_seen_by_many()),
                         database_name);

std::string fetch_number(int i) { return "SELECT n + " + std::to_string(i) + " FROM numbers"; }

TEST_P(ConnectionsSeenByMany, RunOutWithTheSixteenthFetchWhichSaysWhy) {
  auto db = connector();
  db.get_engine({.pool_timeout = milliseconds(20)});
  make_numbers(db, 3);
  for (int i = 0; i < 15; ++i) db.fetch_one(fetch_number(i));
  EXPECT_EQ(lent(db), 15);
  for (int verb = 0; verb < 4; ++verb) {
    const std::string text = message_of<PoolTimeoutError>([&] {
      if (verb == 0) db.fetch_one(fetch_number(15));
      if (verb == 1) db.execute("SELECT 1");
      if (verb == 2) db.execute_many("SELECT 1", {});
      if (verb == 3) db.get_connection();
    });
    EXPECT_NE(text.find("QueuePool limit of size 5 overflow 10 reached, connection timed out"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("reset_connections()"), std::string::npos) << text;
    EXPECT_NE(text.find(fetch_number(7)), std::string::npos) << text;
  }
  EXPECT_TRUE(db.fetch_one(fetch_number(3))) << "what is open goes on";
  db.reset_connections();
  EXPECT_EQ(db.get_engine().pool_status().idle, 5);
  EXPECT_EQ(lent(db), 0);
  EXPECT_TRUE(db.fetch_one(fetch_number(15)));
}

TEST_P(ConnectionsSeenByMany, TimeOutWithoutFetchesInPlainWords) {
  Engine engine = create_engine(url(), {.pool_size = 1, .max_overflow = 0, .pool_timeout = milliseconds(1)});
  Connection one = engine.connect();
  const std::string text = message_of<PoolTimeoutError>([&] { engine.connect(); });
  EXPECT_EQ(text.find("reset_connections"), std::string::npos) << text;
  one.close();
  EXPECT_NO_THROW(engine.connect());
}

TEST_P(ConnectionsSeenByMany, AreWaitedForUntilTheContextsDeadline) {
  Engine engine = create_engine(url(), {.pool_size = 1, .max_overflow = 0});
  Connection one = engine.connect();
  OperationContext context;
  context.deadline = std::chrono::steady_clock::now() + milliseconds(5);
  const OperationContext::Scope scope(context);
  EXPECT_THROW(engine.connect(), DeadlineError);
}

TEST_P(ConnectionsSeenByMany, AreNoLongerWaitedForWhenAskedToStop) {
  Engine engine = create_engine(url(), {.pool_size = 1, .max_overflow = 0});
  Connection one = engine.connect();
  std::stop_source source;
  std::thread waiter([&] {
    OperationContext context;
    context.stop = source.get_token();
    const OperationContext::Scope scope(context);
    EXPECT_THROW(engine.connect(), CancelledError);
  });
  source.request_stop();
  waiter.join();
  one.close();
  EXPECT_NO_THROW(engine.connect()) << "the waiter has left the queue";
}

TEST_P(ConnectionsSeenByMany, GoToTheOneWhoWaits) {
  Engine engine = create_engine(url(), {.pool_size = 1, .max_overflow = 0});
  std::optional<Connection> one(engine.connect());
  std::thread waiter([&] { engine.connect().execute("SELECT 1"); });
  one.reset();
  waiter.join();
  EXPECT_EQ(engine.pool_status().idle, 1);
}

TEST_P(Connections, ComeFromOneEngine) {
  auto db = connector();
  Engine one = db.get_engine({.pool_timeout = milliseconds(20)});
  Engine two = db.get_engine({.pool_timeout = milliseconds(30)});
  EXPECT_EQ(two.options().pool_timeout, milliseconds(20)) << "later options are ignored";
  make_numbers(db, 3);
  db.fetch_one(all_numbers);
  EXPECT_EQ(one.pool_status().lent, 1);
  db.reset_connections();
  EXPECT_EQ(one.pool_status().lent, 0);
  EXPECT_EQ(two.pool_status().idle, 1);
}

TEST_P(Connections, UseTheBlocksConnectArgs) {
  const ConnectArgs args{{database().known_option, 7}};
  auto db = connector({.connect_args = args});
  EXPECT_EQ(db.get_engine().options().connect_args, args);
  EXPECT_EQ(db.execute("SELECT 1").scalar<int>(), 1);
}

TEST_P(Connections, MayBeClosedTwiceAndUsedAgain) {
  auto db = connector();
  db.close();
  make_numbers(db, 2);
  const Engine before = db.get_engine();
  db.close();
  db.close();
  db.reset_connections();
  db.reset_connections();
  EXPECT_EQ(before.pool_status().idle, 0);
  if (database().is_private) make_numbers(db, 2);  // a new database
  EXPECT_EQ(db.fetch_all(all_numbers).size(), 2u);
}

TEST_P(Connections, AreGotAsClients) {
  auto db = connector();
  EXPECT_TRUE(std::holds_alternative<Engine>(db.get_client("engine")));
  auto client = db.get_client("connection");
  EXPECT_TRUE(std::holds_alternative<Connection>(client));
  EXPECT_EQ(message_of<ArgumentError>([&] { db.get_client("x"); }),
            "'x' is not supported; choose from engine or connection.");
}

TEST_P(Connections, RefuseUseAfterTheirEnd) {
  auto db = connector();
  Connection connection = db.get_connection();
  EXPECT_FALSE(connection.closed());
  connection.close();
  connection.close();
  EXPECT_TRUE(connection.closed());
  EXPECT_THROW(connection.execute("SELECT 1"), InvalidRequestError);
  EXPECT_THROW(connection.begin(), InvalidRequestError);
  EXPECT_THROW(connection.commit(), InvalidRequestError);
  EXPECT_EQ(lent(db), 0);
}

TEST_P(Connections, TellAndQuote) {
  auto db = connector();
  Connection connection = db.get_connection();
  EXPECT_EQ(connection.drivername(), make_url(url()).drivername);
  EXPECT_FALSE(connection.client_version().empty());
  const std::string name = connection.quote_identifier("a \"strange` name]");
  connection.execute("CREATE TABLE " + name + " (n integer)");
  EXPECT_EQ(connection.execute("SELECT count(*) FROM " + name).scalar<int>(), 0);
  connection.ping();
}

TEST_P(ConnectionsSeenByMany, AreReplacedWhenInvalidated) {
  Engine engine = create_engine(url());
  Connection connection = engine.connect();
  connection.invalidate();
  connection.close();
  EXPECT_EQ(engine.pool_status().idle, 0);
  engine.connect().execute("SELECT 1");
  EXPECT_EQ(engine.pool_status().idle, 1);
}

TEST_P(ConnectionsSeenByMany, AreAskedBeforeTheyAreLent) {
  Engine engine = create_engine(url(), {.pool_pre_ping = true});
  for (int i = 0; i < 3; ++i) engine.connect().execute("SELECT 1");
  EXPECT_EQ(engine.pool_status().idle, 1);
}

TEST_P(ConnectionsSeenByMany, ThatAreLentWhenTheEngineIsDisposedCloseLater) {
  Engine engine = create_engine(url());
  Connection old = engine.connect();
  engine.connect().close();
  engine.dispose();
  EXPECT_EQ(engine.pool_status().idle, 0);
  old.execute("SELECT 1");
  old.close();
  EXPECT_EQ(engine.pool_status().idle, 0);
  engine.connect().close();
  EXPECT_EQ(engine.pool_status().idle, 1);
}

TEST_P(ConnectionsSeenByMany, AreNotCopiedWithTheConnector) {
  auto db = connector({.fetch_size = 7});
  make_numbers(db, 3);
  db.fetch_one(all_numbers);
  SqlAlchemyConnector copy = db;
  EXPECT_EQ(copy.fields(), db.fields());
  EXPECT_EQ(lent(copy), 0);
  EXPECT_EQ(copy.fetch_one(all_numbers)->get<int>(0), 0);
  EXPECT_EQ(db.fetch_one(all_numbers)->get<int>(0), 1);
  copy = db;
  EXPECT_EQ(copy.fetch_one(all_numbers)->get<int>(0), 0);
}

TEST_P(Connections, MoveWithTheConnector) {
  auto db = connector();
  make_numbers(db, 3);
  db.fetch_one(all_numbers);
  SqlAlchemyConnector moved = std::move(db);
  EXPECT_EQ(moved.fetch_one(all_numbers)->get<int>(0), 1);
  SqlAlchemyConnector assigned = connector();
  assigned = std::move(moved);
  EXPECT_EQ(assigned.fetch_one(all_numbers)->get<int>(0), 2);
  // NOLINTNEXTLINE(bugprone-use-after-move): a moved-from connector has its configuration still
  if (!database().is_private) {
    EXPECT_EQ(db.fetch_one(all_numbers)->get<int>(0), 0);
  }
}

/// Blocks the operation it hears of until told to go on.
class Gate : public OperationObserver {
 public:
  void on_operation(const OperationRecord&) noexcept override {
    std::unique_lock lock(mutex_);
    inside_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void on_lost_error(std::exception_ptr) noexcept override {}
  void wait_until_inside() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return inside_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool inside_ = false, open_ = false;
};

TEST_P(Connections, RefuseTwoCallsAtOnce) {
  auto db = connector();
  make_numbers(db, 2);
  Gate gate;
  std::thread other([&] {
    OperationContext context;
    context.observer = &gate;
    const OperationContext::Scope scope(context);
    db.execute("INSERT INTO numbers (n) VALUES (9)");
  });
  gate.wait_until_inside();
  EXPECT_THROW(db.execute("SELECT 1"), InvalidRequestError);
  EXPECT_THROW(db.fetch_one(all_numbers), InvalidRequestError);
  EXPECT_THROW(db.fetch_many(all_numbers), InvalidRequestError);
  EXPECT_THROW(db.fetch_all(all_numbers), InvalidRequestError);
  EXPECT_THROW(db.reset_connections(), InvalidRequestError);
  EXPECT_THROW(db.close(), InvalidRequestError);
  EXPECT_THROW(db.get_engine(), InvalidRequestError);
  gate.open();
  other.join();
  EXPECT_EQ(count(db, "numbers"), 3);
}

TEST_P(ConnectionsSeenByMany, RefuseTwoUsersAtOnce) {
  auto db = connector();
  make_numbers(db, 2);
  Connection connection = db.get_connection();
  Gate gate;
  std::thread other([&] {
    OperationContext context;
    context.observer = &gate;
    const OperationContext::Scope scope(context);
    connection.execute("INSERT INTO numbers (n) VALUES (9)");
  });
  gate.wait_until_inside();
  EXPECT_THROW(connection.execute("SELECT 1"), InvalidRequestError);
  EXPECT_THROW(connection.commit(), InvalidRequestError);
  gate.open();
  other.join();
}

TEST(Drivers, ThatAreMissingAreMissedOnFirstUseOnly) {
  SqlAlchemyConnector db("nodb+nodriver://ann:hunter2@example.org/shop");
  const SqlAlchemyConnector copy = db;
  EXPECT_NO_THROW(db.get_engine());
  EXPECT_NO_THROW(db.reset_connections());
  for (int verb = 0; verb < 3; ++verb) {
    const std::string text = message_of<MissingDriverError>([&] {
      if (verb == 0) db.execute("SELECT 1");
      if (verb == 1) db.fetch_one("SELECT 1");
      if (verb == 2) db.get_connection();
    });
    EXPECT_NE(text.find("no driver plugin is installed for \"nodb+nodriver\""), std::string::npos) << text;
    EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  }
  EXPECT_EQ(db.get_engine().pool_status().lent, 0);
  db.close();
}

TEST(Drivers, OfTheAsyncKindAreRefusedInPythonsWords) {
  for (const char* name : {"sqlite+aiosqlite", "postgresql+asyncpg", "mysql+asyncmy", "mysql+aiomysql"}) {
    const std::string wanted = "The driver '" + std::string(name) +
                               "' is an async driver. Please use `AsyncSqlAlchemyConnector` instead.";
    EXPECT_EQ(message_of<ArgumentError>([&] { SqlAlchemyConnector(std::string(name) + ":///x"); }), wanted);
    EXPECT_EQ(message_of<ArgumentError>(
                  [&] { SqlAlchemyConnector(ConnectionComponents{.driver = name, .database = "x"}); }),
              wanted);
  }
  EXPECT_NO_THROW(SqlAlchemyConnector(ConnectionComponents{.driver = SyncDriver::SQLITE, .database = "x"}));
}

TEST(Drivers, ThatWouldLeaveTheirFolderAreRefused) {
  for (const char* name : {"../sqlite", "a/b", "..", "sqlite+../x", ""}) {
    EXPECT_THROW(SqlAlchemyConnector(ConnectionComponents{.driver = name}), Error) << name;
  }
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
#include "notices.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <psa/sdk/text.hpp>

#include "driver_client.hpp"

namespace {

using namespace driver_client;

struct Told {
  uint32_t severity;
  int64_t code;
  std::string message;
};
using Notices = std::vector<Told>;

void listen(void* context, const psa_error* notice) {
  static_cast<Notices*>(context)->push_back(
      {notice->severity, notice->vendor_code, std::string(psa::view(notice->message))});
}

// A connection whose warnings somebody wants to hear.
Connection open_listening(Notices& notices) {
  const Server& to = *server();
  const psa_address address{PSA_INIT(psa_address), to.port, psa::c_text(to.host)};
  psa_connection_args args{};
  args.struct_size = PSA_INIT(psa_connection_args);
  args.username = psa::c_text(to.user);
  args.password = psa::c_text(to.password);
  args.database = psa::c_text(to.database);
  args.addresses = &address;
  args.address_count = 1;
  args.address_size = sizeof address;
  args.on_notice = &listen;
  args.notice_context = &notices;
  Sink sink;
  psa_connection* handle = nullptr;
  expect_ok(table().connection_new(&args, &handle, &sink), sink);
  Connection connection(handle);
  connect(connection);
  return connection;
}

class MysqlNotices : public OnServer {
 protected:
  static std::string questions(const Connection& db) {
    return run(
        db, "SELECT variable_value FROM information_schema.session_status WHERE variable_name = 'Questions'");
  }
};

TEST_F(MysqlNotices, TellWarningsOnce) {
  Notices notices;
  const auto db = open_listening(notices);
  run(db, "DROP TABLE IF EXISTS no_such_table_at_all");
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].severity, PSA_SEVERITY_INFO);
  EXPECT_EQ(notices[0].code, 1051);
  EXPECT_NE(notices[0].message.find("no_such_table_at_all"), std::string::npos);
  notices.clear();
  EXPECT_EQ(run(db, "SELECT CAST('12x' AS SIGNED) FROM seq_1_to_2"), "int64 12; int64 12");
  ASSERT_EQ(notices.size(), 2U);
  EXPECT_EQ(notices[0].severity, PSA_SEVERITY_WARNING);
  EXPECT_EQ(notices[0].code, 1292);
  notices.clear();
  run(db, "SHOW WARNINGS");
  run(db, "SELECT 1");
  EXPECT_TRUE(notices.empty());
}

TEST_F(MysqlNotices, TellThoseOfManyRows) {
  Notices notices;
  const auto db = open_listening(notices);
  run(db, "CREATE TEMPORARY TABLE noticed (a int PRIMARY KEY)");
  Parameters rows(1);
  rows.add(INT64_C(1)).add(INT64_C(1));
  EXPECT_EQ(info(execute(prepare(db, "INSERT IGNORE INTO noticed VALUES (?)"), rows)).rows_affected, 1);
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].code, 1062);
}

TEST_F(MysqlNotices, LeaveTheStatementsOwnFiguresAlone) {
  Notices notices;
  const auto db = open_listening(notices);
  run(db, "CREATE TEMPORARY TABLE figures (id int AUTO_INCREMENT PRIMARY KEY, a tinyint)");
  run(db, "SET sql_mode = ''");
  const auto result = execute(prepare(db, "INSERT INTO figures (a) VALUES (1000), (1)"));
  EXPECT_EQ(notices.size(), 1U);
  EXPECT_EQ(info(result).rows_affected, 2);
  EXPECT_EQ(info(result).last_insert_id, 1);
}

TEST_F(MysqlNotices, CostNoQuestionWhereThereAreNone) {
  Notices notices;
  const auto db = open_listening(notices);
  const auto deaf = open();
  const auto between = [](const Connection& on, const char* sql) {
    const int64_t before = std::stoll(questions(on).substr(5));
    run(on, sql);
    return std::stoll(questions(on).substr(5)) - before;
  };
  const int64_t quiet = between(db, "SELECT 1");
  EXPECT_EQ(between(deaf, "SELECT 1"), quiet);
  EXPECT_EQ(between(deaf, "SELECT CAST('12x' AS SIGNED)"), quiet) << "nobody listens";
  EXPECT_EQ(between(db, "SELECT CAST('12x' AS SIGNED)"), quiet + 1);
}

}  // namespace

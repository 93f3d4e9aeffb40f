// SPDX-License-Identifier: Apache-2.0
//
// What results of real ODBC drivers become.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <psa/sdk/text.hpp>

#include "odbc_places.hpp"
#include "result_text.hpp"

namespace {

using namespace driver_client;

class OdbcResults : public OnOdbcPlace {
 protected:
  const std::string long_text = GetParam() == OdbcPlace::mariadb ? "longtext" : "text";
};
INSTANTIATE_TEST_SUITE_P(On, OdbcResults,
                         testing::Values(OdbcPlace::postgres, OdbcPlace::mariadb, OdbcPlace::sqlite),
                         odbc_place_name);

TEST_P(OdbcResults, HoldValuesOfEverySizeNextToEachOther) {
  const Connection db = open();
  run(db, "CREATE TEMPORARY TABLE sizes (n integer, t " + long_text + ", u integer)");
  const std::vector<size_t> sizes = {0,    1,      255, 256,       257, 3,    4000, 8191,
                                     8192, 70'000, 2,   3'000'000, 5,   8193, 1};
  for (size_t n = 0; n < sizes.size(); ++n) {
    Parameters row(3);
    row.add(static_cast<int64_t>(n));
    const std::string text(sizes[n], static_cast<char>('a' + n));
    row.add(std::string_view(text)).add(static_cast<int64_t>(sizes[n]));
    execute(prepare(db, "INSERT INTO sizes VALUES (?, ?, ?)"), row);
  }
  for (const int64_t at_once : {1, 4, 1000}) {
    const Result result = execute(prepare(db, "SELECT n, t, u FROM sizes ORDER BY n"));
    std::string all;
    for (std::string some = next(result, at_once); !some.empty(); some = next(result, at_once))
      all += (all.empty() ? "" : "; ") + some;
    std::string expected;
    for (size_t n = 0; n < sizes.size(); ++n)
      expected += (n == 0 ? "" : "; ") + ("int64 " + std::to_string(n)) + ", text " +
                  std::string(sizes[n], static_cast<char>('a' + n)) + ", int64 " + std::to_string(sizes[n]);
    EXPECT_TRUE(all == expected) << "in batches of " << at_once;
  }
}

TEST_P(OdbcResults, AreWholeInBlocksOfAllSizes) {
  const Connection db = open();
  run(db, "CREATE TEMPORARY TABLE numbers (n integer)");
  Parameters rows(1);
  for (int64_t n = 0; n < 2503; ++n) rows.add(n);
  execute(prepare(db, "INSERT INTO numbers VALUES (?)"), rows);
  const Statement all = prepare(db, "SELECT n FROM numbers ORDER BY n");
  const Result result = execute(all);
  int64_t expected = 0;
  for (int64_t size = 1;; size = size * 3 + 1) {
    const Batch batch(result, size);
    if (!batch.has_rows()) break;
    for (int64_t row = 0; row < batch.array().length; ++row)
      ASSERT_EQ(static_cast<const int64_t*>(batch.array().children[0]->buffers[1])[row], expected++);
  }
  EXPECT_EQ(expected, 2503);
  EXPECT_EQ(rest(execute(prepare(db, "SELECT count(*) FROM numbers"))), "int64 2503");
}

TEST_P(OdbcResults, OfAStatementThatRunsAgainHaveTheColumnsOfTheTableAsItIs) {
  const Connection db = open();
  run(db, "CREATE TEMPORARY TABLE renamed (first integer)");
  run(db, "INSERT INTO renamed VALUES (1)");
  const Statement plain = prepare(db, "SELECT * FROM renamed");
  const Statement with_parameter = prepare(db, "SELECT * FROM renamed WHERE 1 = ?");
  const auto columns_of = [](const Result& result) {
    const Batch batch(result, 10);
    std::string told;
    for (int64_t i = 0; i < batch.schema().n_children; ++i)
      told += std::string(batch.schema().children[i]->name) + " " + batch.schema().children[i]->format + ", ";
    return told + std::to_string(batch.array().length) + " row";
  };
  const auto expect = [&](const std::string& wanted) {
    for (int run = 0; run < 2; ++run) {
      EXPECT_EQ(columns_of(execute(plain)), wanted);
      Parameters one(1);
      one.add(int64_t{1});
      EXPECT_EQ(columns_of(execute(with_parameter, one)), wanted);
    }
  };
  expect("first l, 1 row");
  run(db, "ALTER TABLE renamed RENAME COLUMN first TO the_first");
  // MariaDB's driver keeps the names until it prepares the statement again.
  expect(GetParam() == OdbcPlace::mariadb ? "first l, 1 row" : "the_first l, 1 row");
  run(db, "ALTER TABLE renamed ADD COLUMN second " + long_text + " DEFAULT NULL");
  expect("the_first l, second u, 1 row");
  if (GetParam() == OdbcPlace::sqlite) return;
  run(db, GetParam() == OdbcPlace::mariadb ? "ALTER TABLE renamed MODIFY the_first varchar(9)"
                                           : "ALTER TABLE renamed ALTER the_first TYPE varchar(9)");
  expect("the_first u, second u, 1 row");
}

TEST_P(OdbcResults, OfATextWithoutAStatementAreNone) {
  const Connection db = open();
  for (const char* sql : {"", "  ;", "-- nothing", "/* nothing */"})
    EXPECT_EQ(info(execute(prepare(db, sql))).kind, PSA_RESULT_NONE) << sql;
}

TEST_P(OdbcResults, ReleasedUnreadAreInNobodysWay) {
  const Connection db = open();
  for (int i = 0; i < 3; ++i) {
    const Result unread = execute(prepare(db, "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3"));
    next(unread, 1);
  }
  EXPECT_EQ(run(db, "SELECT 7"), "int64 7");
}

class OdbcPostgresResults : public OnOdbcPlace {
 protected:
  static void listen(void* context, const psa_error* notice) {
    static_cast<std::vector<std::string>*>(context)->push_back(std::to_string(notice->severity) + " " +
                                                               std::string(psa::view(notice->message)));
  }
};
INSTANTIATE_TEST_SUITE_P(On, OdbcPostgresResults, testing::Values(OdbcPlace::postgres), odbc_place_name);

TEST_P(OdbcPostgresResults, HaveTheTypesThatTheDriverTells) {
  const Connection db = open();
  EXPECT_EQ(result_text(
                db,
                "SELECT true AS b, 2::smallint AS s, 1.50::numeric(10,2) AS n, "
                "'00112233-4455-6677-8899-aabbccddeeff'::uuid AS u, 2.5::float4 AS r, '\\x00FF'::bytea AS y"),
            "b bool true | l int2 2 | u psa.decimal numeric 1.50 | w:16 arrow.uuid uuid "
            "00112233445566778899AABBCCDDEEFF | f float4 2.5 | z bytea 00FF");
  EXPECT_EQ(
      run(db, "SELECT '2024-02-29'::date, '03:04:05.000006'::time, '2024-02-29 00:00:00.000001'::timestamp"),
      "date 2024-02-29, time 11045000006 us, timestamp 2024-02-29 00:00:00.000001");
  EXPECT_EQ(run(db, "SELECT '24:00:00'::time"), "text 24:00:00") << "it is no time of a day";
}

TEST_P(OdbcPostgresResults, MayBeSeveralWhereTheUserAllowsThem) {
  const psa::DriverError error = error_of([&] { run(open(), "SELECT 1; SELECT 2"); });
  EXPECT_EQ(error.category, PSA_CATEGORY_PROGRAMMING);
  const Connection db = open({{"multi_statements", "true"}});
  const Result result =
      execute(prepare(db, "SELECT 1; CREATE TEMPORARY TABLE s (n int); SELECT 'a' AS t, 2"));
  EXPECT_EQ(rest(result), "int64 1");
  ASSERT_NE(info(result).flags & PSA_RESULT_MORE, 0U);
  next_result(result);
  EXPECT_EQ(info(result).kind, PSA_RESULT_NONE);
  ASSERT_NE(info(result).flags & PSA_RESULT_MORE, 0U);
  next_result(result);
  EXPECT_EQ(rest(result), "text a, int64 2");
  EXPECT_EQ(info(result).flags & PSA_RESULT_MORE, 0U);
  EXPECT_EQ(run(db, "SELECT 7"), "int64 7");
}

TEST_P(OdbcPostgresResults, ComeOneAfterTheOtherWithACursor) {
  const Connection db = open({{"UseDeclareFetch", "1"}, {"Fetch", "100"}});
  const Result endless = execute(prepare(db, "SELECT generate_series(1, 1000000000) AS n"));
  EXPECT_EQ(next(endless, 2), "int64 1; int64 2");
  EXPECT_EQ(next(endless, 1), "int64 3");
}

TEST_P(OdbcPostgresResults, BringTheServersNotices) {
  std::vector<std::string> told;
  const Server& to = place();
  const psa_address address{PSA_INIT(psa_address), to.port, psa::c_text(to.host)};
  const psa_option driver{PSA_INIT(psa_option),
                          PSA_TYPE_TEXT,
                          PSA_OPTION_FROM_URL,
                          0,
                          psa::c_text("driver"),
                          psa::c_text(PSA_TEST_PSQLODBC),
                          0,
                          0};
  psa_connection_args args{PSA_INIT(psa_connection_args)};
  args.username = psa::c_text(to.user);
  args.password = psa::c_text(to.password);
  args.database = psa::c_text(to.database);
  args.addresses = &address;
  args.address_count = 1;
  args.address_size = sizeof address;
  args.options = &driver;
  args.option_count = 1;
  args.option_size = sizeof driver;
  args.on_notice = &listen;
  args.notice_context = &told;
  Sink sink;
  psa_connection* handle = nullptr;
  expect_ok(table().connection_new(&args, &handle, &sink), sink);
  const Connection db(handle);
  connect(db);
  run(db, "DO $$ BEGIN RAISE NOTICE 'hello'; RAISE WARNING 'careful'; END $$");
  EXPECT_EQ(told, (std::vector<std::string>{std::to_string(PSA_SEVERITY_INFO) + " hello",
                                            std::to_string(PSA_SEVERITY_WARNING) + " careful"}));
}

class OdbcMariaDbResults : public OnOdbcPlace {};
INSTANTIATE_TEST_SUITE_P(On, OdbcMariaDbResults, testing::Values(OdbcPlace::mariadb), odbc_place_name);

TEST_P(OdbcMariaDbResults, HaveTheTypesThatTheDriverTells) {
  const Connection db = open();
  run(db,
      "CREATE TEMPORARY TABLE ty (u bigint unsigned, y tinyint unsigned, b bit(1), n decimal(10,2), f float, "
      "v varbinary(4), m time(6))");
  run(db, "INSERT INTO ty VALUES (18446744073709551615, 255, b'1', 1.50, 2.5, X'00FF', '03:04:05.000006')");
  EXPECT_EQ(result_text(db, "SELECT u, y, b, n, f, v FROM ty"),
            "L bigint 18446744073709551615 | l tinyint 255 | b bit true | u psa.decimal decimal 1.50 | f "
            "float 2.5 | z "
            "varbinary 00FF");
  EXPECT_EQ(run(db, "SELECT m FROM ty"), "time 11045000006 us");
}

TEST_P(OdbcMariaDbResults, MayBeSeveralWhereTheOdbcDriverIsToldSo) {
  const Connection db = open({{"OPTION", "67108866"}});
  const Result result = execute(prepare(db, "SELECT 1; SELECT 'a', 2"));
  EXPECT_EQ(rest(result), "int64 1");
  ASSERT_NE(info(result).flags & PSA_RESULT_MORE, 0U);
  next_result(result);
  EXPECT_EQ(rest(result), "text a, int64 2");
  EXPECT_EQ(run(db, "SELECT 7"), "int64 7");
}

class OdbcSqliteResults : public OnOdbcPlace {};
INSTANTIATE_TEST_SUITE_P(On, OdbcSqliteResults, testing::Values(OdbcPlace::sqlite), odbc_place_name);

TEST_P(OdbcSqliteResults, EndAtATextThatIsNoUtf8BehindTheRowsBeforeIt) {
  const Connection db = open();
  // As UTF-16 it would be half of a surrogate pair.
  const Result result = execute(
      prepare(db, "SELECT 'good' AS t UNION ALL SELECT CAST(x'61EDA080' AS TEXT) UNION ALL SELECT 'never'"));
  EXPECT_EQ(next(result, 10), "text good");
  const psa::DriverError error = error_of([&] { next(result, 10); });
  EXPECT_EQ(error.column, "t");
  EXPECT_NE(error.message.find("surrogate"), std::string::npos) << error.message;
  EXPECT_EQ(run(db, "SELECT 7"), "int64 7");
}

}  // namespace

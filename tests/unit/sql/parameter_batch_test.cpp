#include "parameter_batch.hpp"

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/sql/column.hpp>

namespace prefect_sqlalchemy::detail {
namespace {

using Names = std::vector<std::string>;

RenderedStatement rendered(const StatementText& text, const std::vector<std::int64_t>& sizes = {}) {
  return text.render(sizes);
}

StatementText statement(std::string_view sql) {
  return {sql, {PSA_INIT(psa_lexical), PSA_PLACEHOLDER_QUESTION, 0, '"'}};
}

/// What a driver reads out of the batch: rows of values.
std::vector<std::vector<Value>> read_back(const ParameterBatch& batch) {
  const ArrowSchema& schema = *batch.schema();
  const ArrowArray& array = *batch.array();
  EXPECT_STREQ(schema.format, "+s");
  EXPECT_EQ(schema.n_children, array.n_children);
  std::vector<std::vector<Value>> out(static_cast<std::size_t>(array.length));
  for (std::int64_t i = 0; i < array.n_children; ++i) {
    const Column column = make_column(*schema.children[i], *array.children[i], 0);
    for (std::size_t row = 0; row < out.size(); ++row) {
      out[row].push_back(to_value(cell_at(column, static_cast<std::int64_t>(row))));
    }
  }
  return out;
}

TEST(ParameterBatch, HoldsOneValueOfEachKind) {
  const Value values[] = {nullptr,
                          true,
                          -1,
                          ~std::uint64_t{0},
                          1.5,
                          Decimal("1.50"),
                          "text",
                          "",
                          Bytes{std::byte{1}},
                          Bytes{},
                          Date(std::chrono::days(-1)),
                          Time{std::chrono::hours(1)},
                          Timestamp(std::chrono::hours(1)),
                          TimestampTz(std::chrono::hours(1)),
                          Interval{1, -2, 3},
                          Uuid("00112233-4455-6677-8899-aabbccddeeff"),
                          Json{"{}"},
                          Value::List{1, nullptr},
                          Value::List{}};
  const StatementText text = statement("SELECT :x");
  ParameterBatch batch;
  for (const Value& value : values) {
    const Parameters parameters{{"x", value}};
    batch.set(rendered(text), text.names(), parameters);
    EXPECT_EQ(read_back(batch), (std::vector<std::vector<Value>>{{value}})) << to_string(value.kind());
    EXPECT_STREQ(batch.schema()->children[0]->name, "x");
  }
}

TEST(ParameterBatch, PutsValuesWhereTheirPlaceholdersAre) {
  const StatementText text = statement("SELECT :b, :a, :b");
  const Parameters parameters{{"a", 1}, {"b", "x"}};
  ParameterBatch batch;
  batch.set(rendered(text), text.names(), parameters);
  EXPECT_EQ(read_back(batch), (std::vector<std::vector<Value>>{{"x", 1, "x"}}));
}

TEST(ParameterBatch, SpreadsAListOverItsPlaceholders) {
  const StatementText text = statement("SELECT :a WHERE x IN :ids");
  const Parameters parameters{{"ids", Value::List{7, "eight", nullptr}}, {"a", Value::List{1}}};
  ParameterBatch batch;
  batch.set(rendered(text, {-1, 3}), text.names(), parameters);
  EXPECT_EQ(read_back(batch), (std::vector<std::vector<Value>>{{Value::List{1}, 7, "eight", nullptr}}));
}

TEST(ParameterBatch, CanBeFilledAgain) {
  const StatementText three = statement("SELECT :a, :b, :c");
  const StatementText one = statement("SELECT :c");
  const Parameters first{{"a", Value::List{1}}, {"b", "x"}, {"c", 3}};
  const Parameters second{{"c", "y"}};
  const ParameterRows rows{{{"c", 1}}, {{"c", Value::List{2}}}};
  ParameterBatch batch;
  for (int i = 0; i < 3; ++i) {
    batch.set(rendered(three), three.names(), first);
    EXPECT_EQ(read_back(batch), (std::vector<std::vector<Value>>{{Value::List{1}, "x", 3}}));
    batch.set(rendered(one), one.names(), rows);
    EXPECT_EQ(read_back(batch), (std::vector<std::vector<Value>>{{1}, {Value::List{2}}}));
    batch.set(rendered(one), one.names(), second);
    EXPECT_EQ(read_back(batch), (std::vector<std::vector<Value>>{{"y"}}));
  }
}

TEST(ParameterBatch, LeavesRowsWhereTheyLie) {
  const StatementText text = statement("INSERT INTO t VALUES (:b, :a, :b)");
  ParameterRows rows({"a", "b"});
  rows.add(1, "x");
  rows.add(nullptr, "");
  ParameterBatch batch;
  batch.set(rendered(text), text.names(), rows);
  EXPECT_EQ(read_back(batch), (std::vector<std::vector<Value>>{{"x", 1, "x"}, {"", nullptr, ""}}));
  EXPECT_STREQ(batch.schema()->children[1]->name, "a");
}

TEST(ParameterBatch, HasRowsAlsoWithoutParameters) {
  const StatementText text = statement("INSERT INTO t VALUES (1)");
  const ParameterRows rows{Parameters{}, Parameters{}};
  ParameterBatch batch;
  batch.set(rendered(text), text.names(), rows);
  EXPECT_EQ(batch.array()->length, 2);
  EXPECT_EQ(batch.array()->n_children, 0);
}

template <class Function>
void expect_statement_error(const std::string& wanted, Function function) {
  try {
    function();
    ADD_FAILURE() << "no exception";
  } catch (const StatementError& error) {
    EXPECT_EQ(error.what(), wanted);
    EXPECT_EQ(error.statement(), "SELECT 1");
  }
}

TEST(CheckParameters, NamesWhatIsMissing) {
  expect_statement_error("A value is required for bind parameter 'b'\n[SQL: SELECT 1]", [] {
    check_parameters({"a", "b"}, Parameters{{"a", "secret"}}, "SELECT 1");
  });
  expect_statement_error("A value is required for bind parameter 'b'\n[SQL: SELECT 1]", [] {
    check_parameters({"a", "b"}, ParameterRows{{{"a", "secret"}}}, "SELECT 1");
  });
}

TEST(CheckParameters, NamesWhatIsUnknown) {
  expect_statement_error("the statement has no parameter :c; it has :a, :b\n[SQL: SELECT 1]", [] {
    check_parameters({"a", "b"}, Parameters{{"a", 1}, {"b", 2}, {"c", "secret"}}, "SELECT 1");
  });
  expect_statement_error("the statement has no parameter :c; it has none\n[SQL: SELECT 1]", [] {
    check_parameters(Names{}, ParameterRows{{{"c", "secret"}}}, "SELECT 1");
  });
}

TEST(CheckParameters, TakesWhatFitsInAnyOrder) {
  check_parameters({"a", "b"}, Parameters{{"b", 1}, {"a", 2}}, "");
  check_parameters({}, Parameters{}, "");
}

}  // namespace
}  // namespace prefect_sqlalchemy::detail

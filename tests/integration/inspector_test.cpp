#include <algorithm>

#include <prefect_sqlalchemy/sql/inspector.hpp>

#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

class InspectorOn : public OnDatabase {
 protected:
  void SetUp() override {
    db_.emplace(connector());
    db_->execute("CREATE TABLE authors (id integer PRIMARY KEY, name varchar(20) NOT NULL, UNIQUE (name))");
    db_->execute(
        "CREATE TABLE books (first integer NOT NULL, second integer NOT NULL, title varchar(40) DEFAULT "
        "'none', "
        "author integer, PRIMARY KEY (second, first), "
        "FOREIGN KEY (author) REFERENCES authors (id) ON DELETE CASCADE)");
    db_->execute("CREATE UNIQUE INDEX by_title ON books (title, author)");
    db_->execute("CREATE VIEW titles AS SELECT title FROM books");
  }
  Inspector inspector() { return inspect(db_->get_engine()); }

 private:
  std::optional<SqlAlchemyConnector> db_;
};

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

TEST_P(InspectorOn, TellsTablesAndViewsApart) {
  EXPECT_TRUE(holds(inspector().get_table_names(), "authors"));
  EXPECT_TRUE(holds(inspector().get_table_names(), "books"));
  EXPECT_FALSE(holds(inspector().get_table_names(), "titles"));
  EXPECT_EQ(inspector().get_view_names(), std::vector<std::string>{"titles"});
  EXPECT_FALSE(inspector().get_schema_names().empty());
  EXPECT_TRUE(inspector().has_table("books"));
  EXPECT_FALSE(inspector().has_table("nothing"));
}

TEST_P(InspectorOn, TellsColumnsInTheirOrder) {
  const std::vector<ReflectedColumn> columns = inspector().get_columns("books");
  ASSERT_EQ(columns.size(), 4U);
  EXPECT_EQ(columns[0].name, "first");
  EXPECT_FALSE(columns[0].nullable);
  EXPECT_EQ(columns[2].name, "title");
  EXPECT_TRUE(columns[2].nullable);
  ASSERT_TRUE(columns[2].default_value);
  EXPECT_NE(columns[2].default_value->find(database().defaults_lose_quotes ? "none" : "'none'"),
            std::string::npos);
  EXPECT_FALSE(columns[3].default_value);
  EXPECT_FALSE(columns[2].type.empty());
}

TEST_P(InspectorOn, TellsThePrimaryKeyInItsOwnOrder) {
  EXPECT_EQ(inspector().get_pk_constraint("books").constrained_columns,
            (std::vector<std::string>{"second", "first"}));
}

TEST_P(InspectorOn, TellsUniqueConstraintsAndIndexesApart) {
  const auto unique = inspector().get_unique_constraints("authors");
  ASSERT_EQ(unique.size(), 1U);
  EXPECT_EQ(unique[0].column_names, std::vector<std::string>{"name"});

  const auto indexes = inspector().get_indexes("books");
  const auto by_title = std::find_if(indexes.begin(), indexes.end(),
                                     [](const ReflectedIndex& index) { return index.name == "by_title"; });
  ASSERT_NE(by_title, indexes.end());
  EXPECT_TRUE(by_title->unique);
  EXPECT_EQ(by_title->column_names, (std::vector<std::optional<std::string>>{"title", "author"}));
}

TEST_P(InspectorOn, TellsWhatAForeignKeyRefersTo) {
  const auto keys = inspector().get_foreign_keys("books");
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].constrained_columns, std::vector<std::string>{"author"});
  EXPECT_EQ(keys[0].referred_table, "authors");
  EXPECT_EQ(keys[0].referred_columns, std::vector<std::string>{"id"});
  EXPECT_EQ(keys[0].on_delete, "CASCADE");
}

TEST_P(InspectorOn, ATableWithoutKeysHasNone) {
  EXPECT_TRUE(inspector().get_foreign_keys("authors").empty());
  if (!database().unique_indexes_are_constraints) {
    EXPECT_TRUE(inspector().get_unique_constraints("books").empty());
  }
}

TEST_P(InspectorOn, ATableThatIsNotThereIsNamed) {
  EXPECT_NE(message_of<NoSuchTableError>([this] { inspector().get_columns("nothing"); }).find("\"nothing\""),
            std::string::npos);
  EXPECT_THROW(inspector().get_indexes("nothing"), NoSuchTableError);
  EXPECT_THROW(inspector().get_foreign_keys("nothing"), NoSuchTableError);
}

INSTANTIATE_TEST_SUITE_P(Databases, InspectorOn, testing::ValuesIn(databases()), database_name);

}  // namespace

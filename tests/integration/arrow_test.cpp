#include <prefect_sqlalchemy/sql/column.hpp>

#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

class Arrow : public OnDatabase {};
INSTANTIATE_TEST_SUITE_P(On, Arrow, testing::ValuesIn(databases()), database_name);

/// A consumer of an Arrow stream.
class Consumer {
 public:
  explicit Consumer(CursorResult& result, const ArrowExportOptions& options = {}) {
    result.export_arrow(&stream_, options);
  }
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;
  ~Consumer() {
    if (schema_.release != nullptr) schema_.release(&schema_);
    if (stream_.release != nullptr) stream_.release(&stream_);
  }
  const ArrowSchema& schema() {
    if (schema_.release == nullptr) {
      EXPECT_EQ(stream_.get_schema(&stream_, &schema_), 0) << error();
    }
    return schema_;
  }
  std::string formats() {
    std::string out;
    for (std::int64_t i = 0; i < schema().n_children; ++i) {
      out += std::string(i == 0 ? "" : " ") + schema().children[i]->name + "=" + schema().children[i]->format;
    }
    return out;
  }
  /// Rows of values, batch by batch, until the end or an error.
  std::vector<std::vector<Value>> rows() {
    std::vector<std::vector<Value>> out;
    schema();
    for (;;) {
      ArrowArray array{};
      if (stream_.get_next(&stream_, &array) != 0) {
        failed = true;
        return out;
      }
      if (array.release == nullptr) return out;
      ++batches;
      EXPECT_EQ(array.n_children, schema_.n_children);
      const std::size_t first = out.size();
      out.resize(first + static_cast<std::size_t>(array.length));
      for (std::int64_t i = 0; i < array.n_children; ++i) {
        EXPECT_EQ(array.children[i]->length, array.length);
        const auto column = detail::make_column(*schema_.children[i], *array.children[i], array.offset);
        for (std::int64_t row = 0; row < array.length; ++row) {
          out[first + static_cast<std::size_t>(row)].push_back(
              detail::to_value(detail::cell_at(column, row)));
        }
      }
      array.release(&array);
    }
  }
  std::string error() {
    const char* text = stream_.get_last_error(&stream_);
    return text == nullptr ? "" : text;
  }
  int batches = 0;
  bool failed = false;

 private:
  ArrowArrayStream stream_{};
  ArrowSchema schema_{};
};

/// A schema of one column "n" that needs no releasing.
struct OneColumn {
  explicit OneColumn(const char* format) {
    child.format = format;
    child.name = "n";
    child.release = all.release = [](ArrowSchema* self) { self->release = nullptr; };
    all.format = "+s";
    all.n_children = 1;
    all.children = &children;
  }
  ArrowSchema child{}, all{};
  ArrowSchema* children = &child;
};

TEST_P(Arrow, ExportsEveryBatchUnderOneSchema) {
  std::optional<Consumer> consumer;
  constexpr int rows = 100'000;
  {
    auto db = connector();
    make_numbers(db, rows);
    Connection connection = db.get_connection(false);
    CursorResult result = connection.execute("SELECT n, 'x' AS t FROM numbers ORDER BY n");
    consumer.emplace(result);
    const auto exported = consumer->rows();
    EXPECT_FALSE(consumer->failed) << consumer->error();
    ASSERT_EQ(exported.size(), std::size_t{rows});
    for (int n = 0; n < rows; ++n) {
      ASSERT_EQ(exported[static_cast<std::size_t>(n)], (std::vector<Value>{n, "x"}));
    }
    EXPECT_TRUE(result.fetchall().empty()) << "the stream has taken the rows";
  }
  EXPECT_GT(consumer->batches, 1);
  EXPECT_EQ(consumer->schema().n_children, 2);
}

TEST_P(Arrow, ExportsWhatIsLeft) {
  auto db = connector();
  make_numbers(db, 10);
  CursorResult result = db.execute("SELECT n FROM numbers ORDER BY n");
  result.fetchmany(7);
  Consumer consumer(result);
  EXPECT_EQ(consumer.rows(), (std::vector<std::vector<Value>>{{7}, {8}, {9}}));
}

TEST_P(Arrow, OutlivesTheConnector) {
  std::optional<Consumer> consumer;
  {
    auto db = connector();
    make_numbers(db, 5000);
    CursorResult result = db.execute("SELECT n FROM numbers ORDER BY n");
    consumer.emplace(result);
  }
  EXPECT_EQ(consumer->rows().size(), 5000u);
}

TEST_P(Arrow, HasNamesWithoutRows) {
  auto db = connector();
  make_numbers(db, 0);
  CursorResult result = db.execute("SELECT n, n AS other FROM numbers");
  Consumer consumer(result);
  EXPECT_EQ(consumer.schema().n_children, 2);
  EXPECT_STREQ(consumer.schema().children[1]->name, "other");
  EXPECT_TRUE(consumer.rows().empty());
  EXPECT_FALSE(consumer.failed);
}

TEST_P(Arrow, IsRefusedWithoutAResult) {
  auto db = connector();
  CursorResult result = db.execute("CREATE TABLE t (n integer)");
  ArrowArrayStream stream{};
  EXPECT_THROW(result.export_arrow(&stream), ResourceClosedError);
  EXPECT_EQ(stream.release, nullptr);
}

class ArrowOfDynamicTypes : public OnDatabase {
 protected:
  /// The table mixed(id, n): `leading` integers, then `last`.
  static void make_mixed(SqlAlchemyConnector& db, int leading, const Value& last) {
    db.execute("CREATE TABLE mixed (id integer, n)");
    ParameterRows rows({"id", "n"});
    for (int n = 0; n < leading; ++n) rows.add(n, n);
    rows.add(leading, last);
    db.execute_many("INSERT INTO mixed VALUES (:id, :n)", rows);
  }
};
INSTANTIATE_TEST_SUITE_P(On, ArrowOfDynamicTypes,
                         testing::ValuesIn(databases_where([](const Database& database) {
                           return database.is_dynamically_typed;
                         })),
                         database_name);

const std::string select_mixed = "SELECT n FROM mixed ORDER BY id";

TEST_P(ArrowOfDynamicTypes, NamesRowAndColumnOfAValueThatDoesNotFit) {
  auto db = connector();
  make_mixed(db, 90'000, "text");
  CursorResult result = db.execute(select_mixed);
  Consumer consumer(result);
  EXPECT_EQ(consumer.formats(), "n=l");
  consumer.rows();
  EXPECT_TRUE(consumer.failed);
  EXPECT_NE(consumer.error().find("row 90000, column 0 (\"n\"): this text does not become int64"),
            std::string::npos)
      << consumer.error();
}

TEST_P(ArrowOfDynamicTypes, ConvertsWhatLosesNothing) {
  auto db = connector();
  make_mixed(db, 90'000, 5.0);
  CursorResult result = db.execute(select_mixed);
  Consumer consumer(result);
  const auto rows = consumer.rows();
  EXPECT_FALSE(consumer.failed) << consumer.error();
  EXPECT_EQ(rows.back(), std::vector<Value>{5});
}

TEST_P(ArrowOfDynamicTypes, ExportsUnionsOnRequest) {
  for (const int leading : {0, 3, 90'000}) {
    auto db = connector();
    db.execute("DROP TABLE IF EXISTS mixed");
    make_mixed(db, leading, "text");
    CursorResult result = db.execute(select_mixed);
    Consumer consumer(result, {.unions = true});
    EXPECT_EQ(consumer.formats().rfind("n=+ud:", 0), 0u);
    const auto rows = consumer.rows();
    EXPECT_FALSE(consumer.failed) << consumer.error();
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(leading) + 1);
    EXPECT_EQ(rows.back(), std::vector<Value>{"text"});
    for (int n = 0; n < leading; ++n) ASSERT_EQ(rows[static_cast<std::size_t>(n)], std::vector<Value>{n});
  }
}

TEST_P(ArrowOfDynamicTypes, SettlesTypesByDeclarationOnRequest) {
  auto db = connector();
  db.execute("CREATE TABLE sparse (id integer, a integer, b real, c varchar(9), d blob, e numeric(9, 2), f)");
  ParameterRows rows({"id"});
  for (int id = 0; id < 90'000; ++id) rows.add(id);
  db.execute_many("INSERT INTO sparse (id, e) VALUES (:id, 1)", rows);
  db.execute("INSERT INTO sparse VALUES (90000, 7, 2.5, 'text', x'0a', 1.5, 'any')");
  CursorResult result = db.execute("SELECT a, b, c, d, e, f FROM sparse ORDER BY id");
  Consumer consumer(result, {.settle_types = true});
  EXPECT_EQ(consumer.formats(), "a=l b=g c=u d=z e=g f=u");
  const auto out = consumer.rows();
  ASSERT_FALSE(consumer.failed) << consumer.error();
  EXPECT_EQ(out.front(), (std::vector<Value>{nullptr, nullptr, nullptr, nullptr, 1.0, nullptr}));
  EXPECT_EQ(out.back(), (std::vector<Value>{7, 2.5, "text", Bytes{std::byte{10}}, 1.5, "any"}));
  CursorResult none = db.execute("SELECT a, b, c FROM sparse WHERE id < 0");
  EXPECT_EQ(Consumer(none, {.settle_types = true}).formats(), "a=l b=g c=u");
}

TEST_P(ArrowOfDynamicTypes, FollowsTheCallersSchema) {
  auto db = connector();
  make_mixed(db, 3, nullptr);
  const std::tuple<const char*, Value> cases[] = {{"l", 2}, {"g", 2.0}, {"L", std::uint64_t{2}}};
  for (const auto& [format, third] : cases) {
    const OneColumn schema(format);
    CursorResult result = db.execute(select_mixed);
    Consumer consumer(result, {.schema = &schema.all});
    EXPECT_EQ(consumer.formats(), "n=" + std::string(format));
    const auto rows = consumer.rows();
    ASSERT_EQ(rows.size(), 4u) << consumer.error();
    EXPECT_EQ(rows[2][0], third);
    EXPECT_EQ(rows[3][0], Value());
  }
}

TEST_P(ArrowOfDynamicTypes, ReadsTextAsTheTypesOfTheCallersSchema) {
  auto db = connector();
  const std::tuple<const char*, Value, Value> cases[] = {
      {"tdD", "2024-02-29", Value("2024-02-29").get<Date>()},
      {"tsu:", "2024-02-29 12:30:00", Value("2024-02-29 12:30:00").get<Timestamp>()},
      {"tsu:UTC", "2024-02-29 12:30:00Z", Value("2024-02-29 12:30:00Z").get<TimestampTz>()},
      {"u", "text", "text"},
      {"U", "text", "text"},
      {"b", 1, true}};
  for (const auto& [format, stored, wanted] : cases) {
    const OneColumn schema(format);
    CursorResult result = db.execute("SELECT :n AS n", {{"n", stored}});
    Consumer consumer(result, {.schema = &schema.all});
    EXPECT_EQ(consumer.rows(), (std::vector<std::vector<Value>>{{wanted}})) << format << consumer.error();
  }
}

TEST_P(ArrowOfDynamicTypes, SaysThatATypeIsNotConvertedTo) {
  auto db = connector();
  const OneColumn schema("i");
  CursorResult result = db.execute("SELECT 1 AS n");
  Consumer consumer(result, {.schema = &schema.all});
  consumer.rows();
  EXPECT_TRUE(consumer.failed);
  EXPECT_NE(consumer.error().find("the Arrow type of the schema"), std::string::npos) << consumer.error();
}

TEST_P(ArrowOfDynamicTypes, RefusesASchemaOfOtherWidth) {
  auto db = connector();
  const OneColumn schema("l");
  CursorResult result = db.execute("SELECT 1 AS n, 2 AS m");
  ArrowArrayStream stream{};
  EXPECT_THROW(result.export_arrow(&stream, {.schema = &schema.all}), ArgumentError);
}

}  // namespace

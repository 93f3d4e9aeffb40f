#include "driver_error.hpp"

#include <new>

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/base/error.hpp>

namespace prefect_sqlalchemy::detail {
namespace {

psa_string view(std::string_view text) { return {text.data(), text.size()}; }

psa_error report(std::uint32_t category, std::string_view message = "it broke") {
  psa_error out{PSA_INIT(psa_error)};
  out.category = category;
  out.sql_offset = out.parameter_row = out.parameter_column = -1;
  out.message = view(message);
  return out;
}

template <class E>
E thrown(std::int32_t status, const psa_error* error, const FailedOperation& operation = {"db+x"}) {
  ErrorSink sink;
  if (error != nullptr) ErrorSink::report(&sink, error);
  try {
    throw_driver_error(status, sink, operation);
  } catch (const Error& caught) {
    EXPECT_EQ(typeid(caught), typeid(E)) << caught.what();
    if (const auto* wanted = dynamic_cast<const E*>(&caught)) return *wanted;
    throw;
  }
}

template <class E>
void expect_class(std::int32_t status, std::uint32_t category, const char* name) {
  const psa_error error = report(category);
  EXPECT_EQ(thrown<E>(status, &error).what(), "(db+x." + std::string(name) + ") it broke");
}

TEST(DriverError, HasTheClassOfItsCategory) {
  expect_class<DatabaseError>(PSA_ERROR, PSA_CATEGORY_UNKNOWN, "DatabaseError");
  expect_class<InterfaceError>(PSA_ERROR, PSA_CATEGORY_INTERFACE, "InterfaceError");
  expect_class<DataError>(PSA_ERROR, PSA_CATEGORY_DATA, "DataError");
  expect_class<OperationalError>(PSA_ERROR, PSA_CATEGORY_OPERATIONAL, "OperationalError");
  expect_class<IntegrityError>(PSA_ERROR, PSA_CATEGORY_INTEGRITY, "IntegrityError");
  expect_class<InternalError>(PSA_ERROR, PSA_CATEGORY_INTERNAL, "InternalError");
  expect_class<ProgrammingError>(PSA_ERROR, PSA_CATEGORY_PROGRAMMING, "ProgrammingError");
  expect_class<NotSupportedError>(PSA_ERROR, PSA_CATEGORY_NOT_SUPPORTED, "NotSupportedError");
  expect_class<DatabaseError>(PSA_ERROR, 4711, "DatabaseError");
}

TEST(DriverError, HasTheClassOfItsStatusWhereThatSaysMore) {
  expect_class<CancelledError>(PSA_CANCELLED, PSA_CATEGORY_OPERATIONAL, "CancelledError");
  expect_class<DeadlineError>(PSA_DEADLINE, PSA_CATEGORY_OPERATIONAL, "DeadlineError");
  expect_class<NotSupportedError>(PSA_NOT_SUPPORTED, PSA_CATEGORY_OPERATIONAL, "NotSupportedError");
  expect_class<ArgumentError>(PSA_INVALID_ARGUMENT, PSA_CATEGORY_UNKNOWN, "ArgumentError");
  expect_class<ProgrammingError>(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING, "ProgrammingError");
  expect_class<InterfaceError>(PSA_INVALID_STATE, PSA_CATEGORY_UNKNOWN, "InterfaceError");
  expect_class<OperationalError>(PSA_INVALID_STATE, PSA_CATEGORY_OPERATIONAL, "OperationalError");
  expect_class<DatabaseError>(4711, PSA_CATEGORY_UNKNOWN, "DatabaseError");
}

TEST(DriverError, IsBadAllocWhenMemoryRanOut) {
  const ErrorSink sink;
  EXPECT_THROW(throw_driver_error(PSA_OUT_OF_MEMORY, sink, {"db+x"}), std::bad_alloc);
}

TEST(DriverError, SaysSoWhenTheDriverSaidNothing) {
  EXPECT_STREQ(thrown<DatabaseError>(PSA_ERROR, nullptr).what(),
               "(db+x.DatabaseError) the driver failed with status 2 and said nothing");
}

TEST(DriverError, AnswersQuestions) {
  psa_error error = report(PSA_CATEGORY_INTEGRITY);
  error.flags = PSA_ERROR_RETRYABLE | PSA_ERROR_CONNECTION_LOST | PSA_ERROR_MAYBE_APPLIED;
  error.vendor_code = 1234567890123;
  error.sqlstate = view("23505");
  error.detail = view("more");
  error.hint = view("try again");
  error.schema = view("s");
  error.table = view("t");
  error.column = view("c");
  error.constraint = view("k");
  error.parameter_row = 3;
  error.parameter_column = 1;
  const auto caught = thrown<IntegrityError>(PSA_ERROR, &error, {"db+x", "INSERT"});
  EXPECT_EQ(caught.sqlstate(), "23505");
  EXPECT_EQ(caught.vendor_code(), 1234567890123);
  EXPECT_TRUE(caught.retryable());
  EXPECT_TRUE(caught.connection_lost());
  EXPECT_EQ(caught.statement(), "INSERT");
  const Diagnostics& diagnostics = caught.diagnostics();
  EXPECT_TRUE(diagnostics.maybe_applied);
  EXPECT_EQ(diagnostics.driver, "db+x");
  EXPECT_EQ(diagnostics.message, "it broke");
  EXPECT_EQ(diagnostics.schema + diagnostics.table + diagnostics.column + diagnostics.constraint, "stck");
  EXPECT_EQ(diagnostics.parameter_row, 3);
  EXPECT_EQ(diagnostics.parameter_column, 1);
  EXPECT_STREQ(caught.what(),
               "(db+x.IntegrityError) it broke\n"
               "DETAIL:  more\n"
               "HINT:  try again\n"
               "[the database's answer was lost: the change may have been made]\n"
               "[SQL: INSERT]\n"
               "[in parameter group 3, counted from 0]");
}

TEST(DriverError, PointsIntoTheTextTheUserWrote) {
  const StatementText text("SELECT :long_name FORM",
                           {PSA_INIT(psa_lexical), PSA_PLACEHOLDER_QUESTION, 0, '"'});
  const RenderedStatement rendered = text.render({});
  psa_error error = report(PSA_CATEGORY_PROGRAMMING);
  error.sql_offset = static_cast<std::int64_t>(rendered.sql.find("FORM"));
  const auto caught =
      thrown<ProgrammingError>(PSA_ERROR, &error, {"db+x", "SELECT :long_name FORM", &rendered});
  EXPECT_EQ(caught.diagnostics().statement_offset, 18);
  EXPECT_STREQ(caught.what(),
               "(db+x.ProgrammingError) it broke\n[SQL: SELECT :long_name FORM]\n[at byte 18 of it]");
}

TEST(WordsOf, AreTheDatabasesWhereItHasAny) {
  const psa_error error = report(PSA_CATEGORY_DATA);
  EXPECT_EQ(words_of(thrown<DataError>(PSA_ERROR, &error, {"db+x", "SELECT"})), "it broke");
  EXPECT_EQ(words_of(StatementError("missing")), "missing");
  EXPECT_EQ(words_of(std::runtime_error("other")), "other");
}

}  // namespace
}  // namespace prefect_sqlalchemy::detail

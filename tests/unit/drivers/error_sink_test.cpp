#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/drivers/error_sink.hpp>

namespace prefect_sqlalchemy {
namespace {

psa_string view(const char* text) { return {text, text ? std::strlen(text) : 0}; }

psa_error full_error() {
  psa_error error{PSA_INIT(psa_error)};
  error.category = PSA_CATEGORY_INTEGRITY;
  error.flags = PSA_ERROR_RETRYABLE;
  error.vendor_code = -5'000'000'000;
  error.sql_offset = 7;
  error.parameter_row = 3;
  error.parameter_column = 2;
  error.sqlstate = view("23505");
  error.message = view("duplicate");
  error.constraint = view("pk");
  return error;
}

TEST(ErrorSink, IsEmptyAtFirst) { EXPECT_EQ(ErrorSink().report(), nullptr); }

TEST(ErrorSink, CopiesWhatTheDriverReports) {
  ErrorSink sink;
  {
    std::string message = "a message that is gone after the call";
    auto error = full_error();
    error.message = {message.data(), message.size()};
    ErrorSink::report(&sink, &error);
    message.assign(message.size(), 'x');
  }
  ASSERT_NE(sink.report(), nullptr);
  EXPECT_EQ(sink.report()->category, PSA_CATEGORY_INTEGRITY);
  EXPECT_EQ(sink.report()->flags, PSA_ERROR_RETRYABLE);
  EXPECT_EQ(sink.report()->vendor_code, -5'000'000'000);
  EXPECT_EQ(sink.report()->sql_offset, 7);
  EXPECT_EQ(sink.report()->parameter_row, 3);
  EXPECT_EQ(sink.report()->parameter_column, 2);
  EXPECT_EQ(sink.report()->sqlstate, "23505");
  EXPECT_EQ(sink.report()->message, "a message that is gone after the call");
  EXPECT_EQ(sink.report()->detail, "");
  EXPECT_EQ(sink.report()->constraint, "pk");
}

TEST(ErrorSink, KeepsTheLastReportAlone) {
  ErrorSink sink;
  const auto first = full_error();
  ErrorSink::report(&sink, &first);
  psa_error second{PSA_INIT(psa_error)};
  second.message = view("second");
  ErrorSink::report(&sink, &second);
  EXPECT_EQ(sink.report()->message, "second");
  EXPECT_EQ(sink.report()->constraint, "");
  sink.clear();
  EXPECT_EQ(sink.report(), nullptr);
}

TEST(ErrorSink, ReadsNoFurtherThanTheStructGoes) {
  // As from a driver of an older minor: the struct ends before `parameter_row`, and memory ends there too.
  constexpr auto size = offsetof(psa_error, parameter_row);
  const auto whole = full_error();
  std::vector<std::uint64_t> shorter(size / 8);
  std::memcpy(shorter.data(), &whole, size);
  auto* error = reinterpret_cast<psa_error*>(shorter.data());
  error->struct_size = size;
  ErrorSink sink;
  ErrorSink::report(&sink, error);
  EXPECT_EQ(sink.report()->sql_offset, 7);
  EXPECT_EQ(sink.report()->parameter_row, -1);
  EXPECT_EQ(sink.report()->message, "");
}

TEST(ErrorSink, MayBeMissing) {
  const auto error = full_error();
  ErrorSink::report(nullptr, &error);
  ErrorSink sink;
  ErrorSink::report(&sink, nullptr);
  EXPECT_EQ(sink.report(), nullptr);
}

}  // namespace
}  // namespace prefect_sqlalchemy

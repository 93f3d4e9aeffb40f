#include <prefect_sqlalchemy/drivers/error_sink.hpp>

namespace prefect_sqlalchemy {

void copy_driver_error(const psa_error& error, DriverErrorReport& out) {
  const auto number = [](bool there, const auto& from, auto& to) {
    if (there) to = from;
  };
  const auto text = [](bool there, const psa_string& from, std::string& to) {
    if (there && from.data) to.assign(from.data, from.size);
  };
#define PSA_COPY(how, member) how(PSA_HAS(psa_error, &error, member), error.member, out.member)
  PSA_COPY(number, category);
  PSA_COPY(number, flags);
  PSA_COPY(number, severity);
  PSA_COPY(number, vendor_code);
  PSA_COPY(number, sql_offset);
  PSA_COPY(number, parameter_row);
  PSA_COPY(number, parameter_column);
  PSA_COPY(text, sqlstate);
  PSA_COPY(text, message);
  PSA_COPY(text, detail);
  PSA_COPY(text, hint);
  PSA_COPY(text, schema);
  PSA_COPY(text, table);
  PSA_COPY(text, column);
  PSA_COPY(text, constraint);
  PSA_COPY(text, context);
#undef PSA_COPY
}

void ErrorSink::report(void* sink, const psa_error* error) noexcept {
  if (!sink || !error) return;
  auto& report = static_cast<ErrorSink*>(sink)->report_;
  report.emplace();
  try {
    copy_driver_error(*error, *report);
  } catch (...) {
    // No memory for the texts; flags and numbers were copied before them.
  }
}

}  // namespace prefect_sqlalchemy

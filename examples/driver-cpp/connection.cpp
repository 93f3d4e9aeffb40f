#include <filesystem>

#include <psa/sdk/text.hpp>

#include "driver.hpp"

namespace csv {

Connection::Connection(const psa_connection_args& args) : folder_(psa::view(args.database)) {
  if ((args.flags & PSA_CONNECTION_NONBLOCKING) != 0)
    throw psa::DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED, "csv has no non-blocking connections");
  if (args.address_count != 0 || psa::has_value(args.username) || psa::has_value(args.password))
    throw psa::invalid_argument("csv reads a folder, and takes no host, user or password: csv:///folder");
  if (folder_.empty()) throw psa::invalid_argument("csv needs a folder: csv:///folder, or csv:////folder from the root");
  separator_ = psa::Options(known_options, args).text("separator").value_or(",").front();
}

void Connection::connect() {
  if (state_ != State::made) throw psa::invalid_state("the connection has been opened before");
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder_, ignored)) {
    psa::DriverError error(PSA_ERROR, PSA_CATEGORY_OPERATIONAL, "there is no folder " + folder_);
    error.sqlstate = "08001";
    throw error;
  }
  state_ = State::open;
}

void Connection::check_open() const {
  if (state_ != State::open || !is_held()) throw psa::invalid_state("the connection is not open");
}

void Connection::lexical(psa_lexical& out) const noexcept {
  out.placeholder = PSA_PLACEHOLDER_QUESTION;
  out.flags = 0;
  out.identifier_quote = '"';
}

std::unique_ptr<Statement> Statement::prepare(Connection& connection, std::string_view sql, uint32_t) {
  connection.check_open();
  return std::make_unique<Statement>(connection.shared_from_this(), parse_query(sql));
}

std::unique_ptr<Result> Statement::execute(const psa_execute& execute) {
  connection_->check_open();
  psa::ParameterBatch parameters;
  parameters.open(execute);
  if (parameters.columns().size() != query_.parameters)
    throw psa::DriverError(PSA_ERROR, PSA_CATEGORY_PROGRAMMING,
                           "the statement has " + std::to_string(query_.parameters) + " parameters, and " +
                               std::to_string(parameters.columns().size()) + " were given");
  // The rows of a statement that runs several times are nobody's.
  if (query_.file.empty() || parameters.rows() > 1) return std::make_unique<Result>(connection_);
  return std::make_unique<Result>(connection_, query_, parameters);
}

}  // namespace csv

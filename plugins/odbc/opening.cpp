// SPDX-License-Identifier: Apache-2.0
#include "opening.hpp"

#include <exception>
#include <new>
#include <utility>
#include <vector>

#include <sqlext.h>
#include <sqlucode.h>

#include <psa/sdk/background_thread.hpp>

#include "process_state.hpp"
#include "utf16.hpp"

namespace psa::odbc {
namespace {

struct Opening {
  Connected made;
  std::exception_ptr error;
  bool done = false;
  bool abandoned = false;
};

Session new_session(const Environment& environment) {
  SQLHANDLE handle = nullptr;
  if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, environment.get(), &handle))) throw std::bad_alloc();
  return Session(handle);
}

void connect_session(Connected& made, const std::string& text, int64_t login_timeout) {
  const KeptProcessState kept;
  made.environment = new_environment();
  made.session = new_session(made.environment);
  SQLHDBC const session = made.session.get();
  if (login_timeout != 0)
    SQLSetConnectAttrW(session, SQL_ATTR_LOGIN_TIMEOUT, reinterpret_cast<SQLPOINTER>(login_timeout), 0);
  WideText wide(text);
  if (wide.size() > 32'767) throw invalid_argument("the ODBC connection string is too long");
  SQLSMALLINT size = 0;
  std::vector<SQLWCHAR> completed(4096);
  const SQLRETURN code = SQLDriverConnectW(
      session, nullptr, wide.data(), static_cast<SQLSMALLINT>(wide.size()), completed.data(),
      static_cast<SQLSMALLINT>(completed.size()), &size, SQL_DRIVER_NOPROMPT);
  if (!SQL_SUCCEEDED(code)) {
    DriverError error = make_error(diagnostics(SQL_HANDLE_DBC, session), DbmsKind::other);
    made.session.reset();
    throw error;
  }
}

}  // namespace

void Connected::disconnect() noexcept {
  if (session == nullptr) return;
  const NoSigpipe no_sigpipe;
  if (!SQL_SUCCEEDED(SQLDisconnect(session.get()))) {
    SQLEndTran(SQL_HANDLE_DBC, session.get(), SQL_ROLLBACK);
    SQLDisconnect(session.get());
  }
  session.reset();
  environment.reset();
}

Connected open_session(std::string text, int64_t login_timeout, std::shared_ptr<Canceller> canceller) {
  const auto opening = std::make_shared<Opening>();
  start_background_thread([opening, canceller, login_timeout, text = std::move(text)] {
    const NoSigpipe no_sigpipe;
    try {
      connect_session(opening->made, text, login_timeout);
      opening->made.facts = ask_facts(opening->made.session.get());
    } catch (...) {
      opening->error = std::current_exception();
      opening->made.disconnect();
    }
    bool nobody_waits = false;
    canceller->wake([&] {
      opening->done = true;
      nobody_waits = opening->abandoned;
    });
    if (nobody_waits) opening->made.disconnect();
  });
  const Canceller::Stop stop = canceller->wait_until([&] { return opening->done; });
  canceller->wake([&] { opening->abandoned = !opening->done; });
  if (opening->abandoned) throw Operation::error(stop, "connecting").with_flags(PSA_ERROR_CONNECTION_LOST);
  if (opening->error) std::rethrow_exception(opening->error);
  return std::move(opening->made);
}

void run_beside(const std::string& text, const std::string& sql) noexcept {
  constexpr int64_t seconds = 5;
  const NoSigpipe no_sigpipe;
  Connected made;
  try {
    connect_session(made, text, seconds);
    SQLHANDLE statement = nullptr;
    WideText wide(sql);
    if (SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, made.session.get(), &statement)))
      SQLExecDirectW(statement, wide.data(), static_cast<SQLINTEGER>(wide.size()));
  } catch (const std::exception&) {
    // The operation goes on, and so does whoever cancels it.
  }
  made.disconnect();
}

}  // namespace psa::odbc

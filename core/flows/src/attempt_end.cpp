#include "attempt_end.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <prefect_sqlalchemy/flows/recorded_value.hpp>
#include <prefect_sqlalchemy/flows/run_errors.hpp>

namespace prefect::detail {
namespace {

using How = AttemptEnd::How;

AttemptEnd told(How how, const std::exception& error) {
  return {how, type_name(typeid(error)), without_url_passwords(limited(error.what()))};
}

AttemptEnd described(const std::exception_ptr& error, bool asked_to_stop) {
  try {
    std::rethrow_exception(error);
  } catch (const CancelledRun& cancelled) {
    return told(How::cancelled, cancelled);
  } catch (const prefect_sqlalchemy::CancelledError& cancelled) {
    return told(asked_to_stop ? How::cancelled : How::threw, cancelled);
  } catch (const boost::system::system_error& thrown) {
    const bool cancelled = asked_to_stop && thrown.code() == boost::asio::error::operation_aborted;
    return told(cancelled ? How::cancelled : How::threw, thrown);
  } catch (const std::exception& thrown) {
    return told(How::threw, thrown);
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return {How::threw, type ? type_name(*type) : "an unknown exception", {}};
  }
}

}  // namespace

AttemptEnd attempt_end(const std::exception_ptr& error, bool asked_to_stop, bool out_of_time) {
  if (!out_of_time) return error ? described(error, asked_to_stop) : AttemptEnd{};
  AttemptEnd end{.how = How::timed_out};
  if (!error) return end;
  try {
    std::rethrow_exception(error);
  } catch (const prefect_sqlalchemy::DeadlineError&) {
    // Only the consequence of the timeout, as is the next: not worth telling.
  } catch (const prefect_sqlalchemy::CancelledError&) {
  } catch (const boost::system::system_error& thrown) {
    if (thrown.code() != boost::asio::error::operation_aborted) {
      end = described(error, false);
      end.how = How::timed_out;
    }
  } catch (...) {
    end = described(error, false);
    end.how = How::timed_out;
  }
  return end;
}

std::exception_ptr timeout_error(RunKind kind, const std::string& message) {
  return kind == RunKind::flow ? std::make_exception_ptr(FlowRunTimeoutError(message))
                               : std::make_exception_ptr(TaskRunTimeoutError(message));
}

}  // namespace prefect::detail

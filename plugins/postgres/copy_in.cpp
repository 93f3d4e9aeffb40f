// SPDX-License-Identifier: Apache-2.0
#include "copy_in.hpp"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "wire.hpp"

namespace psa::postgres {
namespace {

constexpr size_t chunk = 64 * 1024;

}  // namespace

CopyIn::CopyIn(Session& session, const std::vector<const Type*>& types, const TypeSource& source)
    : session_(session), types_(types), source_(source) {
  static constexpr char signature[] = "PGCOPY\n\377\r\n\0";
  put_bytes(bytes_, signature, 11);
  put32(bytes_, 0);
  put32(bytes_, 0);
}

Task<> CopyIn::send(const ParameterBatch& batch) {
  for (int64_t row = 0; row < batch.rows(); ++row) {
    encode_row(batch, row);
    if (bytes_.size() >= chunk) co_await flush();
  }
  rows_ += batch.rows();
}

Task<> CopyIn::finish() {
  put16(bytes_, UINT16_MAX);
  co_await flush();
}

void CopyIn::encode_row(const ParameterBatch& batch, int64_t row) {
  put16(bytes_, static_cast<uint16_t>(types_.size()));
  for (size_t i = 0; i < types_.size(); ++i) {
    const ParameterColumn& column = batch.columns()[i];
    const size_t at = bytes_.size();
    const auto [place, place_row] = column.resolve(row);
    if (place->is_null(place_row)) {
      put32(bytes_, UINT32_MAX);
      continue;
    }
    put32(bytes_, 0);
    try {
      encode(*types_[i], source_, *place, place_row, true, bytes_);
    } catch (DriverError& error) {
      error.message = "column '" + std::string(column.name()) + "' " + error.message;
      error.parameter_row = rows_ + row;
      error.parameter_column = static_cast<int64_t>(i);
      throw;
    }
    const uint32_t size = __builtin_bswap32(static_cast<uint32_t>(bytes_.size() - at - 4));
    std::memcpy(bytes_.data() + at, &size, sizeof size);
  }
}

Task<> CopyIn::flush() {
  for (;;) {
    const int taken = PQputCopyData(session_.client(), reinterpret_cast<const char*>(bytes_.data()),
                                    static_cast<int>(bytes_.size()));
    if (taken < 0) session_.fail_to_send();
    if (taken == 1) break;
    co_await session_.ready(PSA_WAIT_READ | PSA_WAIT_WRITE);
    session_.read();
    PQflush(session_.client());
  }
  bytes_.clear();
  // What libpq holds back must not grow with the data.
  co_await session_.flush();
  if (session_.has_worked_long()) co_await session_.pause();
}

Task<> begin_copy(Session& session, std::string target) {
  if (PQsendQuery(session.client(), ("COPY " + target + " FROM STDIN (FORMAT binary)").c_str()) == 0)
    session.fail_to_send();
  co_await session.flush();
  const ResultHandle begun = co_await session.result();
  if (PQresultStatus(begun.get()) == PGRES_COPY_IN) co_return;
  DriverError error = session.error_of(begun.get());
  if (!session.broken()) co_await session.finish(false);
  throw error;
}

Task<int64_t> end_copy(Session& session, std::exception_ptr failure) {
  PQputCopyEnd(session.client(), failure ? "the rows could not be sent" : nullptr);
  co_await session.flush();
  int64_t count = 0;
  std::optional<DriverError> refused;
  for (;;) {
    const ResultHandle next = co_await session.result();
    if (next == nullptr) break;
    if (PQresultStatus(next.get()) == PGRES_FATAL_ERROR) {
      if (!refused) refused = session.error_of(next.get());
    } else {
      const std::string_view text = PQcmdTuples(next.get());
      std::from_chars(text.data(), text.data() + text.size(), count);
    }
    if (session.broken()) break;
  }
  if (failure && !(refused && session.broken())) std::rethrow_exception(failure);
  if (refused) throw *refused;
  co_return count;
}

Task<int64_t> copy_batch(Connection& connection, std::string target, const std::vector<const Type*>& types,
                         const ParameterBatch& batch) {
  Session& session = connection.session();
  co_await begin_copy(session, std::move(target));
  std::exception_ptr failure;
  try {
    CopyIn copy(session, types, connection.catalog());
    co_await copy.send(batch);
    co_await copy.finish();
  } catch (...) {
    failure = std::current_exception();
  }
  co_return co_await end_copy(session, failure);
}

}  // namespace psa::postgres

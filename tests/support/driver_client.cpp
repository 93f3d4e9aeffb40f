// SPDX-License-Identifier: Apache-2.0
#include "driver_client.hpp"

#include <psa/sdk/text.hpp>

#include "batch_text.hpp"

namespace driver_client {

Batch::Batch(const Result& result, int64_t max_rows, int64_t deadline) {
  const ReleaseResult& owner = result.get_deleter();
  const psa_fetch fetch{PSA_INIT(psa_fetch), 0, 1, max_rows, 1 << 20};
  perform(owner.connection, deadline,
          [&](const psa_call* call) { return table().result_next(result.get(), &fetch, &batch_, call); });
  tells_schema_ = batch_.schema.release != nullptr;
  if (tells_schema_) {
    *owner.schema = std::shared_ptr<ArrowSchema>(new ArrowSchema(batch_.schema), [](ArrowSchema* old) {
      old->release(old);
      delete old;
    });
  }
  schema_ = *owner.schema;
}

Batch::~Batch() {
  if (batch_.array.release != nullptr) batch_.array.release(&batch_.array);
}

static std::shared_ptr<std::shared_ptr<ArrowSchema>> no_schema() {
  return std::make_shared<std::shared_ptr<ArrowSchema>>();
}

Statement prepare(const Connection& connection, std::string_view sql, uint32_t flags) {
  const psa_string text = psa::c_text(sql);
  psa_statement* handle = nullptr;
  perform(connection.get(), 0, [&](const psa_call* call) {
    return table().statement_prepare(connection.get(), &text, flags, &handle, call);
  });
  return Statement(handle, {connection.get(), no_schema()});
}

Result execute(const Statement& statement, const psa_execute& arguments, int64_t deadline) {
  const auto& [connection, schema] = statement.get_deleter();
  psa_result* handle = nullptr;
  perform(connection, deadline, [&](const psa_call* call) {
    return table().statement_execute(statement.get(), &arguments, &handle, call);
  });
  return Result(handle, {connection, schema});
}

Result execute(const Statement& statement, int64_t deadline) {
  return execute(statement, psa_execute{PSA_INIT(psa_execute)}, deadline);
}

Result execute(const Statement& statement, Parameters& parameters, int64_t deadline) {
  return execute(statement, parameters.execute(), deadline);
}

void adopt(const Result& result, const Connection& connection) {
  result.get_deleter().connection = connection.get();
  result.get_deleter().schema = no_schema();
}

psa_result_info info(const Result& result) {
  psa_result_info out{PSA_INIT(psa_result_info)};
  table().result_info(result.get(), &out);
  return out;
}

std::string next(const Result& result, int64_t max_rows, bool* last, int64_t deadline) {
  const Batch batch(result, max_rows, deadline);
  if (last != nullptr) *last = batch.last();
  return batch.has_rows() ? test_support::batch_text(batch.schema(), batch.array()) : "";
}

std::string rest(const Result& result, int64_t deadline) {
  std::string text;
  bool last = (info(result).flags & PSA_RESULT_FINISHED) != 0;
  while (!last) {
    const std::string more = next(result, 1000, &last, deadline);
    if (!text.empty() && !more.empty()) text += "; ";
    text += more;
  }
  return text;
}

void next_result(const Result& result) {
  result.get_deleter().schema->reset();
  perform(result.get_deleter().connection, 0,
          [&](const psa_call* call) { return table().result_next_result(result.get(), call); });
}

std::string run(const Connection& connection, std::string_view sql, int64_t deadline) {
  return rest(execute(prepare(connection, sql), deadline), deadline);
}

int64_t run_count(const Connection& connection, std::string_view sql) {
  return info(execute(prepare(connection, sql))).rows_affected;
}

int64_t ingest(const Connection& connection, std::string_view name, uint32_t mode, Parameters& rows) {
  const psa_ingest how{PSA_INIT(psa_ingest), mode, {nullptr, 0}, psa::c_text(name), rows.stream()};
  int64_t count = -1;
  perform(connection.get(), 0,
          [&](const psa_call* call) { return table().ingest(connection.get(), &how, &count, call); });
  return count;
}

Result metadata(const Connection& connection, uint32_t kind, std::string_view schema, std::string_view name) {
  const psa_metadata what{PSA_INIT(psa_metadata), kind, psa::c_text_or_none(schema),
                          psa::c_text_or_none(name)};
  psa_result* handle = nullptr;
  perform(connection.get(), 0,
          [&](const psa_call* call) { return table().metadata(connection.get(), &what, &handle, call); });
  return Result(handle, {connection.get(), no_schema()});
}

}  // namespace driver_client

// SPDX-License-Identifier: Apache-2.0
#include "batches.hpp"

#include <string_view>

namespace psa_conformance {
namespace {

template <class Arrow>
std::shared_ptr<Arrow> owned(const Arrow& moved) {
  return std::shared_ptr<Arrow>(new Arrow(moved), [](Arrow* old) {
    if (old->release != nullptr) old->release(old);
    delete old;
  });
}

std::string types_of(const ArrowSchema& schema) {
  std::string text = schema.format;
  for (int64_t i = 0; i < schema.n_children; ++i) text += "," + types_of(*schema.children[i]);
  return text;
}

// The names that result_schema tells before the first batch are those of the batches.
void check_names(const Result& result, const ArrowSchema& schema) {
  ErrorSink sink;
  ArrowSchema before{};
  examine(table().result_schema(result.handle.get(), &before, &sink), sink).expect_ok("result_schema");
  const auto told = owned(before);
  require(told->release != nullptr && told->n_children == schema.n_children,
          "result_schema and a batch differ in their columns", "R4");
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& field = *told->children[i];
    require(field.name != nullptr && std::string_view(field.name) == schema.children[i]->name,
            "result_schema and a batch differ in a column's name", "R4");
  }
}

}  // namespace

std::string Batch::cell(int64_t row, int64_t column) const {
  return cell_text(*schema_, *array_, row, column);
}

psa_fetch fetch_of(int64_t max_rows, int64_t min_rows, int64_t max_bytes) {
  return {PSA_INIT(psa_fetch), 0, min_rows, max_rows, max_bytes};
}

Answer try_next(const Result& result, const psa_fetch& fetch, Batch& out, int64_t deadline) {
  psa_batch batch{PSA_INIT(psa_batch)};
  Answer answer = call(
      result.connection,
      [&](const psa_call* with) { return table().result_next(result.handle.get(), &fetch, &batch, with); },
      deadline);
  if (!answer.ok()) return answer;
  require(batch.struct_size == sizeof batch, "result_next changed struct_size", "L1");
  out = {};
  if (batch.array.release != nullptr) out.array_ = owned(batch.array);
  if (batch.schema.release != nullptr) {
    auto told = owned(batch.schema);
    if (*result.schema != nullptr && types_of(**result.schema) != types_of(*told))
      require((driver().capabilities() & PSA_CAP_DYNAMIC_TYPES) != 0,
              "the schema changes between batches, and dynamic_types is not claimed", "R3");
    *result.schema = std::move(told);
    check_names(result, **result.schema);
  }
  out.schema_ = *result.schema;
  out.last_ = (batch.flags & PSA_BATCH_LAST) != 0;
  if (out.array_ != nullptr) {
    require(out.schema_ != nullptr, "the first batch has no schema", "R3");
    check_arrow(*out.schema_, *out.array_);
    require(out.rows() >= 1, "a batch has no rows", "R5");
    require(out.rows() <= fetch.max_rows, "a batch has more than max_rows rows", "R5");
    if (out.schema_->n_children > 0)
      require(info(result).column_count == out.schema_->n_children,
              "result_info tells another number of columns than the batch has", "R4");
  }
  require(!out.last_ || is_finished(result), "PSA_BATCH_LAST was told and PSA_RESULT_FINISHED is not set",
          "R7");
  return answer;
}

Batch next(const Result& result, int64_t max_rows) {
  Batch out;
  try_next(result, fetch_of(max_rows), out).expect_ok("result_next");
  return out;
}

Answer try_rest(const Result& result, const OnBatch& on_batch, int64_t deadline, int64_t max_rows) {
  Answer answer;
  while (!is_finished(result)) {
    Batch batch;
    answer = try_next(result, fetch_of(max_rows), batch, deadline);
    if (!answer.ok()) return answer;
    if (batch.rows() == 0) {
      require(is_finished(result), "result_next brought no rows and the result is not finished", "R5");
      break;
    }
    if (on_batch) on_batch(batch);
  }
  return answer;
}

std::string rest(const Result& result, int64_t max_rows) {
  std::string text;
  try_rest(
      result,
      [&](const Batch& batch) {
        for (int64_t row = 0; row < batch.rows(); ++row) {
          if (!text.empty()) text += "; ";
          for (int64_t i = 0; i < batch.schema().n_children; ++i)
            text += (i == 0 ? "" : ", ") + batch.cell(row, i);
        }
      },
      0, max_rows)
      .expect_ok("result_next");
  return text;
}

}  // namespace psa_conformance

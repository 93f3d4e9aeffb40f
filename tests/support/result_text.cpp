// SPDX-License-Identifier: Apache-2.0
#include "result_text.hpp"

#include "batch_text.hpp"

namespace driver_client {

std::string result_text(const Connection& connection, std::string_view sql) {
  const Statement statement = prepare(connection, sql);
  const Result result = execute(statement);
  std::string text;
  bool first = true, last = false;
  while (!last) {
    const Batch batch(result, 1000);
    last = batch.last();
    for (int64_t row = 0; batch.has_rows() && row < batch.array().length; ++row) {
      if (!first) text += "; ";
      for (int64_t i = 0; i < batch.schema().n_children; ++i) {
        const ArrowSchema& field = *batch.schema().children[i];
        if (i != 0) text += " | ";
        if (first) text += test_support::type_text(field) + ' ';
        text += test_support::value_text(field, *batch.array().children[i], row);
      }
      first = false;
    }
  }
  return text;
}

}  // namespace driver_client

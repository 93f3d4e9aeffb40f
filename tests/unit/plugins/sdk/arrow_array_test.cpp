// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <psa/sdk/arrow_array.hpp>
#include <psa/sdk/columns.hpp>

namespace {

// Two columns of `rows` numbers and texts.
ArrowArray make_batch(int rows) {
  psa::Int64Column numbers;
  psa::BytesColumn texts;
  for (int i = 0; i < rows; ++i) {
    numbers.append(i);
    const std::string text = "row " + std::to_string(i);
    texts.append(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  }
  std::vector<psa::ArrayNode> nodes = {{rows, 0, 2, 1}};
  numbers.describe(nodes);
  texts.describe(nodes);
  return psa::make_array(nodes);
}

int64_t number_at(const ArrowArray& array, int row) {
  return static_cast<const int64_t*>(array.buffers[1])[row];
}

class ArrowArrayOfRows : public testing::TestWithParam<int> {};

TEST_P(ArrowArrayOfRows, HoldsWhatItsColumnsHeld) {
  const int rows = GetParam();
  ArrowArray batch = make_batch(rows);
  ASSERT_EQ(batch.n_children, 2);
  EXPECT_EQ(batch.length, rows);
  const auto* offsets = static_cast<const int32_t*>(batch.children[1]->buffers[1]);
  const auto* bytes = static_cast<const char*>(batch.children[1]->buffers[2]);
  for (int i = 0; i < rows; ++i) {
    EXPECT_EQ(number_at(*batch.children[0], i), i);
    const std::string text(bytes + offsets[i], static_cast<size_t>(offsets[i + 1] - offsets[i]));
    EXPECT_EQ(text, "row " + std::to_string(i));
  }
  batch.release(&batch);
  EXPECT_EQ(batch.release, nullptr);
}

TEST_P(ArrowArrayOfRows, LetsAChildBeMovedOutAndReleasedByAnotherThread) {
  const int rows = GetParam();
  ArrowArray batch = make_batch(rows);
  ArrowArray child = *batch.children[0];
  batch.children[0]->release = nullptr;
  batch.release(&batch);
  EXPECT_EQ(number_at(child, rows - 1), rows - 1);
  std::thread([&] { child.release(&child); }).join();
  EXPECT_EQ(child.release, nullptr);
}

TEST_P(ArrowArrayOfRows, HasAlignedBuffers) {
  ArrowArray batch = make_batch(GetParam());
  for (int64_t c = 0; c < batch.n_children; ++c)
    for (int64_t b = 0; b < batch.children[c]->n_buffers; ++b)
      EXPECT_EQ(reinterpret_cast<uintptr_t>(batch.children[c]->buffers[b]) % 8, 0U);
  batch.release(&batch);
}

// One row is copied into one allocation, many are handed over; how buffers are copied depends on their size.
INSTANTIATE_TEST_SUITE_P(SmallAndLarge, ArrowArrayOfRows,
                         testing::Values(1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 100, 256, 257, 5000));

}  // namespace

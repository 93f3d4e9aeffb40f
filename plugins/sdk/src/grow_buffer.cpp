// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <new>

#include <psa/sdk/grow_buffer.hpp>

namespace psa {
namespace {

constexpr size_t smallest = 64;

size_t rounded(size_t bytes) { return (bytes + 63) & ~size_t{63}; }

}  // namespace

GrowBuffer::~GrowBuffer() { std::free(data_); }

void GrowBuffer::grow(size_t extra) {
  // Batches of one result are alike: the second starts as large as the first became, with an eighth to spare.
  const size_t start = capacity_ == 0 ? std::max(smallest, expected_ + expected_ / 8) : capacity_ * 2;
  const size_t wanted = rounded(std::max(size_ + extra, start));
  auto* memory = static_cast<uint8_t*>(std::realloc(data_, wanted));
  if (memory == nullptr) throw std::bad_alloc();
  data_ = memory;
  capacity_ = wanted;
}

uint8_t* GrowBuffer::release() noexcept {
  expected_ = size_;
  size_ = capacity_ = 0;
  return std::exchange(data_, nullptr);
}

void GrowBuffer::drop() noexcept {
  std::free(std::exchange(data_, nullptr));
  capacity_ = 0;
}

}  // namespace psa

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace psa {

/// Bytes that grow at the end, from malloc, so that they can be handed to an ArrowArray as they are.
///
/// Aligned to 8 bytes at least; the capacity is a multiple of 64. Contents beyond size() are undefined.
class GrowBuffer {
 public:
  GrowBuffer() = default;
  GrowBuffer(GrowBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)),
        expected_(other.expected_) {}
  GrowBuffer& operator=(GrowBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(expected_, other.expected_);
    return *this;
  }
  ~GrowBuffer();

  uint8_t* data() noexcept { return data_; }
  const uint8_t* data() const noexcept { return data_; }
  size_t size() const noexcept { return size_; }
  size_t capacity() const noexcept { return capacity_; }

  /// Makes room for `extra` bytes after size(). @throws std::bad_alloc
  void ensure(size_t extra) {
    if (capacity_ - size_ < extra) [[unlikely]]
      grow(extra);
  }

  /// Appends one value; the room for it must have been ensured.
  template <class T>
  void put(T value) noexcept {
    std::memcpy(data_ + size_, &value, sizeof(T));
    size_ += sizeof(T);
  }

  /// Counts `bytes` that were written after size().
  void advance(size_t bytes) noexcept { size_ += bytes; }

  /// Forgets the contents and keeps the memory.
  void clear() noexcept { size_ = 0; }

  /// Hands the memory to the caller, to be given to free(); starts anew as large as this time.
  uint8_t* release() noexcept;

  /// Forgets the contents and how large they became; keeps the memory only if it is small.
  void restart() noexcept {
    size_ = expected_ = 0;
    if (capacity_ > kept_up_to) [[unlikely]]
      drop();
  }

 private:
  static constexpr size_t kept_up_to = 4096;

  void grow(size_t extra);
  void drop() noexcept;

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
  size_t expected_ = 0;
};

}  // namespace psa

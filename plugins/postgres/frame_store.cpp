// SPDX-License-Identifier: Apache-2.0
#include "frame_store.hpp"

#include <array>
#include <new>
#include <utility>

#include <psa_sanitizers.hpp>

namespace psa::postgres {

#ifndef PSA_SANITIZED
namespace {

constexpr std::size_t step = 64;
constexpr std::size_t sizes = 32;  // up to 2 KiB
constexpr int kept_of_each = 8;

struct Kept {
  Kept* next;
};

struct Shelf {
  Kept* first;
  int count;
};

// Trivial, so that reaching it costs one look-up; what is on it goes with the thread, by Sweeper.
struct Shelves {
  std::array<Shelf, sizes> of_size;
  bool to_be_swept;
  bool swept;
};
thread_local constinit Shelves shelves{};

struct Sweeper {
  ~Sweeper() {
    shelves.swept = true;
    for (Shelf& shelf : shelves.of_size) {
      while (shelf.first != nullptr) {
        Kept* const frame = shelf.first;
        shelf.first = frame->next;
        ::operator delete(frame);
      }
      shelf.count = 0;
    }
  }
  void stay() const noexcept {}
};
thread_local Sweeper sweeper;

constexpr std::size_t shelf_of(std::size_t size) { return (size - 1) / step; }

}  // namespace

void* FrameStore::take(std::size_t size) {
  const std::size_t at = shelf_of(size);
  if (at >= sizes) return ::operator new(size);
  Shelf& shelf = shelves.of_size[at];
  if (Kept* const frame = shelf.first) {
    shelf.first = frame->next;
    --shelf.count;
    return frame;
  }
  return ::operator new((at + 1) * step);
}

void FrameStore::give_back(void* frame, std::size_t size) noexcept {
  const std::size_t at = shelf_of(size);
  if (at >= sizes) return ::operator delete(frame);
  Shelves& mine = shelves;
  Shelf& shelf = mine.of_size[at];
  if (mine.swept || shelf.count == kept_of_each) return ::operator delete(frame);
  if (!std::exchange(mine.to_be_swept, true)) sweeper.stay();
  shelf.first = new (frame) Kept{shelf.first};
  ++shelf.count;
}
#else
void* FrameStore::take(std::size_t size) { return ::operator new(size); }
void FrameStore::give_back(void* frame, std::size_t) noexcept { ::operator delete(frame); }
#endif

}  // namespace psa::postgres

// SPDX-License-Identifier: Apache-2.0
#include "frame_store.hpp"

#include <array>
#include <cstring>
#include <thread>

#include <gtest/gtest.h>

namespace psa::postgres {
namespace {

TEST(FrameStore, GivesEachFrameItsOwnMemory) {
  std::array<void*, 40> frames{};
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      frames[i] = FrameStore::take(1 + i * 50);
      std::memset(frames[i], static_cast<int>(i), 1 + i * 50);
    }
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const auto* const bytes = static_cast<const unsigned char*>(frames[i]);
      EXPECT_EQ(bytes[0], i);
      EXPECT_EQ(bytes[i * 50], i);
      FrameStore::give_back(frames[i], 1 + i * 50);
    }
  }
}

TEST(FrameStore, TakesBackMoreOfASizeThanItKeeps) {
  std::array<void*, 40> frames{};
  for (void*& frame : frames) frame = FrameStore::take(100);
  for (void* frame : frames) FrameStore::give_back(frame, 100);
  void* const again = FrameStore::take(128);  // of the same size, as it counts them
  std::memset(again, 1, 128);
  FrameStore::give_back(again, 128);
}

TEST(FrameStore, TakesBackWhatAnotherThreadTook) {
  void* frame = nullptr;
  std::thread([&frame] {
    FrameStore::give_back(FrameStore::take(100), 100);
    frame = FrameStore::take(100);
  }).join();
  std::memset(frame, 1, 100);
  FrameStore::give_back(frame, 100);
}

}  // namespace
}  // namespace psa::postgres

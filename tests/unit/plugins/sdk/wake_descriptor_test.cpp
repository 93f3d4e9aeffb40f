// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>

#include <psa/sdk/wake_descriptor.hpp>

namespace {

int readable(const psa::WakeDescriptor& descriptor, int timeout) {
  pollfd polled{descriptor.get(), POLLIN, 0};
  return poll(&polled, 1, timeout);
}

TEST(WakeDescriptor, IsReadableFromWakeToQuiet) {
  psa::WakeDescriptor descriptor;
  descriptor.quiet();  // does not wait for a wake
  EXPECT_EQ(readable(descriptor, 0), 0);
  descriptor.wake();
  descriptor.wake();
  EXPECT_EQ(readable(descriptor, 0), 1);
  EXPECT_EQ(readable(descriptor, 0), 1);
  descriptor.quiet();
  EXPECT_EQ(readable(descriptor, 0), 0);
}

TEST(WakeDescriptor, EndsAWaitInAnotherThread) {
  psa::WakeDescriptor descriptor;
  std::thread other([&] { descriptor.wake(); });
  EXPECT_EQ(readable(descriptor, -1), 1);
  other.join();
}

}  // namespace

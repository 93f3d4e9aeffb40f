// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <thread>

namespace psa {

/// Begins a thread that the program's signals are not for. @throws std::system_error  none is to be had
std::thread thread_without_signals(std::function<void()> work);

/// Runs `work` on a thread of its own that its caller does not wait for: saying goodbye to a server, asking
/// it to stop. A process that ends waits for such threads, for at most two seconds: what they use of a client
/// library is taken down at its exit (OpenSSL's atexit handler), and they would crash.
///
/// The program's signals are not for the thread. What it does must end by itself.
/// @param work  must not throw
/// @throws std::system_error  no thread is to be had
void start_background_thread(std::function<void()> work);

}  // namespace psa

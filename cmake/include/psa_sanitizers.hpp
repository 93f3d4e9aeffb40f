// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Which sanitizers this is compiled with, whoever asked for them: PSA_ASAN, PSA_TSAN, PSA_MSAN, and
/// PSA_SANITIZED for any of them. GCC says it by macros, Clang by features.

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PSA_ASAN
#elif __has_feature(thread_sanitizer)
#define PSA_TSAN
#elif __has_feature(memory_sanitizer)
#define PSA_MSAN
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(PSA_ASAN)
#define PSA_ASAN
#elif defined(__SANITIZE_THREAD__) && !defined(PSA_TSAN)
#define PSA_TSAN
#endif
#if defined(PSA_ASAN) || defined(PSA_TSAN) || defined(PSA_MSAN)
#define PSA_SANITIZED
#endif

#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>

#include <prefect_sqlalchemy.hpp>

namespace bench {

/// How many rows the table has that is read, how many are written in one go, and how many queries for one
/// row are one measurement.
constexpr std::int64_t stored_rows = 1'000'000;
constexpr std::int64_t written_rows = 200'000;
constexpr std::int64_t queries = 20'000;

inline std::int64_t key(std::int64_t i) { return i * 7919 % stored_rows; }

inline prefect_sqlalchemy::URL server_url(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) throw std::runtime_error(std::string(variable) + " is not set: use scripts/bench");
  return prefect_sqlalchemy::make_url(text);
}

/// Times are those of the clock: a server works on the other side. CPU times are the client process's.
inline benchmark::internal::Benchmark* measure(const char* name, void (*way)(benchmark::State&)) {
  return benchmark::RegisterBenchmark(name, way)->MeasureProcessCPUTime()->UseRealTime();
}

}  // namespace bench

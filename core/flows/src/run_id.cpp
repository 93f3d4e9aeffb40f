#include "run_id.hpp"

#include <cstdint>
#include <cstdio>
#include <random>

#include <prefect_sqlalchemy/base/error.hpp>

namespace prefect::detail {
namespace {

std::mt19937_64& generator() {
  thread_local std::mt19937_64 engine = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return engine;
}

constexpr const char* adjectives[] = {
    "amber",  "brave",  "brisk", "calm",   "clever", "copper", "crisp",  "daring", "eager",
    "early",  "fair",   "fleet", "gentle", "golden", "happy",  "humble", "ivory",  "jolly",
    "keen",   "lively", "loyal", "lucky",  "mellow", "merry",  "misty",  "noble",  "patient",
    "plucky", "polite", "proud", "quick",  "quiet",  "rapid",  "rosy",   "rustic", "silent",
    "silver", "smooth", "solid", "steady", "sunny",  "swift",  "tidy",   "wise"};
constexpr const char* animals[] = {
    "badger", "beaver", "bison",   "bonobo", "condor", "crane",   "curlew", "dingo",  "dolphin",
    "eagle",  "egret",  "falcon",  "ferret", "finch",  "gazelle", "gecko",  "gibbon", "heron",
    "ibex",   "jackal", "koala",   "lemur",  "linnet", "llama",   "lynx",   "magpie", "marmot",
    "marten", "mole",   "narwhal", "ocelot", "orca",   "otter",   "owl",    "panda",  "parrot",
    "pika",   "puffin", "quail",   "raven",  "robin",  "seal",    "stork",  "wombat"};

template <std::size_t Count>
const char* one_of(const char* const (&words)[Count]) {
  return words[std::uniform_int_distribution<std::size_t>(0, Count - 1)(generator())];
}

}  // namespace

std::string new_run_id() {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  auto& random = generator();
  const std::uint64_t high = (static_cast<std::uint64_t>(now) << 16) | 0x7000U | (random() & 0x0fffU);
  const std::uint64_t low = (random() & 0x3fffffffffffffffU) | 0x8000000000000000U;
  constexpr char digits[] = "0123456789abcdef";
  std::string text(36, '-');
  std::size_t at = 0;
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) ++at;
    const std::uint64_t half = nibble < 16 ? high : low;
    text[at++] = digits[(half >> (60 - 4 * (nibble % 16))) & 0xfU];
  }
  return text;
}

std::string new_run_name() { return std::string(one_of(adjectives)) + "-" + one_of(animals); }

double random_fraction() { return std::uniform_real_distribution<double>(0.0, 1.0)(generator()); }

std::string iso_time(State::TimePoint time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<microseconds>(time - day));
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

State::TimePoint parse_iso_time(const std::string& text) {
  using namespace std::chrono;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, us = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%6dZ", &y, &mo, &d, &h, &mi, &s, &us) != 7) {
    throw prefect_sqlalchemy::ConversionError(
        "the record of a run holds \"" + text +
        "\" where a UTC time such as 2024-05-01T12:00:00.000001Z belongs");
  }
  const sys_days day(
      year_month_day(year(y), month(static_cast<unsigned>(mo)), std::chrono::day(static_cast<unsigned>(d))));
  return day + hours(h) + minutes(mi) + seconds(s) + microseconds(us);
}

}  // namespace prefect::detail

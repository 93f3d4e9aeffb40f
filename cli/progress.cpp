#include "progress.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "terminal.hpp"

namespace psa_cli {
namespace {

constexpr std::chrono::milliseconds patience{500}, refresh{100};
constexpr int bar_width = 30;

std::string grouped(std::int64_t number) {
  auto text = std::to_string(number);
  for (auto at = static_cast<std::int64_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

}  // namespace

std::string counted(std::int64_t rows) { return grouped(rows) + (rows == 1 ? " row" : " rows"); }

Progress::Progress(std::string verb, std::int64_t total)
    : verb_(std::move(verb)),
      total_(total),
      on_(stderr_is_terminal()),
      shared_(stdout_is_terminal()),
      next_(began_ + patience) {}

void Progress::update(std::int64_t rows) {
  if (!on_) return;
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + refresh;
  shown_ = true;
  const auto text = "\r\x1b[K" + line(rows, std::chrono::duration<double>(now - began_).count());
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

std::string Progress::line(std::int64_t rows, double seconds) const {
  std::string text;
  if (total_ > 0) {
    const auto share = std::min(1.0, static_cast<double>(rows) / static_cast<double>(total_));
    const auto full = static_cast<std::size_t>(share * bar_width);
    text = '[' + std::string(full, '#') + std::string(bar_width - full, '-') + "] " +
           std::to_string(static_cast<int>(share * 100)) + "%  ";
  }
  const auto rate = static_cast<std::int64_t>(static_cast<double>(rows) / std::max(seconds, 0.001));
  return text + counted(rows) + ' ' + verb_ + ", " + grouped(rate) + "/s";
}

void Progress::clear() {
  if (!shown_) return;
  shown_ = false;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
}

}  // namespace psa_cli

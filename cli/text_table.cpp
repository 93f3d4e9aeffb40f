#include "text_table.hpp"

#include <algorithm>
#include <numeric>
#include <ostream>
#include <utility>

#include "display_width.hpp"

namespace psa_cli {
namespace {

constexpr std::size_t narrowest_column = 5;

}  // namespace

TextTable::TextTable(std::vector<std::string> headings, std::size_t max_width)
    : headings_(std::move(headings)), max_width_(max_width), right_(headings_.size()) {
  for (const auto& heading : headings_) widths_.push_back(display_width(heading));
}

void TextTable::add(std::vector<std::string> cells) {
  if (!settled_) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], display_width(cells[i]));
  }
  rows_.push_back(std::move(cells));
}

bool TextTable::shrink_to_fit() {
  if (max_width_ == 0 || widths_.empty()) return true;
  const std::size_t between = 3 * (widths_.size() - 1) + 2;
  for (;;) {
    const std::size_t total = std::accumulate(widths_.begin(), widths_.end(), between);
    if (total <= max_width_) return true;
    // The widest gives way, down to the next widest, so that narrow columns stay whole.
    const auto widest = std::max_element(widths_.begin(), widths_.end());
    if (*widest <= narrowest_column) return false;
    std::size_t second = narrowest_column;
    for (auto other = widths_.begin(); other != widths_.end(); ++other) {
      if (other != widest) second = std::max(second, std::min(*other, *widest - 1));
    }
    *widest = std::max(second, *widest - std::min(*widest, total - max_width_));
  }
}

void TextTable::settle() {
  settled_ = true;
  records_ = !shrink_to_fit();
  if (records_) {
    std::size_t widest = 0;
    for (const auto& heading : headings_) widest = std::max(widest, display_width(heading));
    widths_.assign(headings_.size(), widest);
    return;
  }
  std::string rule;
  for (std::size_t i = 0; i < widths_.size(); ++i) {
    if (i > 0) rule += '+';
    rule += std::string(widths_[i] + 2, '-');
  }
  rule_ = std::move(rule);
}

void TextTable::print_line(std::ostream& out, const std::vector<std::string>& cells) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += i == 0 ? " " : " | ";
    // Later rows may be wider than the first; only a terminal needs them cut.
    const bool whole = max_width_ == 0 && display_width(cells[i]) > widths_[i];
    line += whole ? cells[i] : fitted(cells[i], widths_[i], right_[i]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

void TextTable::print_record(std::ostream& out, const std::vector<std::string>& cells) {
  out << "-[ " << ++printed_ << " ]-\n";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    out << fitted(headings_[i], widths_[i], false) << " | " << cells[i] << '\n';
  }
}

void TextTable::print(std::ostream& out) {
  if (!settled_) {
    settle();
    if (!records_) {
      print_line(out, headings_);
      out << rule_ << '\n';
    }
  }
  for (const auto& row : rows_) records_ ? print_record(out, row) : print_line(out, row);
  rows_.clear();
}

}  // namespace psa_cli

#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace psa_cli {

/// Lines of cells under headings, as a person reads them on a terminal. Widths follow from the rows that are
/// there when it is first printed; rows printed later keep to them.
class TextTable {
 public:
  /// @param headings   printable
  /// @param max_width  columns of the terminal; 0: as wide as the cells. What does not fit ends in "…"; where
  ///                   there are too many columns for that, each row is printed as a record of its own.
  TextTable(std::vector<std::string> headings, std::size_t max_width);

  /// @param cells  printable; one for each heading
  void add(std::vector<std::string> cells);
  /// Numbers stand at the right.
  void align_right(std::size_t column) { right_[column] = true; }
  std::size_t pending() const noexcept { return rows_.size(); }

  /// Prints what was added since the last time.
  void print(std::ostream& out);

 private:
  void settle();
  bool shrink_to_fit();
  void print_line(std::ostream& out, const std::vector<std::string>& cells) const;
  void print_record(std::ostream& out, const std::vector<std::string>& cells);

  std::vector<std::string> headings_;
  std::size_t max_width_;
  std::vector<bool> right_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
  std::string rule_;
  bool settled_ = false;
  bool records_ = false;
  std::size_t printed_ = 0;
};

}  // namespace psa_cli

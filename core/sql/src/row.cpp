#include <ostream>

#include <prefect_sqlalchemy/sql/row.hpp>

namespace prefect_sqlalchemy {
namespace {

void print_quoted(std::ostream& out, std::string_view text) {
  out << '\'';
  for (const char c : text) {
    if (c == '\'' || c == '\\') out << '\\';
    out << c;
  }
  out << '\'';
}

void print(std::ostream& out, const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      out << "None";
      break;
    case Kind::text:
      print_quoted(out, std::get<std::string>(value.variant()));
      break;
    default:
      out << value;
  }
}

}  // namespace

detail::Cell Row::cell(std::size_t column) const {
  if (column >= size()) throw_no_column(column);
  return detail::cell_at(batch_->columns()[column], index_);
}

std::size_t Row::position(std::string_view name) const {
  const std::int64_t found = batch_->names().find(name);
  if (found < 0) {
    std::string text = "the row has no column \"" + std::string(name) + "\"; it has";
    for (const std::string& key : keys()) text += " \"" + key + "\"";
    throw ArgumentError(text);
  }
  return static_cast<std::size_t>(found);
}

void Row::check_size(std::size_t wanted) const {
  if (size() != wanted) {
    throw ArgumentError("the row has " + std::to_string(size()) + " columns, not " + std::to_string(wanted));
  }
}

void Row::throw_no_column(std::size_t column) const {
  throw ArgumentError("the row has no column " + std::to_string(column) + "; it has " +
                      std::to_string(size()) + ", counted from 0");
}

bool operator==(const Row& left, const Row& right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left.value(i) != right.value(i)) return false;
  }
  return true;
}

std::ostream& operator<<(std::ostream& out, const Row& row) {
  out << '(';
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i != 0) out << ", ";
    print(out, row.value(i));
  }
  return out << (row.size() == 1 ? ",)" : ")");
}

}  // namespace prefect_sqlalchemy

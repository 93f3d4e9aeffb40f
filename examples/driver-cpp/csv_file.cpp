#include "csv_file.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/utf8.hpp>

namespace csv {
namespace {

constexpr std::pair<std::string_view, Type> types[] = {{"text", Type::text},
                                                       {"int64", Type::int64},
                                                       {"float64", Type::float64},
                                                       {"bool", Type::boolean},
                                                       {"date", Type::date}};

psa::DriverError bad_data(const std::string& message) {
  psa::DriverError error(PSA_ERROR, PSA_CATEGORY_DATA, message);
  error.sqlstate = "22P02";
  return error;
}

template <class Number>
std::optional<Value> parse_number(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end) return std::nullopt;
  return number;
}

std::optional<Value> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_number<int64_t>(text.substr(0, 4)), month = parse_number<int64_t>(text.substr(5, 2)),
             day = parse_number<int64_t>(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const auto number = [](const auto& value) { return static_cast<unsigned>(std::get<int64_t>(*value)); };
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(number(year))),
                                         std::chrono::month(number(month)), std::chrono::day(number(day))};
  if (!date.ok()) return std::nullopt;
  return Date{static_cast<int32_t>(std::chrono::sys_days(date).time_since_epoch().count())};
}

}  // namespace

std::optional<Value> parse_value(Type type, std::string_view text) {
  switch (type) {
    case Type::int64:
      return parse_number<int64_t>(text);
    case Type::float64:
      return parse_number<double>(text);
    case Type::boolean:
      if (text != "true" && text != "false") return std::nullopt;
      return text == "true";
    case Type::date:
      return parse_date(text);
    case Type::text:
      break;
  }
  if (!psa::valid_utf8(reinterpret_cast<const uint8_t*>(text.data()), text.size())) return std::nullopt;
  return std::string(text);
}

std::string_view name_of(Type type) {
  for (const auto& [name, each] : types)
    if (each == type) return name;
  return "";
}

File::File(const std::string& folder, const std::string& name, char separator)
    : name_(name + ".csv"), separator_(separator), in_(folder + "/" + name_, std::ios::binary) {
  std::error_code ignored;
  if (!in_ || !std::filesystem::is_regular_file(folder + "/" + name_, ignored)) {
    psa::DriverError error(PSA_ERROR, PSA_CATEGORY_PROGRAMMING, "there is no file " + name_ + " in the folder " + folder);
    error.sqlstate = "42P01";
    throw error;
  }
  for (const Field& field : read_fields()) {
    const size_t colon = field.text.rfind(':');
    const std::string_view wanted =
        colon == std::string::npos ? std::string_view() : std::string_view(field.text).substr(colon + 1);
    const auto* const found = std::find_if(std::begin(types), std::end(types),
                                           [&](const auto& each) { return each.first == wanted; });
    if (colon == 0 || found == std::end(types))
      throw bad_data(here() + "column " + std::to_string(columns_.size() + 1) +
                     " is not declared as name:type, where the type is text, int64, float64, bool or date");
    columns_.push_back({field.text.substr(0, colon), found->second});
  }
  row_.resize(columns_.size());
}

const std::vector<Value>* File::next() {
  if (at_end()) return nullptr;
  const std::vector<Field> fields = read_fields();
  if (fields.size() != columns_.size())
    throw bad_data(here() + "there are " + std::to_string(fields.size()) + " fields, and " +
                   std::to_string(columns_.size()) + " columns");
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].text.empty() && !fields[i].quoted) {
      row_[i] = std::monostate();
      continue;
    }
    std::optional<Value> value = parse_value(columns_[i].type, fields[i].text);
    if (!value)
      throw bad_data(here() + "the value of column " + columns_[i].name + " is no " +
                     std::string(name_of(columns_[i].type)));
    row_[i] = std::move(*value);
  }
  return &row_;
}

std::vector<File::Field> File::read_fields() {
  ++line_;
  std::vector<Field> fields{{"", false}};
  bool inside = false;
  const int64_t first = line_;
  for (int c = in_.get(); c != std::ifstream::traits_type::eof(); c = in_.get()) {
    Field& field = fields.back();
    if (inside && c == '"' && in_.peek() == '"') {
      field.text += static_cast<char>(in_.get());
    } else if (c == '"') {
      inside = !inside;
      field.quoted = true;
    } else if (!inside && c == separator_) {
      fields.push_back({"", false});
    } else if (!inside && c == '\n') {
      if (!field.quoted && !field.text.empty() && field.text.back() == '\r') field.text.pop_back();
      return fields;
    } else {
      line_ += c == '\n' ? 1 : 0;
      field.text += static_cast<char>(c);
    }
  }
  if (inside) throw bad_data(name_ + ", line " + std::to_string(first) + ": a quote is not closed");
  return fields;
}

std::string File::here() const { return name_ + ", line " + std::to_string(line_) + ": "; }

}  // namespace csv

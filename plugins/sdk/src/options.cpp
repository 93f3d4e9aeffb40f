// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/options.hpp>
#include <psa/sdk/text.hpp>

namespace psa {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string_view type_name(uint32_t type) {
  switch (type) {
    case PSA_TYPE_TEXT:
      return "text";
    case PSA_TYPE_INT64:
      return "a whole number";
    case PSA_TYPE_DOUBLE:
      return "a number";
    case PSA_TYPE_BOOL:
      return "a truth value (true/false, yes/no, on/off, 1/0)";
    default:
      return "an unknown type";
  }
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

DriverError unknown_option(std::string_view name, std::span<const psa_option_info> known) {
  std::string message = "unknown option " + quoted(name);
  if (const auto near = nearest_option(name, known); !near.empty())
    message += "; did you mean " + quoted(near) + "?";
  std::string hint = "known options:";
  for (const psa_option_info& info : known)
    hint += (&info == known.data() ? " " : ", ") + std::string(view(info.name));
  return invalid_argument(std::move(message)).with_hint(std::move(hint));
}

// Says what was given, unless that is a secret.
DriverError wrong_value(const psa_option_info& info, std::string_view given, std::string_view wanted) {
  std::string message = "option " + quoted(view(info.name)) + " must be " + std::string(wanted);
  if (!given.empty() && (info.flags & PSA_OPTION_SECRET) == 0) message += ", not " + quoted(given);
  return invalid_argument(std::move(message));
}

std::optional<bool> parse_bool(std::string_view text) {
  for (const char* yes : {"true", "yes", "on", "1"})
    if (same_ignoring_case(text, yes)) return true;
  for (const char* no : {"false", "no", "off", "0"})
    if (same_ignoring_case(text, no)) return false;
  return std::nullopt;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// The choice as the table writes it.
std::optional<std::string_view> choose(std::string_view given, std::string_view choices) {
  while (!choices.empty()) {
    const size_t bar = choices.find('|');
    const std::string_view choice = choices.substr(0, bar);
    if (same_ignoring_case(given, choice)) return choice;
    choices.remove_prefix(bar == std::string_view::npos ? choices.size() : bar + 1);
  }
  return std::nullopt;
}

}  // namespace

std::string_view nearest_option(std::string_view name, std::span<const psa_option_info> known) {
  std::string_view best;
  size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
  for (const psa_option_info& info : known) {
    const size_t distance = edit_distance(name, view(info.name));
    if (distance < best_distance) {
      best = view(info.name);
      best_distance = distance;
    }
  }
  return best;
}

Options::Options(std::span<const psa_option_info> known, const psa_connection_args& args) : known_(known) {
  const auto* at = reinterpret_cast<const char*>(args.options);
  for (uint64_t i = 0; i < args.option_count; ++i, at += args.option_size)
    read(*reinterpret_cast<const psa_option*>(at));
}

void Options::read(const psa_option& option) {
  const auto info = std::find_if(known_.begin(), known_.end(), [&](const psa_option_info& candidate) {
    return view(candidate.name) == view(option.name);
  });
  if (info == known_.end() || (info->flags & PSA_OPTION_ANY) != 0) return read_other(option);
  Value value{&*info, std::string(view(option.text)), option.integer, option.real};
  if (info->type != option.type) {
    const bool from_url = option.type == PSA_TYPE_TEXT && (option.flags & PSA_OPTION_FROM_URL) != 0;
    bool read = false;
    if (info->type == PSA_TYPE_DOUBLE && option.type == PSA_TYPE_INT64) {
      value.real = static_cast<double>(option.integer);
      read = true;
    } else if (from_url && info->type == PSA_TYPE_INT64) {
      if (const auto number = parse_number<int64_t>(value.text)) value.integer = *number, read = true;
    } else if (from_url && info->type == PSA_TYPE_DOUBLE) {
      if (const auto number = parse_number<double>(value.text)) value.real = *number, read = true;
    } else if (from_url && info->type == PSA_TYPE_BOOL) {
      if (const auto truth = parse_bool(value.text)) value.integer = *truth ? 1 : 0, read = true;
    }
    if (!read) throw wrong_value(*info, value.text, type_name(info->type));
  }
  if (info->type == PSA_TYPE_TEXT && has_value(info->choices)) {
    const auto choice = choose(value.text, view(info->choices));
    if (!choice) throw wrong_value(*info, value.text, "one of " + std::string(view(info->choices)));
    value.text = *choice;
  }
  std::erase_if(values_, [&](const Value& earlier) { return earlier.info == value.info; });
  values_.push_back(std::move(value));
}

void Options::read_other(const psa_option& option) {
  const bool takes_any = std::any_of(known_.begin(), known_.end(), [](const psa_option_info& info) {
    return (info.flags & PSA_OPTION_ANY) != 0;
  });
  if (!takes_any) throw unknown_option(view(option.name), known_);
  std::string text(view(option.text));
  if (option.type == PSA_TYPE_INT64 || option.type == PSA_TYPE_BOOL) {
    text = std::to_string(option.integer);
  } else if (option.type == PSA_TYPE_DOUBLE) {
    std::array<char, 32> digits;
    text.assign(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), option.real).ptr);
  }
  others_.emplace_back(view(option.name), std::move(text));
}

const Options::Value* Options::find(std::string_view name, uint32_t type) const {
  // Without options, not even the table is searched: a connect asks for dozens.
  if (values_.empty()) return nullptr;
  for (const psa_option_info& info : known_) {
    if (view(info.name) != name || info.type != type) continue;
    const auto given =
        std::find_if(values_.begin(), values_.end(), [&](const Value& value) { return value.info == &info; });
    return given == values_.end() ? nullptr : &*given;
  }
  throw std::logic_error("the driver asked for an option that its table does not hold: " + std::string(name));
}

std::optional<std::string_view> Options::text(std::string_view name) const {
  const Value* value = find(name, PSA_TYPE_TEXT);
  return value ? std::optional<std::string_view>(value->text) : std::nullopt;
}

std::optional<int64_t> Options::integer(std::string_view name) const {
  const Value* value = find(name, PSA_TYPE_INT64);
  return value ? std::optional(value->integer) : std::nullopt;
}

std::optional<double> Options::real(std::string_view name) const {
  const Value* value = find(name, PSA_TYPE_DOUBLE);
  return value ? std::optional(value->real) : std::nullopt;
}

std::optional<bool> Options::boolean(std::string_view name) const {
  const Value* value = find(name, PSA_TYPE_BOOL);
  return value ? std::optional(value->integer != 0) : std::nullopt;
}

}  // namespace psa

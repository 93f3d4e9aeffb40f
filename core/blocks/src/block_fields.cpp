#include <charconv>

#include <prefect_sqlalchemy/blocks/block_errors.hpp>
#include <prefect_sqlalchemy/blocks/block_fields.hpp>

namespace prefect::detail {
namespace {

namespace json = boost::json;

[[noreturn]] void throw_unfit(const json::value& value, std::string_view path, std::string_view wanted) {
  throw BlockValidationError("field " + std::string(path) + " must be " + std::string(wanted) + ", it is " +
                             std::string(json_kind(value)));
}

}  // namespace

std::string_view json_kind(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
      return "an integer";
    case json::kind::double_:
      return "a number";
    case json::kind::string:
      return "a text";
    case json::kind::array:
      return "a list";
    case json::kind::object:
      return "an object";
  }
  return "unknown";
}

void read_field(const json::value& value, std::string_view path, std::string& out) {
  if (!value.is_string()) throw_unfit(value, path, "a text");
  out = value.get_string();
}

void read_field(const json::value& value, std::string_view path, bool& out) {
  if (!value.is_bool()) throw_unfit(value, path, "a boolean");
  out = value.get_bool();
}

void read_field(const json::value& value, std::string_view path, std::int64_t& out) {
  if (value.is_int64()) {
    out = value.get_int64();
    return;
  }
  if (value.is_string()) {
    const auto& text = value.get_string();
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, out);
    if (error == std::errc() && stop == end) return;
  }
  throw_unfit(value, path, "an integer of 64 bits");
}

void read_field(const json::value& value, std::string_view path, double& out) {
  if (!value.is_number()) throw_unfit(value, path, "a number");
  out = value.to_number<double>();
}

void read_field(const json::value& value, std::string_view path, json::object& out) {
  if (!value.is_object()) throw_unfit(value, path, "an object");
  out = value.get_object();
}

void read_field(const json::value& value, std::string_view path, prefect_sqlalchemy::Secret& out) {
  if (!value.is_string()) throw_unfit(value, path, "a text");
  out = prefect_sqlalchemy::Secret(std::string_view(value.get_string()));
}

void throw_missing_field(std::string_view path) {
  throw BlockValidationError("field " + std::string(path) + " is required, it is missing");
}

}  // namespace prefect::detail

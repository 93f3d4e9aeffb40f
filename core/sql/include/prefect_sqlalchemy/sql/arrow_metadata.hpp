#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace prefect_sqlalchemy {

/// Calls `visit(key, value)`, both std::string_view into `metadata`, for each entry of an Arrow schema's
/// metadata in its order. (Arrow's C data interface: native-endian counts and lengths in front of texts.)
/// @param metadata  of an ArrowSchema; NULL has no entries
template <class Visit>
void visit_arrow_metadata(const char* metadata, Visit visit) {
  if (metadata == nullptr) return;
  const auto number = [&metadata] {
    std::int32_t out = 0;
    std::memcpy(&out, metadata, sizeof out);
    metadata += sizeof out;
    return out;
  };
  const auto text = [&] {
    const std::int32_t size = number();
    const std::string_view out(metadata, static_cast<std::size_t>(size));
    metadata += size;
    return out;
  };
  for (std::int32_t left = number(); left > 0; --left) {
    const std::string_view found = text();
    visit(found, text());
  }
}

namespace detail {

/// The value of `key`, the first if there are several; empty if it is not there. A view into `metadata`.
inline std::string_view arrow_metadata(const char* metadata, std::string_view key) noexcept {
  std::string_view out;
  visit_arrow_metadata(metadata, [&](std::string_view found, std::string_view value) {
    if (found == key && out.data() == nullptr) out = value;
  });
  return out;
}

/// Metadata with one entry, in Arrow's form.
inline std::string make_arrow_metadata(std::string_view key, std::string_view value) {
  std::string out;
  const auto number = [&out](std::size_t value_of) {
    const auto narrow = static_cast<std::int32_t>(value_of);
    out.append(reinterpret_cast<const char*>(&narrow), sizeof narrow);
  };
  number(1);
  number(key.size());
  out += key;
  number(value.size());
  out += value;
  return out;
}

}  // namespace detail
}  // namespace prefect_sqlalchemy

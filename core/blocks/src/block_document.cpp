#include <algorithm>

#include <prefect_sqlalchemy/blocks/block_document.hpp>
#include <prefect_sqlalchemy/blocks/block_errors.hpp>

namespace prefect {

void check_block_name(std::string_view name) {
  constexpr std::size_t most = 180;  // the width of the store's column
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (name.empty() || !std::all_of(name.begin(), name.end(), allowed)) {
    throw BlockNameError("Block document name must only contain lowercase letters, numbers, and dashes.");
  }
  if (name.size() > most) {
    throw BlockNameError("Block document name must not be longer than " + std::to_string(most) +
                         " characters; this one has " + std::to_string(name.size()) + ".");
  }
}

}  // namespace prefect

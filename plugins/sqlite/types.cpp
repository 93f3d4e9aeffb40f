// SPDX-License-Identifier: Apache-2.0
#include "types.hpp"

#include <psa/sdk/arrow_schema.hpp>

namespace psa::sqlite {

std::string type_metadata(const char* declared_type) {
  return declared_type == nullptr ? std::string() : encode_metadata({{"psa.type", declared_type}});
}

}  // namespace psa::sqlite

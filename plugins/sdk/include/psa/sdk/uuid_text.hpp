// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace psa {

/// A UUID's 16 bytes as RFC 4122 writes them, in lower case: "00112233-4455-6677-8899-aabbccddeeff".
std::string uuid_text(std::string_view bytes);

}  // namespace psa

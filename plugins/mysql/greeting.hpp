// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace psa::mysql {

/// What a server's first packet says of TLS.
enum class Greeting : uint8_t { unknown, offers_tls, lacks_tls };

/// Looks at the packet where it waits to be read. Connector/C 3.3 goes on without TLS, and sends the user's
/// password, where the server offers none and no certificate is to be verified.
Greeting peek_greeting(int socket) noexcept;

}  // namespace psa::mysql

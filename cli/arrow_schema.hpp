#pragma once

#include <psa/driver.h>

#include "arrow_ipc_generated.h"

namespace psa_cli {

/// The first message of an Arrow IPC stream, finished in `to`: the fields of a struct schema.
/// @throws NotSupportedError  a field has a type that the library hands out nowhere; it names field and
/// format
void encode_schema(flatbuffers::FlatBufferBuilder& to, const ArrowSchema& schema);

}  // namespace psa_cli

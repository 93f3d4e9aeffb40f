#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace test_support {

/// An Arrow IPC stream, read back as text.
struct ArrowStreamText {
  /// "n: Int64 {psa.type=INTEGER}"; with " not null" where the field is so. Children stand in "<>".
  std::vector<std::string> fields;
  /// The cells of each row; NULL is "NULL", bytes are hexadecimal, dates and the like their numbers.
  std::vector<std::vector<std::string>> rows;
  int batches = 0;
  bool has_ended = false;  ///< the mark that says so was there
  std::string_view rest;   ///< what stands behind that mark
};

/// Reads one stream from its beginning. Each message is verified before it is looked at: its FlatBuffers, its
/// padding, and that its buffers lie in its body, at multiples of 8. What is wrong is a failure of the test.
ArrowStreamText read_arrow_stream(std::string_view bytes);

}  // namespace test_support

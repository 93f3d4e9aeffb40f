// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <psa/sdk/columns.hpp>

#include "types.hpp"

namespace psa::postgres {

/// Values of one type, read from PostgreSQL's binary or text form.
///
/// A value that the type's Arrow form can't hold (an infinite timestamp, 24:00, an interval of 10,000 years)
/// makes the column a dense union for the rest of the batch (type ids: 0 the type's own, 1 utf8), and comes
/// as its text.
class ValueColumn {
 public:
  explicit ValueColumn(Codec codec) : codec_(codec) {}

  Codec codec() const noexcept { return codec_; }
  bool mixed() const noexcept { return mixed_; }
  int64_t length() const noexcept;

  /// @throws DriverError  PSA_CATEGORY_DATA for bytes that are no such value; names no column
  void append_binary(const char* bytes, size_t size);
  void append_text(const char* text, size_t size);
  void append_null();

  void describe(std::vector<ArrayNode>& nodes);
  /// Begins the next batch.
  void clear() noexcept;
  /// Begins another result.
  void restart() noexcept;

 private:
  struct Wide {
    uint64_t low, high;
  };

  /// Calls `visit` with the column that holds values of the type's own form.
  template <class Self, class Visit>
  static decltype(auto) visit_own(Self& self, Visit visit);
  void append_other_binary(const char* bytes, size_t size);
  void append_own_null();
  int64_t own_length() const noexcept;
  void append_utf8(const char* text, size_t size);
  void append_odd(const char* text, size_t size);
  void become_mixed();
  void describe_own(std::vector<ArrayNode>& nodes);
  void append_timestamp(int64_t microseconds);
  void append_date(int32_t days);
  void append_time(int64_t microseconds);
  void append_interval(int32_t months, int32_t days, int64_t microseconds);

  Codec codec_;
  bool mixed_ = false;
  bool was_mixed_ = false;  // in this result
  BoolColumn truths_;
  FixedColumn<int16_t> shorts_;
  FixedColumn<int32_t> ints_;
  FixedColumn<int64_t> longs_;
  FixedColumn<Wide> wides_;
  BytesColumn bytes_;
  FixedColumn<int8_t> union_types_;
  FixedColumn<int32_t> union_places_;
  BytesColumn odd_;
};

}  // namespace psa::postgres

#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <prefect_sqlalchemy/sql/column.hpp>
#include <prefect_sqlalchemy/sql/struct_fields.hpp>
#include <prefect_sqlalchemy/sql/value.hpp>

namespace prefect_sqlalchemy {

/// One row of a result: SQLAlchemy's Row.
///
/// A view into the batch that it came with, which it keeps alive: rows outlive results, connections and
/// connectors, and copying one copies no values. Columns are zero-based; a name means the first column
/// that has it. Values come as the database stores them; `get` converts where nothing is lost (ISO text to
/// a date, 0 and 1 to bool, text to Decimal, Json and Uuid: docs/types.md).
/// Threads: rows may be read from any number of threads.
class PREFECT_SQLALCHEMY_API Row {
 public:
  Row(std::shared_ptr<const detail::Batch> batch, std::int64_t index) noexcept
      : batch_(std::move(batch)), index_(index) {}

  /// Number of columns.
  std::size_t size() const noexcept { return batch_->columns().size(); }
  const std::vector<std::string>& keys() const noexcept { return batch_->names().names; }

  bool is_null(std::size_t column) const { return cell(column).kind == Kind::null; }
  bool is_null(std::string_view name) const { return is_null(position(name)); }

  /// The value as a `T`: bool, integers, float, double, std::string, std::string_view (valid while the row
  /// is), Bytes, std::span<const std::byte>, Decimal, Date, std::chrono::year_month_day, Time, Timestamp,
  /// TimestampTz, Interval, Uuid, Json, Value, std::vector of these, std::optional of these.
  /// @throws ConversionError  something would be lost, or it is NULL and T is no std::optional
  /// @throws ArgumentError    there is no such column
  template <class T>
  T get(std::size_t column) const {
    const std::span<const detail::Column> columns = batch_->columns();
    if (column >= columns.size()) throw_no_column(column);
    const detail::Column& from = columns[column];
    if constexpr (std::is_same_v<T, std::int64_t>) {
      if (from.storage == detail::Storage::int64 && from.kind == Kind::int64 && !from.is_null(index_)) {
        return static_cast<const std::int64_t*>(from.data)[from.offset + index_];
      }
    } else if constexpr (std::is_same_v<T, double>) {
      if (from.storage == detail::Storage::float64 && !from.is_null(index_)) {
        return static_cast<const double*>(from.data)[from.offset + index_];
      }
    } else if constexpr (std::is_same_v<T, std::string_view> || std::is_same_v<T, std::string>) {
      if (from.storage == detail::Storage::var32 && from.kind == Kind::text && !from.is_null(index_)) {
        return T(text_at(from));
      }
    } else if constexpr (std::is_same_v<T, std::optional<std::string_view>>) {
      if (from.storage == detail::Storage::var32 && from.kind == Kind::text) {
        return from.is_null(index_) ? T() : T(text_at(from));
      }
    }
    if constexpr (std::is_same_v<T, std::string_view> || std::is_same_v<T, std::optional<std::string_view>>) {
      if (from.storage == detail::Storage::decimal && !from.is_null(index_)) {
        detail::throw_conversion(detail::cell_at(from, index_), "std::string_view (ask for std::string)",
                                 place(column));
      }
    }
    return detail::convert<T>(detail::cell_at(from, index_), place(column));
  }
  template <class T>
  T get(std::string_view name) const {
    return get<T>(position(name));
  }

  /// The value as it came, with its own memory.
  Value value(std::size_t column) const { return detail::to_value(cell(column)); }
  Value value(std::string_view name) const { return value(position(name)); }

  /// All columns at once: `auto [name, address] = row.as<std::string, std::string>();`
  /// One aggregate type is filled field by field, in order: `auto customer = row.as<Customer>();`
  /// @throws ArgumentError  the number of columns differs
  /// @throws ConversionError  as get
  template <class First, class... Rest>
  auto as() const {
    if constexpr (sizeof...(Rest) == 0 && detail::is_plain_struct<First>) {
      check_size(detail::field_count<First>());
      First out{};
      std::size_t column = 0;
      detail::for_each_field(
          out, [&](auto& field) { field = get<std::remove_cvref_t<decltype(field)>>(column++); });
      return out;
    } else {
      check_size(1 + sizeof...(Rest));
      return as_tuple<First, Rest...>(std::index_sequence_for<First, Rest...>());
    }
  }

  /// Equal if all values are; names do not count.
  PREFECT_SQLALCHEMY_API friend bool operator==(const Row& left, const Row& right);
  /// As Python prints a tuple: `('Marvin', 42, None)`.
  PREFECT_SQLALCHEMY_API friend std::ostream& operator<<(std::ostream& out, const Row& row);

 private:
  detail::Cell cell(std::size_t column) const;
  detail::CellPlace place(std::size_t column) const noexcept {
    return {static_cast<std::int64_t>(column), batch_->names().names[column]};
  }
  std::string_view text_at(const detail::Column& from) const noexcept {
    const auto* offsets = static_cast<const std::int32_t*>(from.offsets) + from.offset + index_;
    return {static_cast<const char*>(from.data) + offsets[0],
            static_cast<std::size_t>(offsets[1] - offsets[0])};
  }
  std::size_t position(std::string_view name) const;
  void check_size(std::size_t wanted) const;
  [[noreturn]] void throw_no_column(std::size_t column) const;

  template <class... T, std::size_t... I>
  std::tuple<T...> as_tuple(std::index_sequence<I...>) const {
    return std::tuple<T...>{get<T>(I)...};
  }

  std::shared_ptr<const detail::Batch> batch_;
  std::int64_t index_;
};

}  // namespace prefect_sqlalchemy

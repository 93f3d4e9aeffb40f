#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <prefect_sqlalchemy/sql/value.hpp>

namespace prefect_sqlalchemy {

namespace detail {
class ColumnBuilder;
}

/// One `:name` and its value.
struct Parameter {
  Parameter(std::string parameter_name, Value parameter_value)
      : name(std::move(parameter_name)), value(std::move(parameter_value)) {}
  std::string name;
  Value value;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

/// The parameters of one run of a statement: `{{"name", "Marvin"}, {"age", 42}}`. A value, as a dict.
class PREFECT_SQLALCHEMY_API Parameters {
 public:
  Parameters() = default;
  /// @throws ArgumentError  a name comes twice
  Parameters(std::initializer_list<Parameter> parameters);

  /// Sets a parameter, replacing its old value. @return *this
  Parameters& set(std::string name, Value value);
  /// The value of that name, or nullptr.
  const Value* find(std::string_view name) const noexcept;

  bool empty() const noexcept { return parameters_.empty(); }
  std::size_t size() const noexcept { return parameters_.size(); }
  auto begin() const noexcept { return parameters_.begin(); }
  auto end() const noexcept { return parameters_.end(); }
  friend bool operator==(const Parameters&, const Parameters&) = default;

 private:
  std::vector<Parameter> parameters_;
};

/// The parameters of many runs of a statement: rows × names, kept by columns as the driver will read them.
///
///     db.execute_many(sql, {{{"name", "Ford"}, {"age", 200}}, {{"name", "Zaphod"}, {"age", 42}}});
///
///     ParameterRows rows({"name", "age"});
///     rows.reserve(100'000);
///     for (...) rows.add(name, age);
///
/// Copying one is cheap; copies share the rows until one of them is added to.
/// Threads: one at a time; copies are independent.
class PREFECT_SQLALCHEMY_API ParameterRows {
 public:
  ParameterRows();
  /// The names are those of the first row. @throws StatementError  another row lacks one, or has more
  ParameterRows(std::initializer_list<Parameters> rows);
  /// (A template, so that braces with two texts are two names and never two iterators.)
  template <std::same_as<std::vector<Parameters>> T>
  ParameterRows(const T& rows) : ParameterRows() {
    for (const Parameters& row : rows) add(row);
  }
  /// No rows yet, for add(values...). @throws ArgumentError  a name comes twice
  explicit ParameterRows(std::vector<std::string> names);

  /// Space for that many rows.
  void reserve(std::size_t rows);
  /// @throws StatementError  the row's names are not those of the first
  void add(const Parameters& row);
  /// One value for each name, in their order. A Value, or anything that makes one.
  /// @throws StatementError  another number of values
  template <class... T>
  requires(sizeof...(T) > 0 && (std::constructible_from<Value, T> && ...)) void add(T&&... values) {
    begin_row(sizeof...(T));
    std::size_t column = 0;
    (append(column++, std::forward<T>(values)), ...);
    end_row();
  }

  std::size_t size() const noexcept { return rows_; }
  bool empty() const noexcept { return rows_ == 0; }
  const std::vector<std::string>& names() const noexcept { return names_; }
  /// For the library: column `index` of names().
  const detail::ColumnBuilder& column(std::size_t index) const noexcept;

 private:
  void begin_row(std::size_t values);
  void end_row() noexcept { ++rows_; }
  void append_cell(std::size_t column, const detail::Cell& cell);
  template <class T>
  void append(std::size_t column, T&& value);

  std::vector<std::string> names_;
  std::shared_ptr<std::vector<detail::ColumnBuilder>> columns_;
  std::size_t rows_ = 0;
};

template <class T>
void ParameterRows::append(std::size_t column, T&& value) {
  using Plain = std::remove_cvref_t<T>;
  // What needs no memory of its own goes in without a Value in between.
  if constexpr (std::is_same_v<Plain, std::int64_t> || std::is_same_v<Plain, int>) {
    append_cell(column, detail::Cell{.kind = Kind::int64, .integer = value});
  } else if constexpr (std::is_same_v<Plain, double>) {
    append_cell(column, detail::Cell{.kind = Kind::real, .real = value});
  } else if constexpr (std::is_convertible_v<const Plain&, std::string_view> &&
                       !std::is_null_pointer_v<Plain>) {
    append_cell(column, detail::Cell{.kind = Kind::text, .text = value});
  } else if constexpr (std::is_same_v<Plain, Value>) {
    append_cell(column, detail::cell_of(value));
  } else {
    const Value made(std::forward<T>(value));
    append_cell(column, detail::cell_of(made));
  }
}

}  // namespace prefect_sqlalchemy

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

template <class T, std::size_t>
using Same = T;

/// Adds constructors from one to N elements to a Base that has add(Element), so that braces fill it.
/// They do what one from std::initializer_list would, which GCC 12 cannot compile within co_await.
template <class Base, class Element, std::size_t N, class = std::make_index_sequence<N>>
class Braced;
template <class Base, class Element>
class Braced<Base, Element, 0, std::index_sequence<>> : public Base {
 public:
  using Base::Base;
};
template <class Base, class Element, std::size_t N, std::size_t... I>
class Braced<Base, Element, N, std::index_sequence<I...>> : public Braced<Base, Element, N - 1> {
 public:
  using Braced<Base, Element, N - 1>::Braced;
  Braced(Same<Element, I>... elements) {
    this->reserve(N);
    (this->add(std::move(elements)), ...);
  }
};
constexpr std::size_t most_in_braces = 64;

}  // namespace detail

/// One `:name` and its value.
struct Parameter {
  Parameter(std::string parameter_name, Value parameter_value)
      : name(std::move(parameter_name)), value(std::move(parameter_value)) {}
  std::string name;
  Value value;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

/// What Parameters is, but for its constructors.
class PREFECT_SQLALCHEMY_API ParameterList {
 public:
  void reserve(std::size_t parameters) { parameters_.reserve(parameters); }
  /// @throws ArgumentError  the name is there already
  void add(Parameter parameter);
  /// Sets a parameter, replacing its old value. @return *this
  ParameterList& set(std::string name, Value value);
  /// The value of that name, or nullptr.
  const Value* find(std::string_view name) const noexcept;

  bool empty() const noexcept { return parameters_.empty(); }
  std::size_t size() const noexcept { return parameters_.size(); }
  auto begin() const noexcept { return parameters_.begin(); }
  auto end() const noexcept { return parameters_.end(); }
  friend bool operator==(const ParameterList&, const ParameterList&) = default;

 private:
  std::vector<Parameter> parameters_;
};

/// The parameters of one run of a statement: `{{"name", "Marvin"}, {"age", 42}}`. A value, as a dict. Braces
/// take up to 64; set() and add() any number.
class PREFECT_SQLALCHEMY_API Parameters
    : public detail::Braced<ParameterList, Parameter, detail::most_in_braces> {
 public:
  /// @throws ArgumentError  a name comes twice
  using Braced::Braced;
  Parameters& set(std::string name, Value value) {
    ParameterList::set(std::move(name), std::move(value));
    return *this;
  }
};

/// What ParameterRows is, but for its constructors from braces.
class PREFECT_SQLALCHEMY_API ParameterTable {
 public:
  ParameterTable();
  /// (A template, so that braces with two texts are two names and never two iterators.)
  template <std::same_as<std::vector<Parameters>> T>
  ParameterTable(const T& rows) : ParameterTable() {
    for (const Parameters& row : rows) add(row);
  }
  /// No rows yet, for add(values...). @throws ArgumentError  a name comes twice
  explicit ParameterTable(std::initializer_list<const char*> names)
      : ParameterTable(std::vector<std::string>(names.begin(), names.end())) {}
  template <std::same_as<std::vector<std::string>> T>
  explicit ParameterTable(T names) : ParameterTable() {
    set_names(std::move(names));
  }

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
  void set_names(std::vector<std::string> names);
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
void ParameterTable::append(std::size_t column, T&& value) {
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

/// The parameters of many runs of a statement: rows × names, kept by columns as the driver will read them.
///
///     db.execute_many(sql, {{{"name", "Ford"}, {"age", 200}}, {{"name", "Zaphod"}, {"age", 42}}});
///
///     ParameterRows rows({"name", "age"});
///     rows.reserve(100'000);
///     for (...) rows.add(name, age);
///
/// Braces take up to 64 rows.
/// Copying one is cheap; copies share the rows until one of them is added to.
/// Threads: one at a time; copies are independent.
class PREFECT_SQLALCHEMY_API ParameterRows
    : public detail::Braced<ParameterTable, Parameters, detail::most_in_braces> {
 public:
  /// The names are those of the first row. @throws StatementError  another row lacks one, or has more
  using Braced::Braced;
};

}  // namespace prefect_sqlalchemy

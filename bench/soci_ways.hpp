#pragma once

#ifdef PSA_BENCH_SOCI

#include <ctime>
#include <vector>

#include <soci/soci.h>

#include "item_sums.hpp"
#include "server.hpp"

/// SOCI's side of the benchmarks, its fastest documented way each time, the same for every server.
namespace bench::soci_ways {

/// Rows in columns, as SOCI exchanges many at a time.
struct Columns {
  std::vector<long long> ids;
  std::vector<double> prices;
  std::vector<int> quantities;
  std::vector<std::string> names, notes;
  std::vector<soci::indicator> marks;
  std::vector<std::tm> moments;

  explicit Columns(std::size_t rows = 0)
      : ids(rows), prices(rows), quantities(rows), names(rows), notes(rows), marks(rows), moments(rows) {}
  void add(const RowValues& row) {
    ids.push_back(row.id);
    prices.push_back(row.price);
    quantities.push_back(static_cast<int>(row.qty));
    names.push_back(row.name);
    notes.push_back(row.note);
    marks.push_back(row.has_note ? soci::i_ok : soci::i_null);
    std::tm moment{};
    moment.tm_year = 126, moment.tm_mday = row.day, moment.tm_hour = 12, moment.tm_min = row.minute;
    moments.push_back(moment);
  }
};

constexpr std::size_t bulk_size = 1000;

inline void fetch(benchmark::State& state, const std::string& backend, const std::string& address,
                  const std::string& query, const Sums& expected) {
  soci::session db(backend, address);
  for (auto _ : state) {
    Sums sums;
    Columns c(bulk_size);
    soci::statement statement =
        (db.prepare << query, soci::into(c.ids), soci::into(c.prices), soci::into(c.quantities),
         soci::into(c.names), soci::into(c.notes, c.marks), soci::into(c.moments));
    statement.execute();
    while (statement.fetch()) {
      for (std::size_t i = 0; i < c.ids.size(); ++i) {
        sums.integers += c.ids[i] + c.quantities[i];
        sums.reals += c.prices[i];
        sums.bytes += touch(c.names[i]);
        sums.add_note(c.marks[i] == soci::i_null ? std::nullopt
                                                 : std::optional<std::string_view>(c.notes[i]));
        sums.moments += c.moments[i].tm_mday + c.moments[i].tm_min;
        ++sums.rows;
      }
    }
    sums.check(expected);
    benchmark::DoNotOptimize(sums);
  }
}

inline void point_query(benchmark::State& state, const std::string& backend, const std::string& address,
                        const std::string& table) {
  soci::session db(backend, address);
  long long wanted = 0, id = 0;
  double price = 0;
  int quantity = 0;
  std::string name, note;
  soci::indicator mark = soci::i_ok;
  std::tm moment{};
  soci::statement statement =
      (db.prepare << "SELECT id, price, qty, name, note, ts FROM " + table + " WHERE id = :id",
       soci::use(wanted), soci::into(id), soci::into(price), soci::into(quantity), soci::into(name),
       soci::into(note, mark), soci::into(moment));
  for (auto _ : state) {
    Sums sums;
    for (std::int64_t i = 0; i < queries; ++i) {
      wanted = key(i);
      if (!statement.execute(true)) throw std::runtime_error("a row is missing");
      sums.integers += id + quantity;
      sums.reals += price;
      sums.bytes += touch(name);
      sums.add_note(mark == soci::i_null ? std::nullopt : std::optional<std::string_view>(note));
      sums.moments += moment.tm_mday + moment.tm_min;
    }
    benchmark::DoNotOptimize(sums);
  }
}

template <class EmptyTable>
void execute_many(benchmark::State& state, const std::string& backend, const std::string& address,
                  EmptyTable empty_table) {
  std::vector<Columns> pieces;
  for (const RowValues& row : item_rows(written_rows)) {
    if (static_cast<std::size_t>(row.id) % bulk_size == 0) pieces.emplace_back();
    pieces.back().add(row);
  }
  soci::session db(backend, address);
  for (auto _ : state) {
    state.PauseTiming();
    empty_table();
    state.ResumeTiming();
    db.begin();
    // A statement keeps the values of its first execution, so each piece has one of its own.
    for (Columns& c : pieces) {
      soci::statement statement =
          (db.prepare << "INSERT INTO psa_bench_written VALUES (:id, :price, :qty, :name, :note, :ts)",
           soci::use(c.ids), soci::use(c.prices), soci::use(c.quantities), soci::use(c.names),
           soci::use(c.notes, c.marks), soci::use(c.moments));
      statement.execute(true);
    }
    db.commit();
  }
}

inline void connect(benchmark::State& state, const std::string& backend, const std::string& address) {
  for (auto _ : state) {
    soci::session db(backend, address);
    int one = 0;
    db << "SELECT 1", soci::into(one);
    if (one != 1) throw std::runtime_error("no row");
  }
}

}  // namespace bench::soci_ways

#endif

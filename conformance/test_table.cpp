// SPDX-License-Identifier: Apache-2.0
#include "test_table.hpp"

#include <utility>

#include <unistd.h>

#include "batches.hpp"

namespace psa_conformance {

TestTable::TestTable() : name_("psa_conformance_" + std::to_string(::getpid())) {
  const std::string create = traits().statement("create_table", {{"table", name_}});
  const bool nonblocking = std::exchange(context().nonblocking, false);
  connection_ = open();
  context().nonblocking = nonblocking;
  try_run(connection_, traits().statement("drop_table", {{"table", name_}}));
  run(connection_, create);
  if (state(connection_).flags & PSA_STATE_PRIVATE_DATABASE)
    throw NotClaimed("the database is private to its connection: give one that several share");
}

TestTable::~TestTable() {
  try {
    try_run(connection_, traits().statement("drop_table", {{"table", name_}}), now() + 5 * second);
  } catch (const std::exception&) {
    // The check that needs it has already said what is wrong.
  }
}

std::string TestTable::sql(std::string_view text) const {
  return replace(std::string(text), {{"table", name_}});
}

std::string TestTable::rows(const Connection& connection) const {
  return run(connection, sql("SELECT id, name FROM {table} ORDER BY id"));
}

void TestTable::insert(const Connection& connection, int id, std::string_view name) const {
  run(connection,
      sql("INSERT INTO {table} (id, name) VALUES (" + std::to_string(id) + ", '" + std::string(name) + "')"));
}

}  // namespace psa_conformance

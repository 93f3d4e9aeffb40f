// SPDX-License-Identifier: Apache-2.0
#include "catalog.hpp"

#include <algorithm>
#include <cstdlib>

namespace psa::postgres {

const Type& Catalog::type(Oid oid) const {
  if (const Type* known = built_in_type(oid)) return *known;
  const auto found = learned_.find(oid);
  static const Type nothing{0, Codec::other, 0, ',', "unknown"};
  return found == learned_.end() ? nothing : found->second.type;
}

std::vector<Oid> Catalog::unknown_of(const std::vector<Oid>& wanted) const {
  std::vector<Oid> unknown;
  for (const Oid oid : wanted)
    if (oid != 0 && !knows(oid) && std::find(unknown.begin(), unknown.end(), oid) == unknown.end())
      unknown.push_back(oid);
  return unknown;
}

std::string Catalog::question(const std::vector<Oid>& unknown) {
  std::string list;
  for (const Oid oid : unknown) list += (list.empty() ? "" : ",") + std::to_string(oid);
  return "SELECT oid, pg_catalog.format_type(oid, NULL),"
         " typsend::text IN ('textsend', 'varcharsend', 'bpcharsend', 'enum_send', 'pg_catalog.textsend'),"
         // int2vector and oidvector (22 and 30) are written unlike other arrays.
         " CASE WHEN typcategory = 'A' AND typlen = -1 AND oid NOT IN (22, 30) THEN typelem ELSE 0 END, "
         "typdelim, typbasetype"
         " FROM pg_catalog.pg_type WHERE oid IN (" +
         list + ")";
}

std::vector<Oid> Catalog::learn(const PGresult* answer, const std::vector<Oid>& asked) {
  const auto number = [&](int row, int column) {
    return static_cast<Oid>(std::strtoul(PQgetvalue(answer, row, column), nullptr, 10));
  };
  std::vector<Oid> further;
  for (int row = 0; row < PQntuples(answer); ++row) {
    Learned learned;
    learned.type.oid = number(row, 0);
    learned.type.name = PQgetvalue(answer, row, 1);
    learned.type.codec = *PQgetvalue(answer, row, 2) == 't' ? Codec::text : Codec::other;
    learned.type.element = number(row, 3);
    learned.type.delimiter = *PQgetvalue(answer, row, 4);
    learned.base = number(row, 5);
    further.push_back(learned.type.element);
    further.push_back(learned.base);
    learned_[learned.type.oid] = std::move(learned);
  }
  // One that was dropped meanwhile: its values come as text.
  for (const Oid oid : asked)
    if (!knows(oid)) learned_[oid] = {{oid, Codec::other, 0, ',', "unknown"}, 0};
  return unknown_of(further);
}

void Catalog::resolve() {
  // A domain may stand on a domain, and an array have elements of one: a few rounds reach the bottom.
  for (int round = 0; round < 8; ++round) {
    for (auto& [oid, learned] : learned_) {
      if (learned.base != 0) {
        const Type& base = type(learned.base);
        learned.type.codec = base.codec;
        learned.type.element = base.element;
        learned.type.delimiter = base.delimiter;
      } else if (learned.type.element != 0) {
        learned.type.codec = type(learned.type.element).codec;
      }
    }
  }
}

}  // namespace psa::postgres

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include <libpq-fe.h>

#include "bind.hpp"

namespace psa::postgres {

/// The types that one connection has met: those every server has, and what pg_type said of the others.
class Catalog final : public TypeSource {
 public:
  /// Must be known: see unknown_of.
  const Type& type(Oid oid) const override;

  /// Those that have to be asked for before type() knows them.
  std::vector<Oid> unknown_of(const std::vector<Oid>& wanted) const;
  /// The question for them; the answer goes to learn(), which may need to know more types (elements, the base
  /// of a domain), and returns those.
  static std::string question(const std::vector<Oid>& unknown);
  std::vector<Oid> learn(const PGresult* answer, const std::vector<Oid>& asked);
  /// Once nothing is unknown: gives arrays and domains what their elements and bases have.
  void resolve();

 private:
  struct Learned {
    Type type;
    Oid base = 0;  // of a domain
  };
  bool knows(Oid oid) const { return built_in_type(oid) != nullptr || learned_.count(oid) != 0; }

  std::unordered_map<Oid, Learned> learned_;
};

}  // namespace psa::postgres

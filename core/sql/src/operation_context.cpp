#include <utility>

#include <prefect_sqlalchemy/sql/operation_context.hpp>

#include "operation_place.hpp"

namespace prefect_sqlalchemy {
namespace {

const OperationContext nothing_imposed{};
// Every operation looks here several times. A pointer's room is there also where the library is loaded by
// dlopen.
[[gnu::tls_model("initial-exec")]] thread_local const OperationContext* in_place = &nothing_imposed;

}  // namespace

const OperationContext& OperationContext::current() noexcept { return *in_place; }

OperationContext::Scope::Scope(const OperationContext& context) noexcept : previous_(in_place) {
  in_place = &context;
}

OperationContext::Scope::~Scope() { in_place = previous_; }

namespace detail {

const OperationContext* OperationPlace::exchange(const OperationContext* context) noexcept {
  return std::exchange(in_place, context);
}

}  // namespace detail

}  // namespace prefect_sqlalchemy

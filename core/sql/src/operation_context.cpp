#include <prefect_sqlalchemy/sql/operation_context.hpp>

namespace prefect_sqlalchemy {
namespace {

const OperationContext nothing_imposed{};
thread_local const OperationContext* in_place = &nothing_imposed;

}  // namespace

const OperationContext& OperationContext::current() noexcept { return *in_place; }

OperationContext::Scope::Scope(const OperationContext& context) noexcept : previous_(in_place) {
  in_place = &context;
}

OperationContext::Scope::~Scope() { in_place = previous_; }

}  // namespace prefect_sqlalchemy

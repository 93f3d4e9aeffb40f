#include "fiber.hpp"

#include <mutex>
#include <utility>
#include <vector>

#include <boost/context/protected_fixedsize_stack.hpp>
#include <cxxabi.h>

#include <psa_sanitizers.hpp>

#ifdef PSA_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef PSA_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace prefect_sqlalchemy::detail {
namespace {

// Address space only: pages come when they are touched. A database's client may need much on a worker.
constexpr std::size_t stack_size = 1024 * 1024;
constexpr std::size_t most_kept = 256;

struct Kept {
  std::mutex mutex;
  std::vector<std::unique_ptr<Fiber>> fibers;
};

Kept& kept() {
  static auto* const only = new Kept;  // used until the last thread has ended
  return *only;
}

/// Allocates and tells where.
class TellingStack {
 public:
  TellingStack(const void*& bottom, std::size_t& size) : bottom_(&bottom), size_(&size) {}
  boost::context::stack_context allocate() {
    const boost::context::stack_context out = stack_.allocate();
    *size_ = out.size;
    *bottom_ = static_cast<char*>(out.sp) - out.size;
    return out;
  }
  void deallocate(boost::context::stack_context& stack) { stack_.deallocate(stack); }

 private:
  boost::context::protected_fixedsize_stack stack_{stack_size};
  const void** bottom_;
  std::size_t* size_;
};

}  // namespace

std::unique_ptr<Fiber> Fiber::obtain() {
  {
    Kept& all = kept();
    const std::lock_guard lock(all.mutex);
    if (!all.fibers.empty()) {
      std::unique_ptr<Fiber> out = std::move(all.fibers.back());
      all.fibers.pop_back();
      return out;
    }
  }
  return std::make_unique<Fiber>();
}

void Fiber::give_back(std::unique_ptr<Fiber> fiber) noexcept {
  Kept& all = kept();
  const std::lock_guard lock(all.mutex);
  if (all.fibers.capacity() == 0) all.fibers.reserve(most_kept);
  if (all.fibers.size() < most_kept) all.fibers.push_back(std::move(fiber));
}

Fiber::Fiber()
    : inside_(std::allocator_arg, TellingStack(stack_bottom_, stack_size_),
              [this](boost::context::fiber&& outside) { return loop(std::move(outside)); }) {
#ifdef PSA_TSAN
  tsan_inside_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
  body_ = nullptr;
  switch_in();  // the loop ends
#ifdef PSA_TSAN
  __tsan_destroy_fiber(tsan_inside_);
#endif
}

boost::context::fiber Fiber::loop(boost::context::fiber&& outside) {
  outside_ = std::move(outside);
#ifdef PSA_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &host_stack_, &host_stack_size_);
#endif
  while (body_ != nullptr) {
    body_->run_on_fiber();
    ended_ = true;
    switch_out();
  }
#ifdef PSA_ASAN
  __sanitizer_start_switch_fiber(nullptr, host_stack_, host_stack_size_);
#endif
#ifdef PSA_TSAN
  __tsan_switch_to_fiber(tsan_outside_, 0);
#endif
  return std::move(outside_);
}

bool Fiber::resume(Body& body) {
  if (ended_) body_ = &body;
  ended_ = false;
  switch_in();
  return ended_;
}

void Fiber::yield() { switch_out(); }

void Fiber::switch_in() {
  auto* const globals = reinterpret_cast<Exceptions*>(abi::__cxa_get_globals());
  const Exceptions host = std::exchange(*globals, exceptions_);
#ifdef PSA_ASAN
  void* fake_stack = nullptr;
  __sanitizer_start_switch_fiber(&fake_stack, stack_bottom_, stack_size_);
#endif
#ifdef PSA_TSAN
  tsan_outside_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(tsan_inside_, 0);
#endif
  inside_ = std::move(inside_).resume();
#ifdef PSA_ASAN
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
  exceptions_ = std::exchange(*globals, host);
}

void Fiber::switch_out() {
#ifdef PSA_ASAN
  __sanitizer_start_switch_fiber(&fake_stack_, host_stack_, host_stack_size_);
#endif
#ifdef PSA_TSAN
  __tsan_switch_to_fiber(tsan_outside_, 0);
#endif
  outside_ = std::move(outside_).resume();
#ifdef PSA_ASAN
  __sanitizer_finish_switch_fiber(fake_stack_, &host_stack_, &host_stack_size_);
#endif
}

}  // namespace prefect_sqlalchemy::detail

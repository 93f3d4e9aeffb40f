#include "async_context.hpp"

#include <fcntl.h>

#include <psa/driver.h>

namespace prefect_sqlalchemy::detail {

/// Asio tells its services, and no others, that a context ends.
class AsyncContextService final : public boost::asio::execution_context::service {
 public:
  using key_type = AsyncContextService;
  static inline boost::asio::execution_context::id id;

  explicit AsyncContextService(boost::asio::execution_context& context) : service(context) {}
  const std::shared_ptr<AsyncContext>& users() const noexcept { return users_; }

 private:
  void shutdown() override { users_->shut_down(); }

  std::shared_ptr<AsyncContext> users_ = std::make_shared<AsyncContext>();
};

std::shared_ptr<AsyncContext> AsyncContext::of(boost::asio::execution_context& context) {
  return boost::asio::use_service<AsyncContextService>(context).users();
}

void AsyncContext::add(ContextUser& user) {
  const std::lock_guard lock(mutex_);
  users_.push_back(user);
}

void AsyncContext::remove(ContextUser& user) {
  remove(user, [] {});
}

void AsyncContext::shut_down() {
  for (;;) {
    std::unique_lock lock(mutex_);
    if (users_.empty()) return;
    ContextUser& user = users_.front();
    users_.pop_front();
    const std::shared_ptr<void> kept = user.kept();
    if (kept != nullptr) lock.unlock();
    user.context_gone();
  }
}

boost::asio::posix::stream_descriptor* DescriptorSlot::open(const psa_wait& wait,
                                                            const std::shared_ptr<AsyncContext>& context,
                                                            const boost::asio::any_io_executor& executor) {
  // A descriptor once waited for to be writable is registered for that for ever. As it nearly always is, each
  // later wait for what is to be read would wake the loop at once for nothing.
  const bool writes = (wait.events & PSA_WAIT_WRITE) != 0;
  const bool woken_for_nothing = writes_ && !writes;
  writes_ = writes;
  if (descriptor_ && context_ == context && generation_ == wait.generation && fd_ == wait.fd &&
      !woken_for_nothing) {
    return &*descriptor_;
  }
  forget();
  if (wait.fd < 0) return nullptr;
  const int copy = ::fcntl(wait.fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return nullptr;
  context_ = context;
  context_->add(*this);
  // It stays when the operation is over, and is no work to be done then.
  descriptor_.emplace(boost::asio::prefer(executor, boost::asio::execution::outstanding_work.untracked),
                      copy);
  generation_ = wait.generation;
  fd_ = wait.fd;
  return &*descriptor_;
}

void DescriptorSlot::forget() noexcept {
  if (context_ == nullptr) return;
  context_->remove(*this, [this] { descriptor_.reset(); });
  context_.reset();
}

void DescriptorSlot::context_gone() noexcept { descriptor_.reset(); }

}  // namespace prefect_sqlalchemy::detail

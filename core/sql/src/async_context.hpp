#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>

struct psa_wait;

namespace prefect_sqlalchemy::detail {

class AsyncContext;

/// Something that uses an execution context and must let go of it before it is destroyed.
class ContextUser : public boost::intrusive::list_base_hook<> {
 public:
  explicit ContextUser() = default;
  ContextUser(const ContextUser&) = delete;
  ContextUser& operator=(const ContextUser&) = delete;
  virtual ~ContextUser() = default;
  /// The context is being destroyed; nothing of it runs any more. Called under the lock of AsyncContext,
  /// unless kept() gives something.
  virtual void context_gone() noexcept = 0;
  /// Keeps a user alive that may end by itself meanwhile.
  virtual std::shared_ptr<void> kept() noexcept { return nullptr; }
};

/// Who uses one execution context. Outlives it.
/// Threads: any.
class AsyncContext {
 public:
  /// The one of an Asio execution context.
  static std::shared_ptr<AsyncContext> of(boost::asio::execution_context& context);

  void add(ContextUser& user);
  void remove(ContextUser& user);
  /// remove(), and if the context is still there `last`, during which it stays.
  template <class Last>
  void remove(ContextUser& user, Last last) {
    const std::lock_guard lock(mutex_);
    if (!user.is_linked()) return;
    users_.erase(users_.iterator_to(user));
    last();
  }
  /// Does something with the context from outside of it, if it is still there.
  template <class Action>
  void while_alive(const ContextUser& user, Action action) {
    const std::lock_guard lock(mutex_);
    if (user.is_linked()) action();
  }

 private:
  friend class AsyncContextService;
  void shut_down();

  std::mutex mutex_;
  boost::intrusive::list<ContextUser, boost::intrusive::constant_time_size<false>> users_;
};

/// A connection's descriptor as Asio sees it: a duplicate, kept for as long as the driver means the same
/// socket by it, and made anew when it goes over from waiting to write to waiting to read alone.
/// Threads: one at a time, as its connection.
class DescriptorSlot : private ContextUser {
 public:
  DescriptorSlot() = default;
  ~DescriptorSlot() override { forget(); }

  /// @return nullptr: there is none, or the system refuses a duplicate
  boost::asio::posix::stream_descriptor* open(const psa_wait& wait,
                                              const std::shared_ptr<AsyncContext>& context,
                                              const boost::asio::any_io_executor& executor);
  void forget() noexcept;

 private:
  void context_gone() noexcept override;

  std::shared_ptr<AsyncContext> context_;
  std::optional<boost::asio::posix::stream_descriptor> descriptor_;
  std::uint64_t generation_ = 0;
  int fd_ = -1;
  bool writes_ = false;  // the last wait was also to write
};

}  // namespace prefect_sqlalchemy::detail

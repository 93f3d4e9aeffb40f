#pragma once

#include <memory>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution.hpp>

#include "run_attempt.hpp"

namespace prefect::detail {

/// An executor with a run in place whenever it executes something: how the run follows its coroutines from
/// thread to thread, and leaves each thread as it was.
class RunExecutor {
 public:
  RunExecutor(boost::asio::any_io_executor inner, std::shared_ptr<const RunAttempt> attempt)
      : inner_(std::move(inner)), attempt_(std::move(attempt)) {}

  template <class Function>
  void execute(Function&& function) const {
    inner_.execute([attempt = attempt_, function = std::forward<Function>(function)]() mutable {
      const RunAttempt::Scope scope(*attempt);
      std::move(function)();
    });
  }

  template <class Property>
  requires boost::asio::can_query_v<const boost::asio::any_io_executor&, Property>
  decltype(auto) query(const Property& property) const { return boost::asio::query(inner_, property); }
  template <class Property>
  requires boost::asio::can_require_v<const boost::asio::any_io_executor&, Property> RunExecutor
  require(const Property& property)
  const { return {boost::asio::require(inner_, property), attempt_}; }
  template <class Property>
  requires boost::asio::can_prefer_v<const boost::asio::any_io_executor&, Property> RunExecutor
  prefer(const Property& property)
  const { return {boost::asio::prefer(inner_, property), attempt_}; }

  friend bool operator==(const RunExecutor&, const RunExecutor&) noexcept = default;

 private:
  boost::asio::any_io_executor inner_;
  std::shared_ptr<const RunAttempt> attempt_;
};

}  // namespace prefect::detail

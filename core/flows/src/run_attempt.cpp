#include "run_attempt.hpp"

#include <utility>

namespace prefect::detail {

RunAttempt::RunAttempt(std::shared_ptr<ActiveRun> run)
    : run_(std::move(run)),
      link_(run_->cancel_token(), [source = stop_]() mutable { source.request_stop(); }) {
  run_->attempt_stop_ = stop_;
  context_.deadline = run_->outer_deadline_;
  if (run_->spec_->timeout.count() > 0) {
    own_deadline_ = Clock::now() + run_->spec_->timeout;
    if (!context_.deadline || *own_deadline_ < *context_.deadline) context_.deadline = own_deadline_;
  }
  context_.stop = stop_.get_token();
  context_.observer = run_.get();
  context_.kept_alive = run_;
}

}  // namespace prefect::detail

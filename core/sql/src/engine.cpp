#include <utility>

#include <prefect_sqlalchemy/sql/engine.hpp>

#include "lease.hpp"
#include "pool.hpp"

namespace prefect_sqlalchemy {
namespace {

void check(const EngineOptions& options) {
  if (options.pool_size < 0) throw ArgumentError("pool_size is 0 (no limit) or more");
  if (options.max_overflow < -1) throw ArgumentError("max_overflow is -1 (no limit) or more");
  if (options.pool_timeout.count() < 0) throw ArgumentError("pool_timeout is 0 or more");
}

}  // namespace

void ConnectArgs::set(std::string name, ConnectArg value) {
  for (Entry& entry : entries_) {
    if (entry.name == name) {
      entry.value = std::move(value);
      return;
    }
  }
  entries_.emplace_back(std::move(name), std::move(value));
}

Engine::Engine(URL url, EngineOptions options) {
  check(options);
  pool_ = std::make_shared<detail::Pool>(URL::create(std::move(url)), std::move(options));
}

Connection Engine::connect(const ConnectOptions& options) {
  return Connection(pool_->lend(options.isolation_level));
}

void Engine::dispose() { pool_->dispose(); }
const URL& Engine::url() const noexcept { return pool_->url(); }
const EngineOptions& Engine::options() const noexcept { return pool_->options(); }
Engine::PoolStatus Engine::pool_status() const { return pool_->status(); }

Engine create_engine(URL url, EngineOptions options) { return Engine(std::move(url), std::move(options)); }

Engine create_engine(std::string_view url, EngineOptions options) {
  return Engine(make_url(url), std::move(options));
}

}  // namespace prefect_sqlalchemy

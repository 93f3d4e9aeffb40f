#pragma once

#include <future>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

/// Runs a coroutine on this thread, to its end. @return what it gives @throws what it throws
template <class T>
T await(boost::asio::io_context& io, boost::asio::awaitable<T> coroutine) {
  std::future<T> result = boost::asio::co_spawn(io, std::move(coroutine), boost::asio::use_future);
  io.restart();
  io.run();
  return result.get();
}
template <class T>
T await(boost::asio::awaitable<T> coroutine) {
  boost::asio::io_context io;
  return await(io, std::move(coroutine));
}

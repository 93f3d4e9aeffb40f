#pragma once

#include <exception>
#include <string>

#include <gtest/gtest.h>

namespace test_support {

/// The text of the exception of that type, or of one derived from it, that a function throws; the test fails
/// if it throws another or none.
template <class Exception, class Function>
std::string message_of(Function function) {
  try {
    function();
  } catch (const Exception& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another exception: " << error.what();
    return {};
  }
  ADD_FAILURE() << "no exception";
  return {};
}

}  // namespace test_support

#pragma once

#include <iostream>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

/// Runs a function in several new processes at once, which all start when the last one is there, and waits
/// for them. Call it before this process opens a database: SQLite's connections must not cross a fork.
/// @param function  gets the process's number; an exception or a failed assertion in it fails the test
template <class Function>
void run_in_processes(int count, Function function) {
  int gate[2];
  ASSERT_EQ(0, ::pipe(gate));
  std::vector<pid_t> children;
  for (int number = 0; number < count; ++number) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int status = 0;
      ::close(gate[1]);
      char byte = 0;
      if (::read(gate[0], &byte, 1) != 0) status = 2;
      try {
        function(number);
      } catch (const std::exception& error) {
        std::cerr << "process " << number << ": " << error.what() << std::endl;
        status = 1;
      }
      if (testing::Test::HasFailure()) status = 3;
      ::_exit(status);
    }
    children.push_back(child);
  }
  ::close(gate[0]);
  ::close(gate[1]);  // the children read its end
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(child, ::waitpid(child, &status, 0));
    EXPECT_EQ(0, status);
  }
}

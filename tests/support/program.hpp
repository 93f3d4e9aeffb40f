#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace test_support {

/// A program, its words and its environment as exec takes them, made before the fork: the child of a process
/// with threads has the locks of all of them as they stood, an allocator's too, and may not allocate (POSIX,
/// fork).
class Program {
 public:
  /// Values by name; std::nullopt unsets a variable.
  using Environment = std::map<std::string, std::optional<std::string>>;

  /// @param file         looked for in PATH where it has no slash
  /// @param environment  what differs from this process's own
  Program(std::string file, std::vector<std::string> arguments, const Environment& environment = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// In the child. Where there is no such program, it ends with 127.
  [[noreturn]] void become() const noexcept;

 private:
  std::vector<std::string> words_, variables_;
  std::vector<char*> word_pointers_, variable_pointers_;
};

}  // namespace test_support

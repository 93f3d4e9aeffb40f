#include "program.hpp"

#include <string_view>
#include <utility>

#include <unistd.h>

namespace test_support {
namespace {

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Program::Program(std::string file, std::vector<std::string> arguments, const Environment& environment)
    : words_(std::move(arguments)) {
  words_.insert(words_.begin(), std::move(file));
  for (char** each = ::environ; *each; ++each) {
    const std::string_view variable = *each;
    if (!environment.contains(std::string(variable.substr(0, variable.find('='))))) {
      variables_.emplace_back(variable);
    }
  }
  for (const auto& [name, value] : environment) {
    if (value) variables_.push_back(name + "=" + *value);
  }
  word_pointers_ = pointers_to(words_);
  variable_pointers_ = pointers_to(variables_);
}

void Program::become() const noexcept {
  ::execvpe(word_pointers_.front(), word_pointers_.data(), variable_pointers_.data());
  ::_exit(127);
}

}  // namespace test_support

// Completion and the manual know what the command knows.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "psa_command.hpp"

namespace {

using test_support::PsaCommand;
using testing::HasSubstr;

std::string shell(const std::string& command) {
  std::string out;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) out += static_cast<char>(c);
  EXPECT_EQ(::pclose(pipe), 0) << out;
  return out;
}

bool has(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null").c_str()) == 0;
}

/// What bash offers behind these words; the last one is being typed.
std::string completed(const std::string& words) {
  return shell("bash -c 'source <(" PSA_BINARY " completion bash); COMP_WORDS=(" + words +
               "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _psa; echo \"${COMPREPLY[*]}\"'");
}

TEST(Completion, OffersCommandsAndOptionsInBash) {
  EXPECT_EQ(completed("psa blo"), "block\n");
  EXPECT_EQ(completed("psa block sa"), "save\n");
  EXPECT_EQ(completed("psa block save --ov"), "--overwrite\n");
  EXPECT_EQ(completed("psa query some-block --fo"), "--format\n");
}

TEST(Completion, IsUnderstoodByTheOtherShells) {
  const PsaCommand psa;
  for (const std::string other : {"zsh", "fish"}) {
    EXPECT_THAT(psa.output({"completion", other}), HasSubstr("ls inspect save register delete"));
    if (has(other)) shell(PSA_BINARY " completion " + other + " | " + other + " -n");
  }
  EXPECT_EQ(psa.run({"completion", "cmd"}).exit_code, 2);
}

TEST(Manual, NamesEveryCommandAndOption) {
  std::ifstream in(PSA_CLI_SOURCES "/psa.1");
  const std::string manual{std::istreambuf_iterator<char>(in), {}};
  const auto words = PsaCommand().output({"completion", "bash"});
  const auto cases = words.substr(words.find("case"), words.find("esac") - words.find("case"));
  const std::regex option("--[a-z-]+");
  for (std::sregex_iterator found(cases.begin(), cases.end(), option), end; found != end; ++found) {
    auto escaped = std::regex_replace(found->str(), std::regex("-"), "\\-");
    EXPECT_THAT(manual, HasSubstr(escaped));
  }
  for (const char* command :
       {"query", "tables", "describe", "copy", "block ls", "block inspect", "block save", "block delete",
        "block register", "runs ls", "runs show", "runs logs", "deploy", "drivers", "doctor", "completion"}) {
    EXPECT_THAT(manual, HasSubstr(std::string("psa ") + command));
  }
  if (!has("man")) return;
  EXPECT_EQ(shell("man --warnings -E UTF-8 -l " PSA_CLI_SOURCES "/psa.1 >/dev/null"), "");
}

}  // namespace

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "commands.hpp"

namespace psa_cli {
namespace {

/// What may follow a command: "block save", its subcommands and options.
struct CommandWords {
  std::string path;
  std::vector<std::string> words;
};

void collect(const CLI::App& command, const std::string& path, std::vector<CommandWords>& all) {
  CommandWords own{path, {}};
  std::vector<const CLI::App*> below;
  for (const auto* sub : command.get_subcommands([](const CLI::App*) { return true; })) {
    own.words.push_back(sub->get_name());
    below.push_back(sub);
  }
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) own.words.push_back("--" + name);
  }
  all.push_back(std::move(own));
  for (const auto* sub : below) collect(*sub, path + (path.empty() ? "" : " ") + sub->get_name(), all);
}

std::string words_of(const CommandWords& command) {
  std::string words;
  for (const auto& word : command.words) words += (words.empty() ? "" : " ") + word;
  return words;
}

/// The same shell function for bash and zsh: the longest command that the words begin with decides.
void print_cases(const std::vector<CommandWords>& commands) {
  for (auto command = commands.rbegin(); command != commands.rend(); ++command) {
    const auto pattern =
        command->path.empty() ? "*" : "\"" + command->path + "\"|\"" + command->path + " \"*";
    std::cout << "    " << pattern << ") printf '%s' '" << words_of(*command) << "' ;;\n";
  }
}

void print_bash(const std::vector<CommandWords>& commands) {
  std::cout << "# bash completion for psa; written by: psa completion bash\n"
               "_psa_words() {\n"
               "  case \"$1\" in\n";
  print_cases(commands);
  std::cout << "  esac\n"
               "}\n"
               "_psa() {\n"
               "  local before=\"${COMP_WORDS[*]:1:COMP_CWORD-1}\" current=\"${COMP_WORDS[COMP_CWORD]}\"\n"
               "  COMPREPLY=($(compgen -W \"$(_psa_words \"$before\")\" -- \"$current\"))\n"
               "}\n"
               "complete -o default -F _psa psa\n";
}

void print_zsh(const std::vector<CommandWords>& commands) {
  std::cout << "#compdef psa\n"
               "# zsh completion for psa; written by: psa completion zsh\n"
               "_psa_words() {\n"
               "  case \"$1\" in\n";
  print_cases(commands);
  std::cout << "  esac\n"
               "}\n"
               "_psa() {\n"
               "  local before=\"${words[2,CURRENT-1]}\"\n"
               "  compadd -- ${=$(_psa_words \"$before\")}\n"
               "  _files\n"
               "}\n"
               "_psa \"$@\"\n";
}

void print_fish(const std::vector<CommandWords>& commands) {
  std::cout << "# fish completion for psa; written by: psa completion fish\n"
               "function __psa_after\n"
               "  set -l words (commandline -opc)[2..-1]\n"
               "  test \"$words[1..(count $argv)]\" = \"$argv\"\n"
               "end\n"
               "function __psa_first\n"
               "  test (count (commandline -opc)) -eq 1\n"
               "end\n";
  for (const auto& command : commands) {
    const auto condition = command.path.empty() ? "__psa_first" : "__psa_after " + command.path;
    std::cout << "complete -c psa -n '" << condition << "' -a '" << words_of(command) << "'\n";
  }
}

}  // namespace

void add_completion_command(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  auto* command = app.add_subcommand("completion", "Print the script that completes psa's words in a shell");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&app, shell] {
    std::vector<CommandWords> commands;
    collect(app, "", commands);
    if (*shell == "bash") return print_bash(commands);
    if (*shell == "zsh") return print_zsh(commands);
    print_fish(commands);
  });
}

}  // namespace psa_cli

#pragma once

#include <string>

namespace CLI {
class App;
}

namespace psa_cli {

/// How a command's help says it is called, where CLI11 would not: "psa query [OPTIONS] [DATABASE] SQL".
void set_usage(CLI::App& command, const std::string& line);

}  // namespace psa_cli

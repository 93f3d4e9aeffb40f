#include "usage.hpp"

#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

namespace psa_cli {
namespace {

class FixedUsage : public CLI::Formatter {
 public:
  explicit FixedUsage(std::string line) : line_(std::move(line)) {}
  std::string make_usage(const CLI::App*, std::string) const override { return "Usage: " + line_ + '\n'; }

 private:
  std::string line_;
};

}  // namespace

void set_usage(CLI::App& command, const std::string& line) {
  command.formatter(std::make_shared<FixedUsage>(line));
}

}  // namespace psa_cli

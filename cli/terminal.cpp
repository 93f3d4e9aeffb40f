#include "terminal.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "commands.hpp"

namespace psa_cli {
namespace {

/// The terminal does not show what is typed until the end of the scope.
class HiddenTyping {
 public:
  explicit HiddenTyping(int terminal) : terminal_(terminal) {
    ::tcgetattr(terminal_, &before_);
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden.c_lflag |= ECHONL;
    ::tcsetattr(terminal_, TCSAFLUSH, &hidden);
  }
  HiddenTyping(const HiddenTyping&) = delete;
  HiddenTyping& operator=(const HiddenTyping&) = delete;
  ~HiddenTyping() { ::tcsetattr(terminal_, TCSAFLUSH, &before_); }

 private:
  int terminal_;
  termios before_{};
};

}  // namespace

bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) != 0; }
bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) != 0; }

std::size_t output_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  if (!stdout_is_terminal()) return 0;
  const char* columns = std::getenv("COLUMNS");
  const int value = columns ? std::atoi(columns) : 0;
  return value > 0 ? static_cast<std::size_t>(value) : 80;
}

std::string ask_secret(const std::string& question) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> terminal(std::fopen("/dev/tty", "r+e"), std::fclose);
  if (!terminal)
    throw UsageError("there is no terminal to ask for the password; give it by --password-stdin");
  const HiddenTyping hidden(::fileno(terminal.get()));  // before anybody answers
  std::fputs(question.c_str(), terminal.get());
  std::fflush(terminal.get());
  std::string answer;
  for (int c = std::fgetc(terminal.get()); c != EOF && c != '\n'; c = std::fgetc(terminal.get())) {
    answer += static_cast<char>(c);
  }
  return answer;
}

}  // namespace psa_cli

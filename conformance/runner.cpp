// SPDX-License-Identifier: Apache-2.0
#include "runner.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include <boost/json.hpp>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <prefect_sqlalchemy/drivers/driver.hpp>

#include "context.hpp"
#include "edge_watch.hpp"

namespace psa_conformance {

namespace json = boost::json;

/// What a child process left behind.
struct Runner::Child {
  std::string told;  ///< JSON; empty where it died before
  bool timed_out = false;
  int status = 0;  ///< of waitpid
  std::int64_t printed = 0;
};

namespace {

std::string text_of(const json::object& object, const char* key) {
  const auto* found = object.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : "";
}

// Everything that a check can end in, as a line for the parent.
std::string outcome_of(const Check& check, const EdgeWatch& before) {
  json::object out{{"level", "passes"}};
  try {
    check.run();
  } catch (const Failed& failed) {
    out["level"] = "fails";
    out["text"] = failed.what();
    out["rule"] = failed.rule();
  } catch (const NotClaimed& reason) {
    out["level"] = "not claimed";
    out["text"] = reason.what();
  } catch (const std::exception& thrown) {
    out["level"] = "fails";
    out["text"] = std::string("an exception came out of it: ") + thrown.what();
    out["rule"] = "B6";
  } catch (...) {
    out["level"] = "fails";
    out["text"] = "an exception came out of it";
    out["rule"] = "B6";
  }
  json::array changed;
  for (const auto& change : before.changes()) changed.emplace_back(change);
  out["changed"] = std::move(changed);
  return json::serialize(out);
}

bool write_all(int descriptor, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const auto wrote = ::write(descriptor, text.data() + done, text.size() - done);
    if (wrote < 0) return false;
    done += static_cast<std::size_t>(wrote);
  }
  return true;
}

std::string signal_text(int number) {
  const char* name = ::sigabbrev_np(number);
  return name ? "SIG" + std::string(name) : "signal " + std::to_string(number);
}

std::string joined(std::vector<std::string> all) {
  std::string text;
  for (std::size_t i = 0; i < all.size() && i < 5; ++i) text += (i == 0 ? "" : "; ") + all[i];
  if (all.size() > 5) text += "; and " + std::to_string(all.size() - 5) + " more";
  return text;
}

}  // namespace

const char* to_string(Level level) {
  switch (level) {
    case Level::passes:
      return "passes";
    case Level::fails:
      return "fails";
    case Level::not_claimed:
      return "not claimed";
    case Level::excused:
      break;
  }
  return "excused";
}

Runner::Child Runner::run_child(const std::function<std::string()>& body, bool ends_the_process) {
  int ends[2];
  const int output = ::memfd_create("output", MFD_CLOEXEC);
  if (output < 0 || ::pipe(ends) != 0) throw std::runtime_error("no pipe for a check's process");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no process for a check");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::close(ends[0]);
    const bool told = write_all(ends[1], body());
    ::close(ends[1]);
    if (ends_the_process) std::exit(told ? 0 : 1);
    ::fflush(nullptr);
    ::_exit(told ? 0 : 1);
  }
  ::close(ends[1]);
  Child out;
  const auto until = std::chrono::steady_clock::now() + time_limit_;
  const auto left = [&] {
    using std::chrono::milliseconds;
    const auto rest = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::int64_t>(rest.count(), 0));
  };
  char block[4096];
  for (bool open = true; open && !out.timed_out;) {
    pollfd waited{ends[0], POLLIN, 0};
    if (::poll(&waited, 1, left()) == 0) {
      out.timed_out = true;
      break;
    }
    const auto got = ::read(ends[0], block, sizeof block);
    open = got > 0;
    if (open) out.told.append(block, static_cast<std::size_t>(got));
  }
  // Its end may hang too: in the destruction of static objects.
  while (!out.timed_out && ::waitpid(child, &out.status, WNOHANG) == 0) {
    if (left() == 0) out.timed_out = true;
    ::poll(nullptr, 0, 1);
  }
  if (out.timed_out) {
    ::kill(child, SIGKILL);
    ::waitpid(child, &out.status, 0);
  }
  struct stat printed {};
  ::fstat(output, &printed);
  out.printed = printed.st_size;
  ::close(output);
  ::close(ends[0]);
  return out;
}

PluginFacts Runner::load() {
  const Child child = run_child(
      [] {
        try {
          const auto& loaded = driver();
          return json::serialize(json::object{{"name", loaded.plugin_name()},
                                              {"version", loaded.version()},
                                              {"client", loaded.client()},
                                              {"capabilities", loaded.capabilities()}});
        } catch (...) {
          return std::string();  // the checks of the binary say why
        }
      },
      false);
  PluginFacts facts;
  json::error_code error;
  const auto told = json::parse(child.told, error);
  if (error || !told.is_object()) return facts;
  const auto& object = told.as_object();
  facts.loaded = true;
  facts.name = text_of(object, "name");
  facts.version = text_of(object, "version");
  facts.client = text_of(object, "client");
  facts.capabilities = object.at("capabilities").to_number<std::uint64_t>();
  return facts;
}

Finding Runner::run(const Check& check) {
  Finding out{check.area, check.name, check.rules, check.about, Level::passes, "", "", 0};
  const auto start = std::chrono::steady_clock::now();
  const Child child = run_child(
      [&check] {
        const EdgeWatch before;
        return outcome_of(check, before);
      },
      check.ends_the_process);
  using std::chrono::milliseconds;
  out.milliseconds =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start).count();
  note_edge(check, child);
  const std::string first_rule = check.rules.substr(0, check.rules.find(' '));
  const auto fail = [&](const std::string& text, const std::string& rule) {
    out.level = Level::fails;
    out.text = text;
    out.rule = rule;
  };
  if (child.timed_out) {
    fail("it did not end within " + std::to_string(time_limit_.count()) + " s", first_rule);
    return out;
  }
  if (WIFSIGNALED(child.status)) {
    fail("the process died of " + signal_text(WTERMSIG(child.status)), "B6");
    return out;
  }
  json::error_code error;
  const auto told = json::parse(child.told, error);
  if (error || !told.is_object()) {
    fail("the process ended in the middle of it, with exit code " + std::to_string(WEXITSTATUS(child.status)),
         "B6");
    return out;
  }
  const auto& object = told.as_object();
  out.text = text_of(object, "text");
  const std::string level = text_of(object, "level");
  if (level == "fails") {
    const std::string rule = text_of(object, "rule");
    fail(out.text, rule.empty() ? first_rule : rule);
  } else if (level == "not claimed") {
    out.level = Level::not_claimed;
  } else if (WEXITSTATUS(child.status) != 0) {
    fail("the process ended with exit code " + std::to_string(WEXITSTATUS(child.status)), "B6");
  }
  return out;
}

void Runner::note_edge(const Check& check, const Child& child) {
  const std::string in = "in " + check.full_name();
  if (child.printed > 0) printed_.push_back(std::to_string(child.printed) + " bytes " + in);
  json::error_code error;
  const auto told = json::parse(child.told, error);
  if (error || !told.is_object()) return;
  if (const auto* changed = told.as_object().if_contains("changed"))
    for (const auto& each : changed->as_array()) changed_.push_back(std::string(each.as_string()) + " " + in);
}

std::vector<Finding> Runner::edge_findings() const {
  const auto finding = [](const char* name, const char* about, const std::vector<std::string>& found,
                          const char* what) {
    Finding out{"process", name, "B6", about, Level::passes, "", "", 0};
    if (!found.empty()) {
      out.level = Level::fails;
      out.rule = "B6";
      out.text = what + joined(found);
    }
    return out;
  };
  return {
      finding("output", "writes nothing to standard output and standard error, in no check", printed_,
              "it wrote "),
      finding("state", "leaves signal handlers and masks, locale and working folder alone, in every check",
              changed_, "it changed ")};
}

}  // namespace psa_conformance

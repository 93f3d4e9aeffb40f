// What a process sees that does not trust its environment: set-user-id, made by safety_test.cpp.
#include <iostream>

#include <sys/auxv.h>

#include <prefect_sqlalchemy/drivers/registry.hpp>

int main() {
  std::cout << (::getauxval(AT_SECURE) != 0 ? "privileged\n" : "plain\n");
  const auto report = prefect_sqlalchemy::explain_driver("fake+privileged");
  for (const auto& folder : report.folders) std::cout << "searched " << folder.path.string() << '\n';
  for (const auto& variable : report.ignored) std::cout << "ignored " << variable << '\n';
  std::cout << "candidates " << report.candidates.size() << '\n';
}

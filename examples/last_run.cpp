// Prints the newest flow run of the store: its task runs, their states and the statements that ran.
#include <iostream>
#include <prefect.hpp>

int main() {
    prefect::RunHistory history;
    const auto runs = history.flow_runs(1);
    if (runs.empty()) {
        std::cout << "no flow has run yet\n";
        return 0;
    }
    prefect::print(std::cout, *history.flow_run(runs.front().id));
}

// Finding and loading a plugin beside a bare dlopen of the same file, and listing fifty plugins beside
// listing none. Each measurement is made in a process of its own, as what is loaded stays; told is that
// process's CPU time.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>
#include <dlfcn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <prefect_sqlalchemy/drivers/registry.hpp>

namespace {

namespace fs = std::filesystem;
using namespace prefect_sqlalchemy;

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// The time that `work` takes in a child; it says whether it did what it should.
template <class Work>
double in_a_child(Work work) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const auto child = ::fork();
  if (child == 0) {
    const auto before = cpu_seconds();
    const bool done = work();
    const double took = done ? cpu_seconds() - before : -1;
    ::_exit(::write(ends[1], &took, sizeof took) == sizeof took ? 0 : 1);
  }
  ::close(ends[1]);
  double took = -1;
  const bool told = ::read(ends[0], &took, sizeof took) == sizeof took;
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  if (!told || took < 0) throw std::runtime_error("the measured process failed");
  return took;
}

template <class Work>
void measure(benchmark::State& state, Work work) {
  for (auto _ : state) state.SetIterationTime(in_a_child(work));
}

/// A folder with that many copies of the SQLite plugin; removed at the end.
class Copies {
 public:
  explicit Copies(int count) {
    std::string folder = (fs::temp_directory_path() / "psa-bench-drivers.XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder");
    folder_ = folder;
    const auto plugin = explain_driver("sqlite").candidates.at(0);
    for (int i = 0; i < count; ++i) {
      const auto name = "copy" + std::to_string(i);
      fs::copy(plugin.library, folder_ / (name + ".so"));
      std::ifstream in(plugin.manifest);
      std::string manifest{std::istreambuf_iterator<char>(in), {}};
      manifest.replace(manifest.find("sqlite.so"), 9, name + ".so");
      std::ofstream(folder_ / (name + ".json")) << manifest;
    }
  }
  Copies(const Copies&) = delete;
  Copies& operator=(const Copies&) = delete;
  ~Copies() { fs::remove_all(folder_); }

  void search_here() const { ::setenv("PREFECT_SQLALCHEMY_DRIVER_PATH", folder_.c_str(), 1); }

 private:
  fs::path folder_;
};

void load_bare(benchmark::State& state) {
  const auto library = explain_driver("sqlite").candidates.at(0).library;
  measure(state, [&] { return ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr; });
}

void load_here(benchmark::State& state) {
  measure(state, [] { return find_driver("sqlite").plugin_name() == "sqlite"; });
}

void list(benchmark::State& state, int count) {
  const Copies copies(count);
  measure(state, [&] {
    copies.search_here();
    return list_drivers().size() == static_cast<std::size_t>(count);
  });
}
void list_none(benchmark::State& state) { list(state, 0); }
void list_fifty(benchmark::State& state) { list(state, 50); }

BENCHMARK(load_bare)->Name("load/bare/real_time")->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(load_here)->Name("load/find_driver/real_time")->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(list_none)->Name("list/none/real_time")->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(list_fifty)->Name("list/fifty/real_time")->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();

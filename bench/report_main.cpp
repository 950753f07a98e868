// lowbit against the limits of this machine and against others: writes report.json, report.md and
// report.gnuplot. report.hpp says what they are, tasks.hpp what is measured, rounds.hpp how.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "clock.hpp"
#include "lowbit/lowbit.hpp"
#include "peers/peers.hpp"
#include "read_rate.hpp"
#include "report.hpp"
#include "roofline.hpp"
#include "tasks.hpp"
#include "text.hpp"

namespace {

constexpr const char* usage =
    "usage: report [--quick] [--filter TEXT] [--out DIRECTORY]\n"
    "  --quick    a subset within a minute (also: LOWBIT_BENCH_QUICK=1)\n"
    "  --filter   only rows with TEXT in \"task MxNxK isa\"\n"
    "  --out      where report.json, report.md and report.gnuplot go (default: here)\n";

struct options {
  bool quick = false;
  std::string filter;
  std::string directory = ".";
};

options parse(int argc, char** argv) {
  options out;
  const char* const quick = std::getenv("LOWBIT_BENCH_QUICK");
  out.quick = quick != nullptr && *quick != '\0' && std::strcmp(quick, "0") != 0;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const bool has_value = i + 1 < argc;
    if (name == "--quick")
      out.quick = true;
    else if (name == "--filter" && has_value)
      out.filter = argv[++i];
    else if (name == "--out" && has_value)
      out.directory = argv[++i];
    else
      throw std::invalid_argument(usage);
  }
  return out;
}

/// One line on a terminal, rewritten; nothing elsewhere.
class progress {
 public:
  ~progress() { show(""); }
  void show(const std::string& text) const {
    if (on_terminal_) std::fprintf(stderr, "\r\033[K%s", text.c_str());
  }

 private:
  bool on_terminal_ = isatty(STDERR_FILENO) != 0;
};

void measure_roofs(bench::report& all, const bench::effort& how) {
  for (const bench::instruction_mix& mix : bench::instruction_mixes()) {
    if (!mix.available()) {
      all.skipped.push_back(std::string(mix.short_name) + " skipped: this CPU does not have it");
      continue;
    }
    const bench::turns taken = bench::interleave({mix.run}, how);
    all.roofs.push_back({mix.name, mix.short_name, mix.isa, bench::median_rate(taken[0], mix.mac)});
  }
  for (const bench::memory_level& level : bench::memory_levels()) {
    const bench::read_set set(level.bytes);
    const bench::turns taken = bench::interleave({[&] { set.read(); }}, how);
    const auto bytes = static_cast<double>(set.bytes());
    all.reads.push_back({level.name, bytes, bench::median_rate(taken[0], bytes),
                         bytes / bench::median_ns(taken[0])});
  }
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
  std::printf("written: %s\n", path.c_str());
}

void run(const options& chosen) {
  std::filesystem::create_directories(chosen.directory);  // before, not after, minutes of measuring
  bench::effort how;
  if (chosen.quick) {
    how.rounds = how.fewest_rounds;
    how.turn_ns = 1e6;
    how.warming_ns = 3e6;
  }
  bench::limit_peer_threads(how.threads);

  bench::report all;
  all.where = bench::this_machine();
  all.build = lowbit::build_info();
  all.compiler = LOWBIT_COMPILER;
  all.flags = LOWBIT_BENCH_FLAGS;
  all.isa = lowbit::active_isa();
  all.quick = chosen.quick;
  for (const bench::peer& library : bench::peers())
    if (library.make == nullptr)
      all.skipped.push_back(std::string(library.name) +
                            " skipped: not installed (Debian: " + library.package + ")");

  std::vector<bench::task> wanted;
  for (bench::task& one : bench::tasks(chosen.quick))
    if (one.name.find(chosen.filter) != std::string::npos) wanted.push_back(std::move(one));
  const progress line;
  line.show("roofs");
  measure_roofs(all, how);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    line.show(bench::format("[%zu/%zu] %s", i + 1, wanted.size(), wanted[i].name.c_str()));
    all.issue_widths.push_back(bench::measure_issue_width());
    for (bench::row& one : wanted[i].measure(how)) all.rows.push_back(std::move(one));
  }
  line.show("");
  all.load_after = bench::load_average();

  const std::string text = bench::to_markdown(all);
  std::fputs(text.c_str(), stdout);
  std::printf("\n");
  write(chosen.directory + "/report.md", text);
  write(chosen.directory + "/report.json", bench::to_json(all));
  write(chosen.directory + "/report.gnuplot", bench::to_gnuplot(all));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    bench::give_peers_their_best(argv);
    run(parse(argc, argv));
  } catch (const std::exception& e) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}

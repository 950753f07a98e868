// Trains the training systems of the literature on Fashion-MNIST with one network, 784-256-256-10, and compares them: with
// the float twin, with each other, and on bits. Every system has the same epochs and batches; what counts is the last epoch,
// never the best on the test images. The exit code is 1 if a code or a logit on bits differs from the network in floats.
#include <algorithm>
#include <ctime>
#include <exception>
#include <fstream>
#include <iostream>
#include <lowbit/dispatch/build_info.hpp>

#include "options.hpp"
#include "report.hpp"

namespace {

struct settings {
  std::string data, only, json;
  lowbit::index_t epochs = 6, images = 60000, seeds = 3;
  bool quick = false, no_integers = false;
};

int run(int argc, char** argv) {
  settings s;
  command_line line("reproduce",
                    "Trains the systems of the literature on Fashion-MNIST and compares them.");
  line.add("--data", "DIR", "the four .gz files of Fashion-MNIST (default: where Debian has them)",
           s.data);
  line.add("--only", "NAME", "systems whose name contains NAME, and the float twin", s.only);
  line.add("--epochs", "N", "passes over the training images (default: 6)", s.epochs,
           lowbit::index_t{1}, lowbit::index_t{1000});
  line.add("--images", "N", "of which so many train (default: 60000)", s.images,
           lowbit::index_t{100}, lowbit::index_t{60000});
  line.add("--seeds", "N", "runs of each system (default: 3)", s.seeds, lowbit::index_t{1},
           lowbit::index_t{100});
  line.add("--quick", "a first look: one seed, 10000 images", s.quick);
  line.add("--no-integers", "without the training with integers alone", s.no_integers);
  line.add("--json", "FILE", "write the results to FILE as well", s.json);
  line.parse(argc, argv);
  if (s.quick) {
    s.seeds = 1;
    s.images = 10000;
  }

  task what{load_data(s.data, false), s.epochs};
  const dataset whole = what.data;
  what.data.train = first_of(what.data.train, s.images);
  std::printf("%s\n%td images to train for %td epochs, %td to test\n\n",
              lowbit::build_info().c_str(), what.data.train.size(), s.epochs,
              what.data.test.size());
  const auto cpu_seconds = [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; };

  report r;
  std::vector<twin_network> twins;
  r.rows.push_back({});
  for (lowbit::index_t i = 1; i <= s.seeds; ++i) {
    r.seeds.push_back(static_cast<std::uint64_t>(i));
    twins.push_back(train_twin(what, r.seeds.back()));
    r.rows[0].runs.emplace_back().accuracy = accuracy_of(twins.back(), what);
  }
  print_heading();
  print_row(r.rows[0]);
  for (const system_row& system : systems()) {
    if (std::string(system.name).find(s.only) == std::string::npos) continue;
    report_row row{&system, {}, 0};
    const double start = cpu_seconds();
    for (std::size_t i = 0; i < twins.size(); ++i)
      row.runs.push_back(train_system(system, what, r.seeds[i], twins[i]));
    row.seconds = cpu_seconds() - start;
    print_row(row);
    r.rows.push_back(std::move(row));
  }
  if (!s.no_integers) {
    r.integers = train_with_integers(whole, 1);
    std::printf("\nintegers alone, 784-200-100-50-10: %.2f %% in %.0f s\n",
                100 * r.integers.accuracy, r.integers.seconds);
    for (const auto& [isa, hash] : r.integers.hashes)
      std::printf("  %-16s %016llx after 1000 steps\n", isa.c_str(),
                  static_cast<unsigned long long>(hash));
  }
  std::printf("\n");
  print_verdicts(verdicts(r));
  r.cpu_seconds = cpu_seconds();
  std::printf("\n%td codes and logits differ on bits; %.0f seconds of the processor\n",
              r.differing(), r.cpu_seconds);
  if (!s.json.empty()) {
    std::ofstream file(s.json);
    write_json(r, file);
    if (!file.flush()) throw std::runtime_error("cannot write " + s.json);
  }
  return r.differing() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try { return run(argc, argv); } catch (const std::exception& e) {
  std::fprintf(stderr, "reproduce: %s\n", e.what());
  return 2;
}

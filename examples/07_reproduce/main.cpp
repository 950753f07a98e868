// Trains the training systems of the literature on Fashion-MNIST with one dense network, 784-256-256-10, and six of them
// with a small convolution network. Compares them: with the float twin, with each other, and on bits. Every system has
// the same epochs and batches. What counts is the last epoch, never the best on the test images. The exit code is 1 if a code or a logit on bits differs from the network in floats.
#include <algorithm>
#include <ctime>
#include <exception>
#include <lowbit/dispatch/build_info.hpp>
#include <thread>

#include "in_order.hpp"
#include "json.hpp"
#include "options.hpp"
#include "report.hpp"

namespace {

struct settings {
  std::string data, only, json, plot;
  lowbit::index_t epochs = 6, batch = 200, images = 60000, seeds = 3;
  lowbit::index_t threads = std::max(1u, std::thread::hardware_concurrency());
  bool quick = false, no_integers = false;
};

settings parsed(int argc, char** argv) {
  settings s;
  command_line line("reproduce",
                    "Trains the systems of the literature on Fashion-MNIST and compares them.");
  line.add("--data", "DIR", "the four .gz files of Fashion-MNIST (default: where Debian has them)",
           s.data);
  line.add("--only", "NAME", "systems whose name contains NAME, and their float twins", s.only);
  line.add("--epochs", "N", "passes over the training images (default: 6)", s.epochs,
           lowbit::index_t{1}, lowbit::index_t{1000});
  line.add("--batch", "N", "images per step of training (default: 200)", s.batch,
           lowbit::index_t{1}, lowbit::index_t{60000});
  line.add("--images", "N", "of which so many train (default: 60000)", s.images,
           lowbit::index_t{100}, lowbit::index_t{60000});
  line.add("--seeds", "N", "runs of each system (default: 3)", s.seeds, lowbit::index_t{1},
           lowbit::index_t{100});
  line.add("--quick", "a first look: one seed, 10000 images", s.quick);
  line.add("--no-integers", "without the training with integers alone", s.no_integers);
  line.add("--threads", "N", "runs side by side (default: one per core)", s.threads,
           lowbit::index_t{1}, lowbit::index_t{256});
  line.add("--plot", "FILE", "draw accuracy over bytes as SVG", s.plot);
  line.add("--json", "FILE", "write the results to FILE as well", s.json);
  line.parse(argc, argv);
  if (s.quick) {
    s.seeds = 1;
    s.images = 10000;
  }
  return s;
}

/// Trains the systems and their twins, and prints the table row by row.
void train_all(const std::vector<const system_row*>& systems, const dataset& data,
               const settings& s, report& r) {
  std::vector<task> tasks;
  for (const network_plan* const plan : {&mlp, &cnn}) {
    const auto used = [&](const system_row* system) { return system->network == plan; };
    if (std::none_of(systems.begin(), systems.end(), used)) continue;
    tasks.push_back(
        {plan, {data.train, plan->images}, {data.test, plan->images}, s.epochs, s.batch});
    r.rows.push_back({nullptr, plan, {}});
  }
  for (const system_row* const system : systems) r.rows.push_back({system, system->network, {}});

  // The twins come first: they are teachers, too.
  const std::size_t seeds = r.seeds.size();
  const std::vector<network> twins = in_order<network>(
      tasks.size() * seeds, s.threads,
      [&](std::size_t run) { return train_twin(tasks[run / seeds], r.seeds[run % seeds]); },
      [](std::size_t, const network&) {});
  print_heading();
  in_order<trained>(
      r.rows.size() * seeds, s.threads,
      [&](std::size_t run) {
        const report_row& row = r.rows[run / seeds];
        const std::size_t at = row.network == tasks[0].network ? 0 : 1, seed = run % seeds;
        network twin = twins[at * seeds + seed];
        return row.system == nullptr ? result_of_twin(twin, tasks[at])
                                     : train_system(*row.system, tasks[at], r.seeds[seed], twin);
      },
      [&](std::size_t run, const trained& made) {
        report_row& row = r.rows[run / seeds];
        row.runs.push_back(made);
        if (row.runs.size() == seeds) print_row(row);
      });
}

int run(int argc, char** argv) {
  const settings s = parsed(argc, argv);
  std::vector<const system_row*> chosen;
  for (const system_row& system : systems())
    if (std::string(system.name).find(s.only) != std::string::npos) chosen.push_back(&system);
  if (chosen.empty()) throw usage_error("--only: no system has '" + s.only + "' in its name");

  for (const system_row* const system : chosen)
    if (system->decay && s.epochs < 4)
      throw usage_error("--epochs: the decay of bits of '" + std::string(system->name) +
                        "' takes 4 epochs or more");

  const dataset whole = load_data(s.data, false);
  dataset data = whole;
  data.train = first_of(std::move(data.train), s.images);
  std::printf(
      "%s\n%td images to train for %td epochs in batches of %td, %td to test; %td threads\n\n",
      lowbit::build_info().c_str(), data.train.size(), s.epochs, s.batch, data.test.size(),
      s.threads);
  report r;
  for (lowbit::index_t i = 1; i <= s.seeds; ++i) r.seeds.push_back(static_cast<std::uint64_t>(i));
  train_all(chosen, data, s, r);
  if (!s.no_integers) {
    r.integers = train_with_integers(whole, 1);
    print_integers(r.integers);
  }
  print_verdicts(verdicts(r));
  r.cpu_seconds = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  std::printf("\n%td codes and logits differ on bits; %.0f seconds of the processor\n",
              r.differing(), r.cpu_seconds);
  write_text(s.json, [&](std::ostream& out) { write_json(r, out); });
  write_text(s.plot, [&](std::ostream& out) { write_plot(r, out); });
  return r.differing() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try { return run(argc, argv); } catch (const std::exception& e) {
  std::fprintf(stderr, "reproduce: %s\n", e.what());
  return 2;
}

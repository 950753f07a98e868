// From trained networks to few bytes: pipelines of pruning, sharing, quantization and entropy coding on LeNet-300-100 and
// a small convolution network. Every file is loaded again, runs out of its compressed form, and is compared, logit by
// logit, with the same network in floats. The float networks that errors are compared with have as many epochs in all.
// The exit code is 1 if a logit differs.
#include <algorithm>
#include <ctime>
#include <exception>
#include <lowbit/dispatch/build_info.hpp>
#include <stdexcept>

#include "hashed.hpp"
#include "in_order.hpp"
#include "json.hpp"
#include "options.hpp"
#include "report.hpp"
#include "runs.hpp"
#include "widths.hpp"

namespace {

using lowbit::index_t;

struct settings {
  std::string data, only, json, plot, save;
  index_t seeds = 3, images = 60000;
  index_t threads = std::max(1u, std::thread::hardware_concurrency());
  bool quick = false, all = false;
};

settings parsed(int argc, char** argv) {
  settings s;
  command_line line("compress", "Compresses trained networks by the pipelines of the literature.");
  line.add("--data", "DIR", "the four .gz files of Fashion-MNIST (default: where Debian has them)",
           s.data);
  line.add("--only", "NAME", "pipelines whose name contains NAME", s.only);
  line.add("--seeds", "N", "runs of each pipeline (default: 3)", s.seeds, index_t{1}, index_t{100});
  line.add("--images", "N", "train with so many images (default: 60000)", s.images, index_t{100},
           index_t{60000});
  line.add("--quick", "a first look: one seed, a quarter of the epochs", s.quick);
  line.add("--all", "TTQ, CLIP-Q, VNQ and longer three of four, too (--only finds them anyway)",
           s.all);
  line.add("--threads", "N", "runs side by side (default: one per core)", s.threads, index_t{1},
           index_t{256});
  line.add("--save", "DIR", "write the files to DIR, and load them from there", s.save);
  line.add("--plot", "FILE", "draw error over bytes as SVG", s.plot);
  line.add("--json", "FILE", "write the results to FILE as well", s.json);
  line.parse(argc, argv);
  if (s.quick) s.seeds = 1;
  return s;
}

/// A float network of a seed, and its epochs.
struct float_run {
  const network_plan* network;
  index_t epochs;
  std::uint64_t seed;
  friend bool operator==(const float_run&, const float_run&) = default;
};

constexpr const char* hashed_name = "HashedNets 1/64";

/// The float networks that pipelines start from, those of as many epochs in all, and teachers.
std::vector<float_run> float_runs(const std::vector<pipeline_plan>& plans,
                                  const std::vector<std::uint64_t>& seeds) {
  std::vector<float_run> all;
  for (const std::uint64_t seed : seeds)
    for (const pipeline_plan& p : plans)
      for (const float_run& r : {float_run{p.network, p.epochs_before, seed},
                                 float_run{p.network, p.epochs_before + p.epochs, seed},
                                 float_run{p.teacher.network, p.teacher.epochs, seed}})
        if (r.network != nullptr && std::find(all.begin(), all.end(), r) == all.end())
          all.push_back(r);
  return all;
}

void run_pipelines(const std::vector<pipeline_plan>& plans, const data_of& vectors,
                   const data_of& pictures, const settings& s, report& r) {
  const auto data_for = [&](const network_plan* n) -> const data_of& {
    return n == &lenet ? vectors : pictures;
  };
  const std::vector<float_run> runs = float_runs(plans, r.seeds);
  std::vector<double> errors;
  const std::vector<plain_network> floats = in_order<plain_network>(
      runs.size(), s.threads,
      [&](std::size_t i) {
        return train_float(*runs[i].network, data_for(runs[i].network), runs[i].epochs,
                           runs[i].seed);
      },
      [](std::size_t, const plain_network&) {});
  for (std::size_t i = 0; i < runs.size(); ++i) {
    plain_network net = floats[i];
    net.set_training(false);
    errors.push_back(error_of(net, data_for(runs[i].network)));
  }
  const auto index_of = [&](const float_run& wanted) {
    return static_cast<std::size_t>(std::find(runs.begin(), runs.end(), wanted) - runs.begin());
  };

  print_heading();
  const std::size_t seeds = r.seeds.size();
  std::vector<std::vector<packed_result>> of_plan;
  in_order<std::vector<packed_result>>(
      plans.size() * seeds, s.threads,
      [&](std::size_t run) {
        const pipeline_plan& p = plans[run / seeds];
        const std::uint64_t seed = r.seeds[run % seeds];
        const auto trained = [&](const network_plan* network, index_t epochs) {
          return trained_network{floats[index_of({network, epochs, seed})], data_for(network)};
        };
        auto made = compressed(
            p, trained(p.network, p.epochs_before),
            p.teacher.network != nullptr
                ? std::make_unique<trained_network>(trained(p.teacher.network, p.teacher.epochs))
                : nullptr,
            seed, s.save);
        for (packed_result& each : made)
          each.error_float = errors[index_of({p.network, p.epochs_before + p.epochs, seed})];
        return made;
      },
      [&](std::size_t run, const std::vector<packed_result>& made) {
        const pipeline_plan& p = plans[run / seeds];
        of_plan.push_back(made);
        if (of_plan.size() < seeds) return;
        for (std::size_t f = 0; f < p.files.size(); ++f) {
          report_row row{p.name + p.files[f].coding, p.network->name, {}};
          for (const auto& of_seed : of_plan) row.runs.push_back(of_seed[f]);
          print_row(row);
          r.rows.push_back(std::move(row));
        }
        of_plan.clear();
      });
}

/// HashedNets and dense networks of as many numbers, which is what their error is compared with.
void run_hashed(const data_of& data, const settings& s, report& r) {
  const index_t epochs = training_length{s.quick}.epochs(10);
  report_row row{hashed_name, hashed_network, {}};
  using pair = std::pair<packed_result, small_dense>;
  in_order<pair>(
      r.seeds.size(), s.threads,
      [&](std::size_t i) {
        pair made{hashed(data, epochs, r.seeds[i], s.save),
                  train_small_dense(data, epochs, r.seeds[i])};
        made.first.error_float = made.second.error;
        return made;
      },
      [&](std::size_t, const pair& made) {
        row.runs.push_back(made.first);
        r.small_dense_runs.push_back(made.second);
      });
  print_row(row);
  r.rows.push_back(std::move(row));
  print_small_dense(r);
}

int run(int argc, char** argv) {
  const settings s = parsed(argc, argv);
  std::vector<pipeline_plan> plans;
  for (pipeline_plan& p : all_pipelines({s.quick}, s.all || !s.only.empty()))
    if ((p.name + ", " + p.network->name).find(s.only) != std::string::npos)
      plans.push_back(std::move(p));
  const bool with_hashes = std::string(hashed_name).find(s.only) != std::string::npos;
  if (plans.empty() && !with_hashes)
    throw usage_error("--only: no pipeline has '" + s.only + "' in its name");

  dataset data = load_data(s.data, false);
  data.train = first_of(std::move(data.train), s.images);
  std::printf("%s\n%td images to train, %td to test; %td threads\n\n", lowbit::build_info().c_str(),
              data.train.size(), data.test.size(), s.threads);
  const data_of vectors{{data.train, as_vector}, {data.test, as_vector}};
  const data_of pictures{{data.train, folded}, {data.test, folded}};
  report r;
  for (index_t i = 1; i <= s.seeds; ++i) r.seeds.push_back(static_cast<std::uint64_t>(i));
  if (!plans.empty()) run_pipelines(plans, vectors, pictures, s, r);
  if (with_hashes) run_hashed(vectors, s, r);
  print_widths(r);
  print_parts(r);
  print_bits(r);
  r.cpu_seconds = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  std::printf(
      "\n%td logits differ from those of the decoded networks; %.0f seconds of the processor\n",
      r.differing_logits(), r.cpu_seconds);
  write_text(s.json, [&](std::ostream& out) { write_json(r, out); });
  write_text(s.plot, [&](std::ostream& out) { write_plot(r, out); });
  return r.differing_logits() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try { return run(argc, argv); } catch (const std::exception& e) {
  std::fprintf(stderr, "compress: %s\n", e.what());
  return 2;
}

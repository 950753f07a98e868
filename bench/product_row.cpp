#include "product_row.hpp"

#include "clock.hpp"
#include "read_rate.hpp"
#include "roofline.hpp"
#include "text.hpp"

namespace bench {

lowbit::matrix<float> random_floats(index_t rows, index_t cols, std::uint64_t seed) {
  lowbit::matrix<float> x(rows, cols);
  const lowbit::random_stream random(seed);
  for (index_t i = 0; i < rows * cols; ++i) x.data()[i] = 2 * random.uniform(i) - 1;
  return x;
}

std::vector<index_t> spread(index_t rows, index_t samples) {
  const index_t count = std::min(rows, samples);
  std::vector<index_t> chosen;
  for (index_t i = 0; i < count; ++i)
    chosen.push_back(count == 1 ? 0 : i * (rows - 1) / (count - 1));
  return chosen;
}

std::shared_ptr<const integer_product> integers_of(const product_shape& shape,
                                                   const lowbit::matrix<std::int32_t>& lhs,
                                                   const lowbit::matrix<std::int32_t>& rhs) {
  const auto out = std::make_shared<integer_product>();
  out->shape = shape;
  out->binary = true;
  const auto copy = [&](const lowbit::matrix<std::int32_t>& from,
                        lowbit::matrix<std::int8_t>& bytes, lowbit::matrix<float>& floats,
                        std::int8_t& smallest) {
    bytes = lowbit::matrix<std::int8_t>(from.rows(), from.cols());
    floats = lowbit::matrix<float>(from.rows(), from.cols());
    for (index_t i = 0; i < from.rows() * from.cols(); ++i) {
      const std::int32_t x = from.data()[i];
      bytes.data()[i] = static_cast<std::int8_t>(x);
      floats.data()[i] = static_cast<float>(x);
      smallest = std::min(smallest, static_cast<std::int8_t>(x));
      out->binary = out->binary && (x == 1 || x == -1);
    }
  };
  copy(lhs, out->lhs, out->float_lhs, out->smallest_lhs);
  copy(rhs, out->rhs, out->float_rhs, out->smallest_rhs);
  return out;
}

std::vector<rival> rivals_for(const std::shared_ptr<const integer_product>& product) {
  std::vector<rival> found;
  for (const peer& library : peers())
    if (library.make != nullptr)
      if (std::optional<rival> one = library.make(product)) found.push_back(std::move(*one));
  return found;
}

row measure_product(product_work work, const effort& how) {
  row result = work.about;
  if (const std::string wrong = work.first_wrong(); !wrong.empty())
    throw std::runtime_error(result.task + " on " + result.isa + ": " + wrong +
                             " differs from the scalar reference");
  std::erase_if(work.rivals, [&](const rival& other) {
    constexpr double patience_ns = 2e9;
    const double start = now_ns();
    other.run();
    const double ns = now_ns() - start;
    const bool wrong = !other.agrees(work.expected), slow = ns > patience_ns;
    if (wrong) result.notes.push_back(other.name + " left out: it differs from the reference");
    if (slow) result.notes.push_back(other.name + format(" left out: it takes %.1f s", ns / 1e9));
    return wrong || slow;
  });

  enum : std::size_t { prepared, unprepared, packing, with_packing };
  std::vector<candidate> candidates = {work.prepared, work.unprepared, work.packing,
                                       work.with_packing};
  const instruction_mix* const roof = roof_of_kernel(result.kernel, result.isa);
  const std::size_t at_roof = candidates.size();
  if (roof != nullptr) candidates.push_back(roof->run);
  // With one lhs row every bit of the rhs is read once: then loads are a roof as well.
  const bool reads_once = result.shape[0] == 1;
  const std::size_t at_read = candidates.size();
  const auto set = std::make_shared<read_set>(static_cast<std::size_t>(work.rhs_bytes));
  if (reads_once) candidates.push_back([=] { set->read(); });
  const std::size_t first_rival = candidates.size();
  for (const rival& other : work.rivals) candidates.push_back(other.run);

  const turns taken = interleave(candidates, how);
  const std::vector<turn>& ours = taken[prepared];
  result.threads = how.threads;
  result.rounds = static_cast<int>(ours.size());
  result.median_ns = median_ns(ours);
  result.mac_per_cycle = median_rate(ours, work.mac);
  result.unprepared_ns = median_ns(taken[unprepared]);
  result.packing_ns = median_ns(taken[packing]);
  result.with_packing_ns = median_ns(taken[with_packing]);
  if (roof != nullptr) {
    result.peak = roof->name;
    result.of_peak = median_share(ours, work.mac * work.terms, taken[at_roof], roof->mac);
  }
  if (reads_once)
    result.of_read =
        median_share(ours, work.rhs_bytes, taken[at_read], static_cast<double>(set->bytes()));
  for (std::size_t i = 0; i < work.rivals.size(); ++i) {
    const std::vector<turn>& theirs = taken[first_rival + i];
    result.rivals.push_back({work.rivals[i].name, work.rivals[i].how, median_ns(theirs),
                             median_rate(theirs, work.mac), median_ratio(theirs, ours)});
  }
  return result;
}

}  // namespace bench

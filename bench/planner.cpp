// Does the route choose well? Every family is forced for every pair of formats and every shape, and the fastest of them is
// compared with the one that gemm() takes. Prints a table in Markdown: the families in microseconds, what is chosen, and
// its time over the least. Ends with how many rows lose more than a tenth.
//
//     planner                 the ISA of this program
//     planner all             every ISA of this machine
//     planner avx2 ...        these
//
// Right operands are prepared for the left operand's format, as weights are. Times are medians of rounds
// (bench/rounds.hpp), all candidates in turns. Costs in kernel/ are measured with this program.
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>

#include "lowbit/encode/quantize.hpp"
#include "lowbit/product/explain.hpp"
#include "lowbit/quantize/all.hpp"
#include "lowbit/tensor/any_quantized_matrix.hpp"
#include "rounds.hpp"

namespace {

using lowbit::any_isa;
using lowbit::code_format;
using lowbit::index_t;

struct pair {
  const char* name;
  code_format lhs, rhs;
};
struct sizes {
  index_t rows, cols, depth;
};

const pair pairs[] = {
    {"W1A1", lowbit::format_of<lowbit::binary>(), lowbit::format_of<lowbit::binary>()},
    {"W1A2", lowbit::format_of<lowbit::unsigned_bits<2>>(), lowbit::format_of<lowbit::binary>()},
    {"W2A2", lowbit::format_of<lowbit::unsigned_bits<2>>(),
     lowbit::format_of<lowbit::signed_bits<2>>()},
    {"ternary x ternary", lowbit::format_of<lowbit::ternary>(),
     lowbit::format_of<lowbit::ternary>()},
    {"W1A3", lowbit::format_of<lowbit::unsigned_bits<3>>(), lowbit::format_of<lowbit::binary>()},
    {"W1A4", lowbit::format_of<lowbit::unsigned_bits<4>>(), lowbit::format_of<lowbit::binary>()},
    {"W3A3", lowbit::format_of<lowbit::unsigned_bits<3>>(),
     lowbit::format_of<lowbit::signed_bits<3>>()},
    {"W2A4", lowbit::format_of<lowbit::unsigned_bits<4>>(),
     lowbit::format_of<lowbit::signed_bits<2>>()},
    {"W4A4", lowbit::format_of<lowbit::unsigned_bits<4>>(),
     lowbit::format_of<lowbit::signed_bits<4>>()},
    {"W1A8", lowbit::format_of<lowbit::signed_bits<8>>(), lowbit::format_of<lowbit::binary>()},
    {"ternary x int8", lowbit::format_of<lowbit::signed_bits<8>>(),
     lowbit::format_of<lowbit::ternary>()},
    {"W8A8", lowbit::format_of<lowbit::signed_bits<8>>(),
     lowbit::format_of<lowbit::signed_bits<8>>()},
};
constexpr sizes shapes[] = {{1, 1024, 1024}, {1, 4096, 4096}, {8, 1024, 1024}, {64, 64, 64},
                            {256, 256, 256}, {3136, 64, 576}, {512, 512, 512}};

using codes = lowbit::packed_matrix<lowbit::any_encoding>;

/// Random codes of a format.
codes random_codes(const code_format& format, index_t rows, index_t depth, std::uint64_t seed) {
  codes m(format, rows, depth);
  const lowbit::random_stream stream(seed);
  const float patterns = static_cast<float>(1 << format.plane_count);
  for (index_t r = 0; r < rows; ++r)
    for (index_t k = 0; k < depth; ++k) {
      auto code = static_cast<lowbit::code_t>(stream.uniform(r * depth + k) * patterns);
      while (!format.is_code(code)) code = static_cast<lowbit::code_t>(code - 1);
      m.set_code(r, k, code);
    }
  return m;
}

/// A family whose costs are the least wherever it serves.
template <class Family>
struct forced : Family {
  template <class Tag>
  [[nodiscard]] static constexpr double cost(const lowbit::detail::kernel::factors&,
                                             const lowbit::detail::kernel::product_shape&,
                                             const lowbit::detail::kernel::panel_layout&,
                                             bool) noexcept {
    return 0;
  }
};

struct measured {
  const char* family = "";
  double microseconds = 0;
};

/// One product on one ISA: the time of each family, and the choice.
class comparison {
 public:
  comparison(const pair& p, const sizes& s, any_isa isa)
      : lhs_(random_codes(p.lhs, s.rows, s.depth, 1)),
        rhs_(random_codes(p.rhs, s.cols, s.depth, 2)),
        out_(s.rows, s.cols) {
    const auto free = lowbit::with(lowbit::library_families{}, lowbit::on(isa));
    chosen_ = lowbit::kernel_name(lhs_, lowbit::prepare(rhs_, p.lhs, free), free);
    force<lowbit::family::bit_panels>("panels", isa, p.lhs);
    force<lowbit::family::byte_panels>("bytes", isa, p.lhs);
    force<lowbit::family::value_lookups>("lookups", isa, p.lhs);
    force<lowbit::family::bit_rows>("rows", isa, p.lhs);
  }

  /// The families that serve, with their times.
  [[nodiscard]] std::vector<measured> times() const {
    bench::effort how;
    how.rounds = how.fewest_rounds = 7;
    how.turn_ns = 1e6;
    how.warming_ns = 1e6;
    const bench::turns taken = bench::interleave(candidates_, how);
    std::vector<measured> all;
    for (std::size_t i = 0; i < taken.size(); ++i)
      all.push_back({names_[i], bench::median_ns(taken[i]) / 1e3});
    return all;
  }
  [[nodiscard]] bool is_chosen(const char* family) const {
    return chosen_.find(std::string(" ") + family + ",") != std::string::npos;
  }

 private:
  template <class Family>
  void force(const char* name, any_isa isa, const code_format& lhs) {
    const auto where = lowbit::with(
        lowbit::families<forced<Family>, lowbit::family::bit_rows, lowbit::family::reference>{},
        lowbit::on(isa));
    const auto weights = std::make_shared<const lowbit::prepared_matrix<lowbit::any_encoding>>(
        lowbit::prepare(rhs_, lhs, where));
    if (lowbit::kernel_name(lhs_, *weights, where).find(name) == std::string::npos) return;
    names_.push_back(name);
    candidates_.push_back(
        [this, weights, where] { lowbit::gemm(lhs_, *weights, out_.view(), where); });
  }

  codes lhs_, rhs_;
  lowbit::matrix<std::int32_t> out_;
  std::string chosen_;
  std::vector<const char*> names_;
  std::vector<bench::candidate> candidates_;
};

/// A line of the table; true if the choice loses more than a tenth.
bool print_line(const pair& p, const sizes& s, any_isa isa) {
  const auto one = std::make_unique<comparison>(p, s, isa);
  const std::vector<measured> all = one->times();
  double least = 1e18, of_choice = 0;
  const char* choice = "";
  std::string columns;
  for (const char* const family : {"panels", "rows", "bytes", "lookups"}) {
    double time = 0;
    for (const measured& m : all)
      if (std::strcmp(m.family, family) == 0) time = m.microseconds;
    char text[32];
    std::snprintf(text, sizeof text, time > 0 ? " %.1f |" : " – |", time);
    columns += text;
    if (time > 0 && time < least) least = time;
    if (time > 0 && one->is_chosen(family)) {
      of_choice = time;
      choice = family;
    }
  }
  const double loss = of_choice / least;
  std::printf("| %s | %s | %td x %td x %td |%s %s | %.2f%s |\n", isa.name, p.name, s.rows, s.cols,
              s.depth, columns.c_str(), choice, loss, loss > 1.1 ? " **" : "");
  std::fflush(stdout);
  return loss > 1.1;
}

int run(int argc, char** argv) {
  std::vector<any_isa> isas;
  lowbit::for_each_isa([&](any_isa isa) {
    if (is_reference(isa)) return;
    bool wanted = argc < 2 && std::strcmp(isa.name, lowbit::active_isa()) == 0;
    for (int i = 1; i < argc; ++i)
      wanted = wanted || std::strcmp(argv[i], "all") == 0 || std::strcmp(argv[i], isa.name) == 0;
    if (wanted) isas.push_back(isa);
  });
  if (isas.empty()) {
    std::fprintf(stderr, "planner: none of these ISAs is here\n");
    return 2;
  }
  std::printf(
      "| ISA | formats | M x N x K | panels, us | rows, us | bytes, us | lookups, us | chosen | "
      "over the least |\n"
      "|---|---|---|---|---|---|---|---|---|\n");
  int lines = 0, losses = 0;
  for (const any_isa isa : isas)
    for (const pair& p : pairs)
      for (const sizes& s : shapes) {
        ++lines;
        losses += print_line(p, s, isa) ? 1 : 0;
      }
  std::printf("\n%d of %d choices lose more than a tenth\n", losses, lines);
  return 0;
}

}  // namespace

int main(int argc, char** argv) try { return run(argc, argv); } catch (const std::exception& e) {
  std::fprintf(stderr, "planner: %s\n", e.what());
  return 2;
}

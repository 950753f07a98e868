// The panel bodies between forbidden pages. Packing writes one panel and nothing beside it. A tile reads the panel, its
// lhs rows and what the rule adds, and nothing beside them.
#include "lowbit/kernel/bits/panels.hpp"

#include <algorithm>

#include "lowbit/epilogue/integers.hpp"
#include "lowbit/product/operands.hpp"
#include "lowbit/tensor/pack.hpp"
#include "lowbit/tensor/words.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/random_codes.hpp"
#include "support/settings.hpp"

namespace test_panels {

using namespace lowbit;
namespace kernel = detail::kernel;
using kernel::run_list;

namespace {

/// 17 rows (whole tiles of any height, and a last row) times n rows, everything a kernel touches at an end of the
/// memory.
template <class Tag, class A, class B>
void check_between_pages(index_t n, index_t depth, test::edge where, int popcounts,
                         test::fill kind = test::fill::uniform) {
  using body = kernel::panels_for<Tag>;
  static constexpr const auto& both = kernel::factors_of<A, B>;
  constexpr index_t m = 17;
  INFO(Tag::name << ", " << A::name << " x " << B::name << ", N=" << n << " K=" << depth << ", "
                 << popcounts << " popcounts per cycle; " << test::reproduce());
  auto random = test::generator(static_cast<std::uint64_t>(n * 1009 + depth));
  const auto a = test::random_codes<A>(m, depth, kind, test::side::lhs, random);
  const auto b = test::random_codes<B>(n, depth, kind, test::side::rhs, random);
  const matrix<std::int64_t> expected = test::product<A, B>(a, b);
  const auto a_words = pack<A>(a.view());
  const auto b_words = pack<B>(b.view());
  test::guarded_buffer<word> lhs(a_words.words(), where), rhs(b_words.words(), where);
  const auto x = view_words<A>(lhs.view(), m, depth);
  const auto y = view_words<B>(rhs.view(), n, depth);

  const kernel::product_run whole{0, 0, depth};
  const run_list runs{&whole, 1};
  const auto added =
      detail::product::offsets_of(any_isa(isa::scalar{}), both, detail::product::operand_of(x),
                                  detail::product::as_rhs(y), runs);
  const auto floats = [](const buffer<std::uint32_t>& of) {
    return std::span(of.data(), static_cast<std::size_t>(of.size()));
  };
  test::guarded_buffer<std::uint32_t> of_lhs(floats(added.lhs), where),
      of_rhs(floats(added.rhs), where);
  const kernel::offset_terms terms{added.constant, added.lhs.size() > 0 ? of_lhs.data() : nullptr,
                                   added.rhs.size() > 0 ? of_rhs.data() : nullptr};

  const auto layout = body::layout({n, y.layout().words(), B::plane_count}, {popcounts});
  const auto left = detail::product::operand_of(x), right = detail::product::operand_of(y);
  test::guarded_buffer<std::int32_t> sums(static_cast<std::size_t>(m * n), where);
  const matrix_view<std::int32_t> out(sums.data(), m, n);
  const store_integers store{out};
  const kernel::multiplication all{
      both, left, right, runs, terms, layout, {m, n, y.layout().words()}, 0};
  for (index_t col = 0; col < n; col += layout.rows) {
    // What is prefetched behind the last panel may lie on a forbidden page.
    test::guarded_buffer<std::uint8_t> panel(static_cast<std::size_t>(layout.bytes()), where);
    body::pack(right, col, layout, panel.data());
    body::template run<both.loops & body::loops>(
        kernel::strip{all, 0, m, col, std::min(col + layout.rows, n), panel.data(), true},
        detail::epilogues::any_epilogue(store));
  }
  CHECK(test::first_difference(out, expected) == "");
}

template <class A, class B>
void check() {
  test::on_every_tag([](auto tag) {
    using Tag = decltype(tag);
    if constexpr (detail::kernel::panels_serve<Tag>(detail::kernel::factors_of<A, B>))
      for (const test::edge where : {test::edge::end, test::edge::begin})
        for (const index_t n : {1, 15, 16, 17, 33, 64, 65, 130})
          for (const index_t depth : {1, 31, 33, 64, 65, 200, 1601})
            // Builds that are not thorough: one column over a register's end, or over a panel's.
            if (test::thorough || n == 17 || n == 65)
              for (const int popcounts : test::cores_of<Tag>())
                check_between_pages<Tag, A, B>(n, depth, where, popcounts);
  });
}

}  // namespace

TEST_CASE("panel bodies stay between pages: one step", "[kernel]") { check<binary, binary>(); }
TEST_CASE("panel bodies stay between pages: gated", "[kernel]") { check<ternary, ternary>(); }
TEST_CASE("panel bodies stay between pages: a schedule", "[kernel]") {
  check<unsigned_bits<2>, signed_bits<2>>();
}
TEST_CASE("panel bodies sum rows whose counts exceed 16 bits", "[kernel]") {
  // All bits differ: the look-up bodies' 16-bit sums of a term must be weighed before 65,536 of them.
  test::on_every_tag([](auto tag) {
    using Tag = decltype(tag);
    if constexpr (detail::kernel::panels_serve<Tag>(detail::kernel::factors_of<binary, binary>))
      for (const int popcounts : test::cores_of<Tag>())
        check_between_pages<Tag, binary, binary>(1, 67000, test::edge::end, popcounts,
                                                 test::fill::max_vs_min);
  });
}

}  // namespace test_panels

// Products of one family wherever an ISA has it, whatever it costs; and a check of its sums.
#pragma once

#include "lowbit/product/explain.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/random_codes.hpp"

namespace test {

/// A family at no cost.
template <class Family>
struct at_no_cost : Family {
  template <class Tag>
  static constexpr double cost(const lowbit::family::factors&, const lowbit::family::product_shape&,
                               const lowbit::family::panel_layout&, bool) noexcept {
    return 0;
  }
};
template <class Family>
using forced =
    lowbit::families<at_no_cost<Family>, lowbit::family::bit_rows, lowbit::family::reference>;
using forced_bytes = forced<lowbit::family::byte_panels>;
using forced_lookups = forced<lowbit::family::value_lookups>;

/// The ISA has a body of the first family of a list.
template <class Families>
bool has_first(lowbit::any_isa isa) {
  return lowbit::detail::product::methods_of<Families>(isa)[0].serves != nullptr;
}

template <class E>
lowbit::packed_matrix<lowbit::any_encoding> packed_codes(
    const lowbit::matrix<lowbit::code_t>& codes) {
  lowbit::packed_matrix<lowbit::any_encoding> out(lowbit::format_of<E>(), codes.rows(),
                                                  codes.cols());
  for (lowbit::index_t r = 0; r < codes.rows(); ++r)
    for (lowbit::index_t k = 0; k < codes.cols(); ++k) out.set_code(r, k, codes(r, k));
  return out;
}

/// On every ISA, prepared or not, all rows at once and one by one. `name` is in the kernel's name where the ISA has the
/// family.
template <class Families>
void check_forced(const char* name, const lowbit::packed_matrix<lowbit::any_encoding>& a,
                  const lowbit::packed_matrix<lowbit::any_encoding>& b,
                  const lowbit::matrix<std::int64_t>& expected) {
  on_every_isa([&](lowbit::any_isa isa) {
    const lowbit::with where(Families{}, lowbit::on(isa));
    const auto w = lowbit::prepare(b, a.format(), where);
    const std::string kernel = lowbit::kernel_name(a, w, where);
    INFO(kernel << ", " << a.rows() << 'x' << b.rows() << 'x' << a.depth());
    if (has_first<Families>(isa) && b.rows() > 0) CHECK(kernel.find(name) != std::string::npos);
    CHECK(first_difference(lowbit::gemm(a, w, where), expected) == "");
    CHECK(first_difference(lowbit::gemm(a, b, lowbit::on(isa)), expected) == "");
    for (lowbit::index_t r = 0; r < a.rows(); r += 3) {
      const auto one = lowbit::gemm(a.view().rows(r, 1), w, where);
      for (lowbit::index_t c = 0; c < b.rows(); ++c) REQUIRE(one(0, c) == expected(r, c));
    }
  });
}

/// The same for random codes of two encodings.
template <class Families, class A, class B>
void check_forced(const char* name, lowbit::index_t m, lowbit::index_t n, lowbit::index_t depth,
                  fill kind = fill::uniform) {
  auto random = generator(static_cast<std::uint64_t>(m * 101 + n * 31 + depth));
  INFO(A::name << " x " << B::name << ", " << test::name(kind) << "; " << reproduce());
  const auto a = random_codes<A>(m, depth, kind, side::lhs, random);
  const auto b = random_codes<B>(n, depth, kind, side::rhs, random);
  check_forced<Families>(name, packed_codes<A>(a), packed_codes<B>(b), product<A, B>(a, b));
}

}  // namespace test

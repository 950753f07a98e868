// lowbit/quantize/catalogue.hpp – every quantizer of the library, one line each.
//
// Adding a quantizer is one header and one line here: the typed test suites (properties, round trip,
// packing, products) and the benchmarks run over this list.
#ifndef LOWBIT_QUANTIZE_CATALOGUE_HPP
#define LOWBIT_QUANTIZE_CATALOGUE_HPP

#include <tuple>

#include "lowbit/gradient/approx_sign.hpp"
#include "lowbit/quantize/dorefa_activation.hpp"
#include "lowbit/quantize/dorefa_weight.hpp"
#include "lowbit/quantize/sign.hpp"
#include "lowbit/quantize/stochastic_sign.hpp"
#include "lowbit/quantize/twn.hpp"
#include "lowbit/quantize/xnor_weight.hpp"

LOWBIT_BEGIN

/// One method: an example of the policy, how it is written, what it is for, where it comes from.
template <quantizer Q>
struct catalogue_entry {
  using policy = Q;
  const char* name;    ///< as written in code
  const char* family;  ///< binary, ternary, uniform, ...
  const char* paper;   ///< arXiv number
  int year;
};

/// The list. Bit widths stand for their family: one low, one wide.
inline constexpr std::tuple catalogue{
    catalogue_entry<sign<>>{"sign<>", "binary", "1602.02830", 2016},
    catalogue_entry<sign<ste::identity>>{"sign<ste::identity>", "binary", "1511.00363", 2015},
    catalogue_entry<sign<ste::approx_sign>>{"sign<ste::approx_sign>", "binary", "1808.00278", 2018},
    catalogue_entry<stochastic_sign<>>{"stochastic_sign<>", "binary", "1511.00363", 2015},
    catalogue_entry<xnor_weight<>>{"xnor_weight<>", "binary", "1603.05279", 2016},
    catalogue_entry<twn<>>{"twn<>", "ternary", "1605.04711", 2016},
    catalogue_entry<dorefa_activation<2>>{"dorefa_activation<2>", "uniform", "1606.06160", 2016},
    catalogue_entry<dorefa_activation<8>>{"dorefa_activation<8>", "uniform", "1606.06160", 2016},
    catalogue_entry<dorefa_weight<1>>{"dorefa_weight<1>", "binary", "1606.06160", 2016},
    catalogue_entry<dorefa_weight<3>>{"dorefa_weight<3>", "uniform", "1606.06160", 2016},
};

/// f(entry) for each line, in order.
template <class F>
constexpr void for_each_quantizer(F&& f) {
  std::apply([&](const auto&... entry) { (static_cast<void>(f(entry)), ...); }, catalogue);
}

LOWBIT_END

#endif

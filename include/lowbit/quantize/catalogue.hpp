// lowbit/quantize/catalogue.hpp – every quantizer of the library, one line each.
//
// Adding a quantizer is one header and one line here. The typed test suites (properties, packing, products) run over
// this list, and the table of methods in the README is generated from it. What a type says about itself (encoding,
// bits, whether it is fitted or trained) is read from the type.
//
//     catalogue         quantizers: they encode, pack and multiply
//     other_methods     what has no packed codes: surrogate gradients, activations, word codes, kernels
//
// A header that only uses quantizers includes them, not this: a tuple of all of them costs compile time.
#ifndef LOWBIT_QUANTIZE_CATALOGUE_HPP
#define LOWBIT_QUANTIZE_CATALOGUE_HPP

#include <tuple>

#include "lowbit/quantize/all.hpp"
#include "lowbit/quantize/literature.hpp"

LOWBIT_BEGIN

/// What a quantizer quantizes in its paper, or in works that build on it; any of them together.
using quantizer_use = unsigned;
inline constexpr quantizer_use for_weights = 1, for_activations = 2, for_gradients = 4,
                               for_errors = 8;

/// One quantizer: an example of the policy, how it is written, what it is for, where it comes from.
template <quantizer Q>
struct catalogue_entry {
  using policy = Q;
  const char* name;          ///< as written in code
  const char* short_name;    ///< as written on a command line (quantize/any_catalogue.hpp)
  quantizer_use uses;        ///< for_weights | ...
  const char* header;        ///< of quantize/methods/
  const char* family;        ///< binary, ternary, uniform, ...
  const char* paper;         ///< as in quantize/literature.hpp
  int year;                  ///< of the paper
  const char* trained = "";  ///< names of its learnable parameters

  [[nodiscard]] static constexpr const char* encoding() noexcept { return Q::encoding::name; }
  [[nodiscard]] static constexpr int bits() noexcept { return Q::encoding::plane_count; }
  /// What its scale may belong to: any granularity if it is fitted; else it is used as it is.
  [[nodiscard]] static constexpr const char* scales() noexcept {
    return layer_fitted<Q> ? "tensor, pixel, kernel row, row, token, group"
           : fitted<Q>     ? "tensor, row, token, group"
                           : "as given";
  }
};

/// One method without packed codes.
struct method_entry {
  const char* name;          ///< as written in code
  const char* header;        ///< below include/lowbit/
  const char* family;        ///< surrogate, activation, word code, ...
  const char* paper;         ///< as in quantize/literature.hpp
  int year;                  ///< of the paper
  const char* trained = "";  ///< names of its learnable parameters
};

/// The quantizers. Bit widths stand for their family.
inline constexpr std::tuple catalogue{
    // binary
    catalogue_entry<sign<>>{"sign<>", "sign", for_weights | for_activations, "sign", "binary",
                            "1602.02830", 2016},
    catalogue_entry<sign<ste::open_hard_tanh>>{"sign<ste::open_hard_tanh>", "sign-open",
                                               for_weights | for_activations, "sign", "binary",
                                               "1603.05279", 2016},
    catalogue_entry<sign<ste::identity>>{"sign<ste::identity>", "sign-identity", for_weights,
                                         "sign", "binary", "1511.00363", 2015},
    catalogue_entry<sign<ste::approx_sign>>{"sign<ste::approx_sign>", "sign-approx",
                                            for_activations, "sign", "binary", "1808.00278", 2018},
    catalogue_entry<sign<ste::sign_swish>>{"sign<ste::sign_swish>", "sign-swish",
                                           for_weights | for_activations, "sign", "binary",
                                           "1812.11800", 2018, "beta"},
    catalogue_entry<sign<ste::error_decay>>{"sign<ste::error_decay>", "sign-ede", for_activations,
                                            "sign", "binary", "1909.10788", 2020},
    catalogue_entry<sign<ste::saturated_hinge>>{"sign<ste::saturated_hinge>", "sign-hinge",
                                                for_activations, "sign", "binary", "1710.11573",
                                                2018},
    catalogue_entry<sign<ste::soft_hinge>>{"sign<ste::soft_hinge>", "sign-soft-hinge",
                                           for_activations, "sign", "binary", "1710.11573", 2018},
    catalogue_entry<stochastic_sign<>>{"stochastic_sign<>", "stochastic-sign",
                                       for_weights | for_activations, "stochastic_sign", "binary",
                                       "1511.00363", 2015},
    catalogue_entry<heaviside<>>{"heaviside<>", "heaviside", for_weights | for_activations,
                                 "heaviside", "binary", "1602.02830", 2016},
    catalogue_entry<rsign<>>{"rsign<>", "rsign", for_activations, "rsign", "binary", "2003.03488",
                             2020, "alpha"},
    catalogue_entry<xnor_weight<>>{"xnor_weight<>", "xnor", for_weights, "xnor_weight", "binary",
                                   "1603.05279", 2016},
    catalogue_entry<magnitude_aware_sign<>>{"magnitude_aware_sign<>", "magnitude-aware",
                                            for_weights, "magnitude_aware_sign", "binary",
                                            "1808.00278", 2018},
    catalogue_entry<dorefa_weight<1>>{"dorefa_weight<1>", "dorefa1", for_weights, "dorefa_weight",
                                      "binary", "1606.06160", 2016},
    catalogue_entry<bitnet_binary<>>{"bitnet_binary<>", "bitnet1", for_weights, "bitnet_binary",
                                     "binary", "2310.11453", 2023},
    catalogue_entry<irnet_weight<>>{"irnet_weight<>", "irnet", for_weights, "irnet_weight",
                                    "binary", "1909.10788", 2020},
    catalogue_entry<syq<binary>>{"syq<binary>", "syq1", for_weights, "syq", "binary", "1807.00301",
                                 2018, "alpha"},
    // ternary
    catalogue_entry<ternary_threshold<>>{"ternary_threshold<>", "ternary",
                                         for_weights | for_activations, "ternary_threshold",
                                         "ternary", "1510.03009", 2015},
    catalogue_entry<stochastic_ternary<>>{"stochastic_ternary<>", "stochastic-ternary",
                                          for_weights | for_activations, "stochastic_ternary",
                                          "ternary", "1510.03009", 2015},
    catalogue_entry<gxnor_activation<1>>{"gxnor_activation<1>", "gxnor1", for_activations,
                                         "gxnor_activation", "ternary", "1705.09283", 2017},
    catalogue_entry<gxnor_activation<2, ste::triangle>>{
        "gxnor_activation<2, ste::triangle>", "gxnor2", for_activations, "gxnor_activation",
        "uniform", "1705.09283", 2017},
    catalogue_entry<twn<>>{"twn<>", "twn", for_weights, "twn", "ternary", "1605.04711", 2016},
    catalogue_entry<twn_exact<>>{"twn_exact<>", "twn-exact", for_weights, "twn_exact", "ternary",
                                 "1705.01462", 2017},
    catalogue_entry<fgq<>>{"fgq<>", "fgq", for_weights, "fgq", "ternary", "1705.01462", 2017},
    catalogue_entry<syq<>>{"syq<>", "syq", for_weights, "syq", "ternary", "1807.00301", 2018,
                           "alpha"},
    catalogue_entry<bitnet_ternary<>>{"bitnet_ternary<>", "bitnet", for_weights, "bitnet_ternary",
                                      "ternary", "2402.17764", 2024},
    catalogue_entry<vnq>{"vnq", "vnq", for_weights, "vnq", "ternary", detail::papers::vnq, 2018},
    catalogue_entry<ttq>{"ttq", "ttq", for_weights, "ttq", "ternary", "1612.01064", 2017,
                         "positive, negative"},
    // uniform
    catalogue_entry<dorefa_activation<2>>{"dorefa_activation<2>", "dorefa2", for_activations,
                                          "dorefa_activation", "uniform", "1606.06160", 2016},
    catalogue_entry<dorefa_activation<8>>{"dorefa_activation<8>", "dorefa8", for_activations,
                                          "dorefa_activation", "uniform", "1606.06160", 2016},
    catalogue_entry<dorefa_weight<3>>{"dorefa_weight<3>", "dorefa3", for_weights, "dorefa_weight",
                                      "uniform", "1606.06160", 2016},
    catalogue_entry<dorefa_gradient<4>>{"dorefa_gradient<4>", "dorefa4", for_gradients,
                                        "dorefa_gradient", "uniform", "1606.06160", 2016},
    catalogue_entry<wrpn_weight<4>>{"wrpn_weight<4>", "wrpn4", for_weights, "wrpn", "uniform",
                                    "1709.01134", 2018},
    catalogue_entry<pact<4>>{"pact<4>", "pact4", for_activations, "pact", "uniform", "1805.06085",
                             2018, "alpha"},
    catalogue_entry<lsq<4>>{"lsq<4>", "lsq4", for_weights, "lsq", "uniform", "1902.08153", 2020,
                            "step"},
    catalogue_entry<lsq<2, unsigned_bits<2>>>{"lsq<2, unsigned_bits<2>>", "lsq2", for_activations,
                                              "lsq", "uniform", "1902.08153", 2020, "step"},
    catalogue_entry<dsq<2>>{"dsq<2>", "dsq2", for_weights | for_activations, "dsq", "uniform",
                            "1908.05033", 2019, "lower, upper, alpha"},
    catalogue_entry<half_wave<2>>{"half_wave<2>", "half-wave2", for_activations, "half_wave",
                                  "uniform", "1702.00953", 2017},
    catalogue_entry<bcgd_activation<4>>{"bcgd_activation<4>", "bcgd4", for_activations,
                                        "bcgd_activation", "uniform", "1808.05240", 2018, "alpha"},
    catalogue_entry<qnn_linear<4>>{"qnn_linear<4>", "qnn4", for_weights | for_activations,
                                   "qnn_linear", "uniform", "1609.07061", 2016},
    catalogue_entry<wage_weight<2>>{"wage_weight<2>", "wage2", for_weights, "wage", "uniform",
                                    "1802.04680", 2018},
    catalogue_entry<wage_activation<8>>{"wage_activation<8>", "wage8", for_activations, "wage",
                                        "uniform", "1802.04680", 2018},
    catalogue_entry<wage_error<8>>{"wage_error<8>", "wage8", for_errors, "wage", "uniform",
                                   "1802.04680", 2018},
    catalogue_entry<bitnet_activation<8>>{"bitnet_activation<8>", "bitnet8", for_activations,
                                          "bitnet_activation", "uniform", "2402.17764", 2024},
    catalogue_entry<jacob_affine<8>>{"jacob_affine<8>", "jacob8", for_weights | for_activations,
                                     "jacob_affine", "uniform", "1712.05877", 2018, "lower, upper"},
    catalogue_entry<jacob_weight<8>>{"jacob_weight<8>", "jacob-weight8", for_weights,
                                     "jacob_affine", "uniform", "1712.05877", 2018},
    catalogue_entry<fixed_point<8>>{"fixed_point<8>", "fixed8", for_weights | for_activations,
                                    "fixed_point", "uniform", "1605.06402", 2016},
    catalogue_entry<stochastic_fixed_point<8>>{"stochastic_fixed_point<8>", "stochastic-fixed8",
                                               for_weights | for_activations | for_gradients,
                                               "fixed_point", "uniform", "1605.06402", 2016},
    catalogue_entry<dynamic_fixed_point<8>>{"dynamic_fixed_point<8>", "dynamic-fixed8",
                                            for_weights | for_activations, "fixed_point", "uniform",
                                            "1605.06402", 2016},
    catalogue_entry<midrise<2>>{"midrise<2>", "midrise2", for_weights | for_activations, "midrise",
                                "uniform", "1511.06393", 2016},
    catalogue_entry<l2_step<2>>{"l2_step<2>", "l2-step2", for_weights, "l2_step", "uniform",
                                detail::papers::anwar, 2015},
    catalogue_entry<l2_step<4>>{"l2_step<4>", "l2-step4", for_weights, "l2_step", "uniform",
                                detail::papers::anwar, 2015},
    catalogue_entry<sqnr_midrise<3>>{"sqnr_midrise<3>", "sqnr3", for_weights | for_activations,
                                     "sqnr_midrise", "uniform", "1511.06393", 2016},
    // powers of two and tables
    catalogue_entry<inq<2>>{"inq<2>", "inq2", for_weights, "inq", "power of two", "1702.03044",
                            2017},
    catalogue_entry<inq<5>>{"inq<5>", "inq5", for_weights, "inq", "power of two", "1702.03044",
                            2017},
    catalogue_entry<shiftcnn<1, 4>>{"shiftcnn<1, 4>", "shiftcnn1", for_weights, "shiftcnn",
                                    "power of two", "1706.02393", 2017},
    catalogue_entry<shiftcnn<2, 4>>{"shiftcnn<2, 4>", "shiftcnn2", for_weights, "shiftcnn",
                                    "power of two", "1706.02393", 2017},
    catalogue_entry<kmeans<2>>{"kmeans<2>", "kmeans2", for_weights, "kmeans", "table", "1510.00149",
                               2016, "centroid"},
    catalogue_entry<kmeans<5>>{"kmeans<5>", "kmeans5", for_weights, "kmeans", "table", "1510.00149",
                               2016, "centroid"},
    catalogue_entry<tsq_activation<2>>{"tsq_activation<2>", "tsq2", for_activations,
                                       "tsq_activation", "table", detail::papers::tsq, 2018},
    catalogue_entry<half_wave_table<2>>{"half_wave_table<2>", "half-wave-table2", for_activations,
                                        "half_wave", "table", "1702.00953", 2017},
    catalogue_entry<log_quantizer<4>>{"log_quantizer<4>", "log4", for_activations, "log_quantizer",
                                      "power of two", "1603.01025", 2016},
    catalogue_entry<log_quantizer<4, 2>>{"log_quantizer<4, 2>", "log4-half-octaves",
                                         for_activations, "log_quantizer", "power of two",
                                         "1603.01025", 2016},
    catalogue_entry<log_quantizer<5, 1, log_sign::top_bit>>{
        "log_quantizer<5, 1, log_sign::top_bit>", "log5", for_weights, "log_quantizer",
        "power of two", "1603.01025", 2016},
    catalogue_entry<low_precision_batch_norm<2>>{"low_precision_batch_norm<2>", "low-precision-bn2",
                                                 for_activations, "low_precision_batch_norm",
                                                 "table", "1702.08231", 2017},
    // sums of planes
    catalogue_entry<abc_weight<3>>{"abc_weight<3>", "abc3", for_weights, "abc_weight", "planes",
                                   "1711.11294", 2017},
    catalogue_entry<abc_activation<3>>{"abc_activation<3>", "abc3", for_activations,
                                       "abc_activation", "planes", "1711.11294", 2017,
                                       "shift, beta"},
    catalogue_entry<horq<2>>{"horq<2>", "horq2", for_weights | for_activations, "residual_sign",
                             "planes", "1708.08687", 2017},
    catalogue_entry<network_sketch<3, residual_fit::greedy>>{
        "network_sketch<3, residual_fit::greedy>", "sketch-greedy3", for_weights, "residual_sign",
        "planes", "1706.02021", 2017},
    catalogue_entry<network_sketch<3>>{"network_sketch<3>", "sketch3", for_weights, "residual_sign",
                                       "planes", "1706.02021", 2017},
    catalogue_entry<lq_weight<2>>{"lq_weight<2>", "lq2", for_weights, "lq_nets", "planes",
                                  "1807.10029", 2018},
    catalogue_entry<lq_activation<3>>{"lq_activation<3>", "lq3", for_activations, "lq_nets",
                                      "planes", "1807.10029", 2018},
};

/// What has no packed codes.
inline constexpr method_entry other_methods[] = {
    {"ste::identity", "gradient/surrogate", "surrogate", "1308.3432", 2013},
    {"ste::hard_tanh", "gradient/hard_tanh", "surrogate", "1602.02830", 2016},
    {"ste::open_hard_tanh", "gradient/hard_tanh", "surrogate", "1603.05279", 2016},
    {"ste::approx_sign", "gradient/approx_sign", "surrogate", "1808.00278", 2018},
    {"ste::sign_swish", "gradient/sign_swish", "surrogate", "1812.11800", 2018, "beta"},
    {"ste::error_decay", "gradient/error_decay", "surrogate", "1909.10788", 2020},
    {"ste::saturated_hinge", "gradient/hinge", "surrogate", "1710.11573", 2018},
    {"ste::soft_hinge", "gradient/hinge", "surrogate", "1710.11573", 2018},
    {"ste::rectangle", "gradient/pulse", "surrogate", "1705.09283", 2017},
    {"ste::triangle", "gradient/pulse", "surrogate", "1705.09283", 2017},
    {"rprelu", "quantize/methods/rprelu", "activation", "2003.03488", 2020, "gamma, beta, zeta"},
    {"signed_power", "quantize/methods/feature_quantization", "activation",
     detail::papers::feature_quantization, 2018, "exponent"},
    {"scaled_floor", "quantize/methods/feature_quantization", "activation",
     detail::papers::feature_quantization, 2018},
    {"qnn_log", "quantize/methods/qnn_log", "activation", "1609.07061", 2016},
    {"nearest_power_of_two", "core/power_of_two", "activation", "1602.02830", 2016},
    {"wage_gradient", "quantize/methods/wage", "update", "1802.04680", 2018},
    {"fixed_multiplier", "core/fixed_multiplier", "integer scaling", "1712.05877", 2018},
    {"flexpoint<16>", "quantize/number/flexpoint", "word code", "1711.02213", 2017},
    {"scaled_integer", "quantize/number/scaled_integer", "word code", "1412.7024", 2014},
    {"minifloat<4, 3>", "quantize/number/minifloat", "word code", "1605.06402", 2016},
    {"freeze_largest", "quantize/methods/inq", "update", "1702.03044", 2017},
    {"fit_tnn_neuron", "quantize/methods/tnn", "solver", "1609.00222", 2017},
    {"tsq_ternary", "quantize/methods/tsq_weights", "solver", detail::papers::tsq, 2018},
    {"fit_three_of_four", "quantize/methods/three_of_four", "solver", "2601.07892", 2026},
    {"half_wave_levels", "quantize/fit/gaussian_levels", "solver", "1702.00953", 2017},
    {"midrise_step", "quantize/fit/gaussian_levels", "solver", "1511.06393", 2016},
    {"allocate_bits", "quantize/methods/bit_allocation", "solver", "1511.06393", 2016},
    {"moving_range", "quantize/number/moving_range", "range", "1712.05877", 2018},
    {"hashed_weights<4>", "quantize/methods/hashed_weights", "kernels", "1504.04788", 2015,
     "theta"},
    {"circulant_filter", "quantize/methods/circulant_filter", "kernels", "1910.10853", 2019},
    {"lbcnn_kernels", "quantize/methods/lbcnn_kernels", "kernels", "1608.06049", 2016},
};

/// f(entry) for each quantizer, in order.
template <class F>
constexpr void for_each_quantizer(F&& f) {
  std::apply([&](const auto&... entry) { (static_cast<void>(f(entry)), ...); }, catalogue);
}

LOWBIT_END

#endif

// lowbit/quantize/any_catalogue.hpp – quantizers by their names, for programs that choose one when they run.
//
//     any_quantizer w = quantizer_named("twn", for_weights);
//     any_quantizer a = quantizer_named("lsq4", for_activations);        lsq<4, unsigned_bits<4>>
//     for (const named_quantizer& q : all_quantizers()) std::puts(q.short_name);
//
// Names are those of the catalogue, as written in code ("lsq<4>") or short ("lsq4"). Short names of several widths are
// here, too. One short name may serve weights and activations: "dorefa2" is dorefa_weight<2> or dorefa_activation<2>.
//
// This compiles all quantizers, which takes half a minute: include it in one file of a program.
#ifndef LOWBIT_QUANTIZE_ANY_CATALOGUE_HPP
#define LOWBIT_QUANTIZE_ANY_CATALOGUE_HPP

#include <string>
#include <string_view>

#include "lowbit/quantize/any_quantizer.hpp"
#include "lowbit/quantize/catalogue.hpp"

LOWBIT_BEGIN

/// A quantizer with its names and what it is for.
struct named_quantizer {
  const char* name;        ///< as written in code; "" for widths that the catalogue leaves out
  const char* short_name;  ///< as written on a command line
  quantizer_use uses;
  const char* family;  ///< binary, ternary, uniform, ...
  any_quantizer quantizer;

  [[nodiscard]] bool is(std::string_view wanted) const noexcept {
    return wanted == short_name || (!wanted.empty() && wanted == name);
  }
};

/// The catalogue, then other widths and ranges of its methods.
[[nodiscard]] inline std::vector<named_quantizer> all_quantizers() {
  std::vector<named_quantizer> all;
  for_each_quantizer([&]<class Q>(const catalogue_entry<Q>& e) {
    all.push_back({e.name, e.short_name, e.uses, e.family, Q{}});
  });
  const auto width = [&](const char* short_name, quantizer_use uses, const any_quantizer& q) {
    all.push_back({"", short_name, uses, "uniform", q});
  };
  width("lsq2", for_weights, lsq<2>{});
  width("lsq3", for_weights, lsq<3>{});
  width("lsq8", for_weights, lsq<8>{});
  width("lsq3", for_activations, lsq<3, unsigned_bits<3>>{});
  width("lsq4", for_activations, lsq<4, unsigned_bits<4>>{});
  width("lsq8", for_activations, lsq<8, unsigned_bits<8>>{});
  width("pact2", for_activations, pact<2>{});
  width("pact3", for_activations, pact<3>{});
  width("pact8", for_activations, pact<8>{});
  width("dorefa2", for_weights, dorefa_weight<2>{});
  width("dorefa4", for_weights, dorefa_weight<4>{});
  width("dorefa1", for_activations, dorefa_activation<1>{});
  width("dorefa3", for_activations, dorefa_activation<3>{});
  width("dorefa4", for_activations, dorefa_activation<4>{});
  width("wrpn2", for_weights, wrpn_weight<2>{});
  width("dsq4", for_weights | for_activations, dsq<4>{});
  width("jacob4", for_weights | for_activations, jacob_affine<4>{});
  width("jacob8-relu", for_activations, jacob_affine<8, affine_range::from_zero>{});
  width("fixed4", for_weights | for_activations, fixed_point<4>{});
  width("lq2", for_activations, lq_activation<2>{});
  width("lq3", for_weights, lq_weight<3>{});
  return all;
}

/// The first quantizer with this name and this use. Errors: there is none; the text lists all short names for the use.
[[nodiscard]] inline any_quantizer quantizer_named(std::string_view name, quantizer_use use) {
  std::string known;
  for (const named_quantizer& q : all_quantizers()) {
    if ((q.uses & use) == 0) continue;
    if (q.is(name)) return q.quantizer;
    known += known.empty() ? "" : ", ";
    known += q.short_name;
  }
  detail::fail("quantizer_named: no quantizer of %s is called \"%.*s\": there are %s",
               (use & for_weights) != 0       ? "weights"
               : (use & for_activations) != 0 ? "activations"
                                              : "gradients",
               static_cast<int>(name.size()), name.data(), known.c_str());
}

LOWBIT_END

#endif

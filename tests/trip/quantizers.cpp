// The catalogue is compiled here alone.
#include "lowbit/quantize/any_catalogue.hpp"
#include "trip/networks.hpp"

namespace test {

const std::vector<named>& weight_quantizers() {
  static const std::vector<named> all = [] {
    std::vector<named> made;
    for_each_quantizer([&]<class Q>(const catalogue_entry<Q>& e) {
      Q q{};
      if constexpr (std::same_as<Q, qnn_linear<4>>) {  // as it is, its levels begin at 0
        q.step = 0.125f;
        q.lower = -1;
        q.upper = 0.875f;
      }
      if ((e.uses & for_weights) != 0) made.push_back({e.name, q});
    });
    return made;
  }();
  return all;
}

const std::vector<named>& input_quantizers() {
  static const std::vector<named> all = [] {
    floats numbers{random_stream(5)};
    const std::vector<float> sample = numbers.many(500);
    jacob_affine<8> jacob;
    jacob.lower = -0.9f;
    jacob.upper = 1.7f;
    rsign<> shifted;
    shifted.alpha = 0.125f;
    pact<4> clipped;
    clipped.alpha = 1.5f;
    lsq<2, unsigned_bits<2>> steps;
    steps.step = 0.4f;
    return std::vector<named>{{"sign<>", sign<>{}},
                              {"rsign<>", shifted},
                              {"dorefa_activation<2>", dorefa_activation<2>{}},
                              {"pact<4>", clipped},
                              {"lsq<2, unsigned_bits<2>>", steps},
                              {"half_wave<2>", half_wave<2>{}},
                              {"gxnor_activation<1>", gxnor_activation<1>{}},
                              {"lq_activation<2>", lq_activation<2>{}.fit(sample)},
                              {"jacob_affine<8>", jacob},
                              {"fixed_point<8>", fixed_point<8>{}}};
  }();
  return all;
}

}  // namespace test

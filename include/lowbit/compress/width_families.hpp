// lowbit/compress/width_families.hpp – the quantizers of weights that papers on widths use, at every width.
//
//     sqnr_widths()           sqnr_midrise, 1 ... 8 bits: the best step for normal weights (Lin et al.)
//     l2_step_widths()        l2_step, 2 ... 8 bits: the step of least squared error (Anwar et al.)
//     fixed_point_widths()    dynamic_fixed_point, 2 ... 8 bits: powers of two as steps (Ristretto)
//
// Each function compiles its quantizers; a program pays for the families that it includes. A family of your own is one
// line (compress/quantizer_by_width.hpp).
//
// A compressed layer stores at most 255 values besides 0 (compress/pipeline.hpp). Eight bits of sqnr_midrise are 256
// values, none of them 0: one too many where all of them occur.
//
// Sources: Lin, Talathi, Annapureddy, arXiv:1511.06393; Anwar, Hwang, Sung, ICASSP 2015; Gysel et al., arXiv:1605.06402.
#ifndef LOWBIT_COMPRESS_WIDTH_FAMILIES_HPP
#define LOWBIT_COMPRESS_WIDTH_FAMILIES_HPP

#include "lowbit/compress/quantizer_by_width.hpp"
#include "lowbit/quantize/methods/fixed_point.hpp"
#include "lowbit/quantize/methods/l2_step.hpp"
#include "lowbit/quantize/methods/sqnr_midrise.hpp"

LOWBIT_BEGIN
namespace compress {

/// sqnr_midrise<1> ... sqnr_midrise<8>. `factor` > 0 multiplies the steps: above 1 for tails heavier than normal ones.
[[nodiscard]] inline quantizer_by_width sqnr_widths(float factor = 1) {
  return quantizer_by_width::of<1, 8>([=](auto bits) {
    sqnr_midrise<bits()> q;
    q.factor = factor;
    return q;
  });
}
/// l2_step<2> ... l2_step<8>.
[[nodiscard]] inline quantizer_by_width l2_step_widths() {
  return quantizer_by_width::of<2, 8>([](auto bits) { return l2_step<bits()>{}; });
}
/// dynamic_fixed_point<2> ... dynamic_fixed_point<8> of parameters.
[[nodiscard]] inline quantizer_by_width fixed_point_widths() {
  return quantizer_by_width::of<2, 8>([](auto bits) { return dynamic_fixed_point<bits()>{}; });
}

}  // namespace compress
LOWBIT_END

#endif

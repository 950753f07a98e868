// lowbit/encoding/planes.hpp – M independent planes with one float coefficient each.
//
// LQ-Nets, ABC-Net, HORQ, network sketching and TTQ approximate a tensor of floats by sum_m a_m B_m. B_m is in {-1, +1}
// (bipolar) or {0, 1} (unipolar). The coefficients are floats, so no integer stands for a whole code. Each plane is an
// ordinary one-plane matrix (packed_view::plane). A product of an M-plane and an N-plane operand is M * N integer
// products gemm(a.plane(i), w.plane(j)), which the caller scales and adds.
#ifndef LOWBIT_ENCODING_PLANES_HPP
#define LOWBIT_ENCODING_PLANES_HPP

#include <type_traits>

#include "lowbit/encoding/binary.hpp"
#include "lowbit/encoding/integer_bits.hpp"

namespace lowbit {

/// M planes; `plane` is the encoding of each plane alone.
template <int M, plane_kind Kind = plane_kind::bipolar>
struct planes {
  static_assert(M >= 1 && M <= 8, "lowbit::planes<M>: the number of planes M must be 1 to 8");
  static constexpr const char* name = Kind == plane_kind::bipolar ? "planes" : "unipolar planes";
  static constexpr int plane_count = M;
  using plane = std::conditional_t<Kind == plane_kind::bipolar, binary, unsigned_bits<1>>;
};

}  // namespace lowbit

#endif

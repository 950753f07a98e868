// gemmlowp: unsigned bytes by unsigned bytes into int32, each with an offset that makes its bytes signed.
// It packs both operands in every call. Its kernels are chosen by flags, so this file is compiled for the
// CPU that builds it, its AVX2 kernels allowed.
#include <public/gemmlowp.h>

#include <tuple>

#include "peers.hpp"

namespace bench {

std::optional<rival> make_gemmlowp(std::shared_ptr<const integer_product> p) {
  struct work {
    lowbit::matrix<std::uint8_t> lhs, rhs;
    lowbit::matrix<std::int32_t> out;
    gemmlowp::GemmContext context;
  };
  const auto all = std::make_shared<work>();
  const auto [m, n, k] = std::make_tuple(static_cast<int>(p->shape.m), static_cast<int>(p->shape.n),
                                         static_cast<int>(p->shape.k));
  const auto shifted = [](const lowbit::matrix<std::int8_t>& x, std::int8_t smallest) {
    lowbit::matrix<std::uint8_t> out(x.rows(), x.cols());
    for (index_t i = 0; i < x.rows() * x.cols(); ++i)
      out.data()[i] = static_cast<std::uint8_t>(x.data()[i] - smallest);
    return out;
  };
  all->lhs = shifted(p->lhs, p->smallest_lhs);
  all->rhs = shifted(p->rhs, p->smallest_rhs);
  all->out = lowbit::matrix<std::int32_t>(m, n);
  all->context.set_max_num_threads(1);
  const auto run = [=, m = m, n = n, k = k] {
    using gemmlowp::MapOrder;
    // Column-major, a matrix of n columns of depth k is the transpose that gemmlowp multiplies by.
    const gemmlowp::MatrixMap<const std::uint8_t, MapOrder::RowMajor> a(all->lhs.data(), m, k);
    const gemmlowp::MatrixMap<const std::uint8_t, MapOrder::ColMajor> b(all->rhs.data(), k, n);
    gemmlowp::MatrixMap<std::int32_t, MapOrder::RowMajor> c(all->out.data(), m, n);
    gemmlowp::GemmWithOutputPipeline<std::uint8_t, std::int32_t,
                                     gemmlowp::DefaultL8R8BitDepthParams>(
        &all->context, a, b, &c, p->smallest_lhs, p->smallest_rhs, std::make_tuple());
  };
#if defined(GEMMLOWP_AVX2)
  const char* const kernel = "AVX2 kernels";
#elif defined(GEMMLOWP_SSE4)
  const char* const kernel = "SSE4 kernels";
#elif defined(GEMMLOWP_NEON)
  const char* const kernel = "NEON kernels";
#else
  const char* const kernel = "reference kernels";
#endif
  return rival{"gemmlowp u8", kernel, run,
               [=](const expected_block& expected) { return agrees(all->out, expected); }};
}

}  // namespace bench

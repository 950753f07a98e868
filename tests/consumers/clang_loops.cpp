// For clang_loops.sh: stages whose loops become vector code, but not under sanitizers.
#include <lowbit/lowbit.hpp>

void epilogue(const lowbit::packed_matrix<lowbit::binary>& x,
              const lowbit::packed_matrix<lowbit::binary>& w, const lowbit::batch_norm& bn,
              lowbit::matrix<float>& out) {
  lowbit::gemm_with(
      x, w,
      lowbit::float_epilogue({}, lowbit::stage::normalise{bn}, lowbit::stage::store{out.view()}),
      lowbit::on(lowbit::isa::scalar{}));
}

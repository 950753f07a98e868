#!/bin/sh
# Proves that check_rooms.sh sees: copies the headers, plants one violation of each kind, and demands a red check
# that names the planted line.
#   selftest.sh <include directory>
set -eu
include=$(cd "$1" && pwd)
check=$(cd "$(dirname "$0")" && pwd)/check_rooms.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$include" "$work/include"
planted=0

# plant <header> <words the check must say> <line>: a header with that one line, alone among the real ones.
plant() {
  mkdir -p "$work/include/lowbit/$(dirname "$1")"
  printf '%s\n' "$3" >"$work/include/lowbit/$1"
  if report=$(sh "$check" "$work/include" 2>&1); then
    echo "missed in lowbit/$1: $3"
    exit 1
  fi
  if ! printf '%s\n' "$report" | grep -F "lowbit/$1:" | grep -qF "$2"; then
    printf 'planted in lowbit/%s: %s\nbut the check said:\n%s\n' "$1" "$3" "$report"
    exit 1
  fi
  rm "$work/include/lowbit/$1"
  planted=$((planted + 1))
}

if ! report=$(sh "$check" "$include" 2>&1); then
  printf 'the headers themselves are not clean:\n%s\n' "$report"
  exit 1
fi

plant core/planted.hpp 'rank 0 includes' '#include <lowbit/quantize/methods/sign.hpp>'
plant encoding/planted.hpp 'rank 1 includes' '#include <lowbit/tensor/packed_matrix.hpp>'
plant kernel/bits/planted.hpp 'rank 4 includes' '#  include "lowbit/product/gemm.hpp"'
plant product/planted.hpp 'rank 7 includes' '#include <lowbit/eigen.hpp>'
plant product/planted.hpp 'not written from lowbit/' '#include "gemm.hpp"'
plant pooling/planted.hpp 'know nothing of each other' '#include "lowbit/convolution/pad_value.hpp"'
plant quantize/fit/planted.hpp 'a cycle of' '#include "lowbit/quantize/methods/sign.hpp"'
plant cellar/planted.hpp 'not a room' 'int planted;'
plant planted.hpp 'only includes' 'inline int planted;'
plant tensor/planted.hpp '#if on the compiler' '#if defined(__AVX2__)'
plant core/planted.hpp '#if on the compiler' '#ifdef __clang__'
plant product/planted.hpp 'xsimd belongs' 'xsimd::batch<float> planted;'
plant tensor/planted.hpp 'intrinsics belong' '__m256i planted;'
plant kernel/planted.hpp 'intrinsics belong' 'auto planted = _mm512_setzero_si512();'
plant quantize/planted.hpp 'intrinsics belong' 'uint8x16_t planted;'
plant product/planted.hpp 'Eigen belongs' 'Eigen::MatrixXf planted;'
plant product/planted.hpp 'detection belongs' 'bool planted = __builtin_cpu_supports("avx2");'
plant core/planted.hpp 'environment belongs' 'auto planted = std::getenv("LOWBIT_ISA");'
plant tensor/planted.hpp 'threads belong' 'std::thread planted;'
plant nn/planted.hpp 'threads belong' '#pragma omp parallel for'
plant kernel/planted.hpp 'may not allocate' 'std::vector<int> planted;'
plant epilogue/planted.hpp 'may not allocate' 'int* planted = new int;'
plant encoding/planted.hpp 'may not allocate' 'void* planted = std::malloc(8);'
plant encoding/planted.hpp 'may not touch memory' 'std::span<int> planted;'
plant gradient/planted.hpp 'may not know a quantizer' 'template <quantizer Q> int planted;'
plant epilogue/planted.hpp 'may not read weights' 'packed_matrix<int> planted;'
plant tensor/planted.hpp 'constexpr name' 'double f() { return std::numeric_limits<double>::infinity(); }'
plant tensor/planted.hpp 'may not multiply' 'auto planted = gemm(a, b);'
plant core/planted.hpp 'unfinished work' "// $(printf 'TO''DO'): planted"
plant core/planted.hpp 'say float' '// The reals of a row.'
plant simd/planted.hpp 'say and' 'void both(int planted);'
plant epilogue/planted.hpp 'say epilogue' 'namespace detail::finish {}'
plant kernel/planted.hpp 'say prefetch' 'auto planted = soon_read(tiles);'
plant pooling/planted.hpp 'say padding' '// A border of zeros.'
plant core/planted.hpp 'longer than 500' "$(yes '//' | head -n 501)"
echo "rooms.selftest: $planted planted violations, each found"

# The inner loops of the panel kernels touch no stack, at -O2 and -O3: see hot_loops/hot_loops.awk.
. "$(dirname "$0")/common.sh"

[ "$(uname -m)" = x86_64 ] || skip 'the look at hot loops reads x86-64 code'
command -v objdump >/dev/null || skip 'objdump (package binutils) is not installed'

for level in -O2 -O3; do
  echo "==== $level"
  "$compiler" -std=c++20 "$level" -I "$root/include" -c "$here/hot_loops/products.cpp" -o "$work/products$level.o"
  objdump -d --no-show-raw-insn "$work/products$level.o" >"$work/products$level.s"
  # With two-operand instructions and 16 registers clang keeps two of the SSSE3 tile's eight sums in memory.
  awk -v kernels='run_on.*(lanes_avx|lookup_avx)' -v sizes='6 8 12 16' -v expected=32 \
      -f "$here/hot_loops/hot_loops.awk" "$work/products$level.s"
done

# The tests of the dispatch and the kernels for a 64-bit Arm, under emulation: every operation and every family of
# encodings on every body. The rest of the library has no code of its own for this ISA. The arguments are folders with
# headers of the tests. The cross compiler may see no other header of this machine, so the needed ones are linked into a
# new folder.
. "$(dirname "$0")/common.sh"
aarch64_tools
mkdir "$work/headers"
for directory; do
  for name in catch2 xsimd; do
    if [ -d "$directory/$name" ]; then ln -sfn "$directory/$name" "$work/headers/$name"; fi
  done
done
[ -e "$work/headers/catch2/catch.hpp" ] || skip 'no Catch2 2, whose headers suffice (Catch2 3 is a library)'

# compile <object> <options> <file>...: the files of one object, whose headers are then read once.
compile() {
  object=$1 options=$2
  shift 2
  printf '#include "%s.cpp"\n' "$@" >"$work/$object.cpp"
  $cross $options -DLOWBIT_TEST_THOROUGH=0 -isystem "$work/headers" -I "$root/include" -I "$root/tests" -c "$work/$object.cpp" \
         -o "$work/$object.o"
}
compile catch -O0 support/catch_main
warnings='-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror'
compile kernels "-O2 $warnings" support/kernels/portable support/kernels/neon
compile tests "-O1 $warnings" unit/kernel/bodies unit/kernel/carry_save unit/simd/word_counts unit/simd/lanes \
        unit/simd/comparisons unit/dispatch/isas unit/product/gemm consumers/aarch64_products
$cross "$work"/*.o -o "$work/tests"

# run <cpu> <its ISAs>: the tests find no other CPU, and cover all of its ISAs.
run() {
  LOWBIT_TEST_EMULATOR="$qemu -cpu $1" "$qemu" -cpu "$1" "$work/tests" >"$work/output" 2>&1 ||
    { cat "$work/output"; exit 1; }
  cat "$work/output"
  grep -qx "covered ISAs: $2" "$work/output" || { echo "expected of $1: $2"; exit 1; }
}
run cortex-a72 'scalar, xsimd, neon'
run max 'scalar, xsimd, neon, neon_dotprod'

# No flag may change a code. Programs at -O3, where g++ 12 once made wrong vectors, with -ffast-math and with
# -ffinite-math-only must print what the same program prints without optimization. The argument everywhere asks for more
# flags, and for clang.
. "$(dirname "$0")/common.sh"
vectors=
case "$("$compiler" -dumpmachine)" in
  x86_64*) ! grep -qw avx2 /proc/cpuinfo || vectors='-mavx2 -mpopcnt' ;;
esac

expected=
run() {
  "$@" -std=c++20 -DLOWBIT_STATIC_ARCH $vectors -I "$root/include" "$here/codes.cpp" -o "$work/program"
  "$work/program" > "$work/said"
  echo "$(wc -l < "$work/said") digests: $*"
  if [ -z "$expected" ]; then
    expected=$work/expected
    mv "$work/said" "$expected"
  elif ! diff "$expected" "$work/said"; then
    echo "'$*' changed codes"
    exit 1
  fi
}

run "$compiler" -O0
if [ "${1-}" != everywhere ]; then
  run "$compiler" -O3 -ffast-math
  exit
fi
run "$compiler" -O3
run "$compiler" -O1 -ffinite-math-only
clang=$(first_of clang++ clang++-14)
[ -n "$clang" ] || skip 'no clang++ (package clang)'
run "$clang" -O2 -ffast-math
run "$clang" -O1 -ffinite-math-only

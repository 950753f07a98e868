# No flag may change a code: what the compilers make at -O3, where g++ 12 once made wrong vectors, and with -ffast-math
# and -ffinite-math-only must print what the same program prints without optimization.
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
run "$compiler" -O3
seen=
for other in "$compiler" $(first_of g++) $(first_of clang++ clang++-14); do
  name=$("$other" --version | head -n 1 | sed 's/[^ ]* *//')  # the first word is the command
  case "$seen" in *"[$name]"*) continue ;; esac
  seen="$seen[$name]"
  run "$other" -O2 -ffast-math
  run "$other" -O1 -ffinite-math-only
done

#!/bin/sh
# check.sh finds what it must, together with other cases and alone.
#   selftest.sh <work directory> <compiler> [option]...
set -eu
here=$(dirname "$0") work=$1
shift
rm -rf "$work"

# try <accepted or rejected> <what check.sh says> <case>: with a good case beside, so that both are compiled together.
try() {
  rm -rf "$work/cases"
  mkdir -p "$work/cases"
  printf '%s\n' "// expect: five is wrong" '#ifdef LOWBIT_CONTROL' 'constexpr int n = 4;' '#else' 'constexpr int n = 5;' \
    '#endif' 'template <int N> struct number { static_assert(N != 5, "five is wrong"); };' 'number<n> one;' \
    >"$work/cases/good.cpp"
  printf "$3" >"$work/cases/other.cpp"
  expected=$1
  said=$(sh "$here/check.sh" "$work/cases" "$work/work" $compiler 2>&1) && status=accepted || status=rejected
  if [ "$status" != "$expected" ] || ! printf '%s\n' "$said" | grep -qF -- "$2"; then
    printf '%s\n%s instead of %s, or does not say: %s\n' "$said" "$status" "$expected" "$2"
    exit 1
  fi
}
compiler=$*

try accepted 'refused: six' '// expect: six\n#ifndef LOWBIT_CONTROL\nstatic_assert(false, "six");\n#endif\n'
try rejected 'compiles, but must not' '// expect: six\nint six;\n'
try rejected 'must compile with LOWBIT_CONTROL' '// expect: six\nstatic_assert(false, "six");\n'
try rejected 'lack: five is wrong' '// expect: five is wrong\n#ifndef LOWBIT_CONTROL\nstatic_assert(false, "six");\n#endif\n'
try rejected 'the first line must be' 'int six;\n'
echo 'the check fails when it must'

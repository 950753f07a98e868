# Fused multiply-add must not change a bit of a result, at any level of optimization.
. "$(dirname "$0")/common.sh"
case "$("$compiler" -dumpmachine)" in
  x86_64*) ;;
  *) skip 'the flags of this test are for x86-64' ;;
esac
grep -qw fma /proc/cpuinfo || skip 'this CPU has no fused multiply-add'

expected=
for flags in '-O0' '-O2' '-O2 -mavx2 -mfma' '-O3 -mavx2 -mfma -ffp-contract=fast' '-O3 -march=native -ffp-contract=fast'; do
  "$compiler" -std=c++20 $flags -I "$root/include" "$here/contraction.cpp" -o "$work/program"
  said=$("$work/program")
  echo "$said $flags"
  expected=${expected:-$said}
  [ "$said" = "$expected" ] || { echo "'$flags' changed a result"; exit 1; }
done

# Two objects of one program, one compiled with the given flags and one with none, as happens when a project sets
# flags for one file. They must share no function of lowbit, because the linker would keep either body: then the
# baseline object may run instructions its machine lacks. Linked in both orders, run here and on an old CPU.
. "$(dirname "$0")/common.sh"
case "$("$compiler" -dumpmachine)" in
  x86_64*) ;;
  *) skip 'the flags of this test are for x86-64' ;;
esac
qemu=$(first_of qemu-x86_64 qemu-x86_64-static)
level=$1
shift
unset LOWBIT_ISA

compile() {
  output=$work/$1.o
  shift
  "$compiler" -std=c++20 "$level" -I "$root/include" -c -o "$output" "$@"
}
compile baseline -DOBJECT=baseline "$here/two_objects/object.cpp"
compile tuned -DOBJECT=tuned "$@" "$here/two_objects/object.cpp"
compile main "$here/two_objects/main.cpp"

# Weak symbols of lowbit's own namespace, mangled, so that a return type in front cannot hide one.
for object in baseline tuned; do
  nm --defined-only "$work/$object.o" | awk '$2 ~ /^[WwVvu]$/ { print $3 }' |
    grep -E '^_Z(T[ISVTC]|GV|Z)*N[KVrRO]*6lowbit' | sort >"$work/$object.symbols" || true
done
comm -12 "$work/baseline.symbols" "$work/tuned.symbols" >"$work/shared"
if [ -s "$work/shared" ]; then
  echo "these functions of lowbit are in both objects, built with '$*' and without:"
  c++filt <"$work/shared" | uniq
  exit 1
fi
echo "no shared symbols: $(wc -l <"$work/baseline.symbols") in one object, $(wc -l <"$work/tuned.symbols") in the other"

for order in 'baseline tuned' 'tuned baseline'; do
  set -- $order
  program=$work/$1_first
  "$compiler" "$work/main.o" "$work/$1.o" "$work/$2.o" -o "$program"
  said=$("$program")  # an assignment, so that a crash ends this script too
  echo "$1 first, this machine: $said"
  if [ -n "$qemu" ]; then
    said=$("$qemu" -cpu Nehalem "$program")
    echo "$1 first, Nehalem:      $said"
  fi
done
[ -n "$qemu" ] || skip 'no qemu-x86_64 (package qemu-user); everything else passed'

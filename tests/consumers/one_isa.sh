# A unit compiled for one instruction set: by its flags with LOWBIT_STATIC_ARCH, or by the tag that its products name.
# Results are right, LOWBIT_ISA is not read, and no body of a better instruction set is compiled.
. "$(dirname "$0")/common.sh"
case "$("$compiler" -dumpmachine)" in
  x86_64*) ;;
  *) skip 'the flags of this test are for x86-64' ;;
esac
unset LOWBIT_ISA

# check <name> <does this CPU run it: yes or no> [option]...
check() {
  name=$1 runs=$2
  shift 2
  "$compiler" -std=c++20 -O1 -I "$root/include" -c -o "$work/$name.o" "$@" "$here/one_isa.cpp"
  if nm -C "$work/$name.o" | grep -i avx512; then
    echo "$name: these bodies are for another instruction set"
    exit 1
  fi
  "$compiler" -o "$work/$name" "$work/$name.o"
  if [ "$runs" = yes ]; then LOWBIT_ISA=no_such_isa "$work/$name"; fi
}
avx2=no
if grep -qw avx2 /proc/cpuinfo; then avx2=yes; fi
check flags_avx2 $avx2 -mavx2 -DLOWBIT_STATIC_ARCH '-DEXPECTED="avx2"'
check flags_none yes -DLOWBIT_STATIC_ARCH '-DEXPECTED="xsimd"'
check tag_avx2 $avx2
echo 'one instruction set each'

#!/bin/sh
# Builds one target with libFuzzer, ASan and UBSan, without exceptions and RTTI, and runs it.
#   fuzz.sh <source directory> <work directory> <compiler> <target>     LOWBIT_FUZZ_SECONDS: how long (4)
. "$1/tests/consumers/common.sh"
case "$("$compiler" --version)" in
  *clang*) clang=$compiler ;;
  *) clang=$(first_of clang++ clang++-14) ;;
esac
[ -n "$clang" ] || skip 'no clang++ (package clang)'
flags='-std=c++20 -O1 -g1 -fno-exceptions -fno-rtti -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all'
echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' >"$work/probe.cpp"
"$clang" $flags "$work/probe.cpp" -o "$work/probe" 2>"$work/probe.log" ||
  skip "$clang has no libFuzzer (package libclang-rt-dev)"
"$clang" $flags -I"$root/include" "$root/tests/fuzz/$1" -o "$work/target"
cd "$work"
# libFuzzer's own exit code for a find is 77, which would read as a skip here.
./target -error_exitcode=1 -max_total_time="${LOWBIT_FUZZ_SECONDS:-4}" -max_len=8192 -malloc_limit_mb=8 -rss_limit_mb=1024 \
  -timeout=10 -print_funcs=0 -print_final_stats=1

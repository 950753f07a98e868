# clang reports no loop of lowbit as not vectorized in a user's build. This holds where line numbers are known, and
# where clang names the function around the loop.
. "$(dirname "$0")/common.sh"
clang=$(first_of clang++)
[ -n "$clang" ] || skip 'no clang++ (package clang)'

for debug in -g0 -g1; do
  "$clang" -std=c++20 -O1 $debug -fsanitize=undefined -Werror=pass-failed -I "$root/include" -c "$here/clang_loops.cpp" \
           -o "$work/clang_loops.o"
done

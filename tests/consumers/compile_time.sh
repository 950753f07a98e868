# What lowbit/lowbit.hpp costs: an empty file that includes it takes at most 1.5 s longer to compile, at -O0, than one
# that includes only what its headers take from elsewhere (the standard library, intrinsics, xsimd). User time, not
# the wall's; the two are measured in turns, each by its shortest round, and a round more is taken while the
# difference is out of bounds: a busy machine makes a round slower, never faster.
. "$(dirname "$0")/common.sh"
most=1.5 rounds=6

echo '#include <lowbit/lowbit.hpp>' >"$work/lowbit.cpp"
"$compiler" -std=c++20 -I "$root/include" -MM "$work/lowbit.cpp" | tr -s ' \\' '\n\n' | grep '\.hpp$' |
  xargs sed -n 's|^ *# *include <\(.*\)>.*|#if __has_include(<\1>)\n#include <\1>\n#endif|p' >"$work/others.cpp"
grep -q xsimd "$work/others.cpp" || { echo 'no header of xsimd is included: nothing to compare with'; exit 1; }

# user_time <file>: seconds of compiling it.
user_time() {
  ( "$compiler" -std=c++20 -O0 -I "$root/include" -c "$1" -o "$work/object.o"
    times ) | awk 'NR == 2 { split($1, part, /[ms]/); print 60 * part[1] + part[2] }'
}

round=0 others=1e9 lowbit=1e9
while [ "$round" -lt "$rounds" ]; do
  round=$((round + 1))
  others=$(user_time "$work/others.cpp" | awk -v least="$others" '{ print $1 < least ? $1 : least }')
  lowbit=$(user_time "$work/lowbit.cpp" | awk -v least="$lowbit" '{ print $1 < least ? $1 : least }')
  echo "round $round: lowbit/lowbit.hpp $lowbit s, what it includes from elsewhere $others s"
  if [ "$round" -ge 2 ] && awk "BEGIN { exit !($lowbit - $others <= $most) }"; then exit 0; fi
done
echo "lowbit/lowbit.hpp takes more than $most s longer: make its headers lighter"
exit 1

#!/bin/sh
# What lowbit costs at compile time: each program's user time and the compiler's peak memory. Times are multiples of the
# time of a yardstick, a program with a product and a solver of Eigen. A compiler spends a sixth of that time on parsing
# and the rest on optimizing, as for lowbit's programs, so the multiples hold on CPUs with small and with large caches.
# (An empty program with Eigen/Dense is only parsed: multiples of its time differ by a quarter between CPUs. By hand, its
# row is printed, too.) All are compiled by `g++ -O2`, in turns, and the shortest time of each counts: a busy machine makes
# a round slower, never faster. The README's program runs, too.
#   compile_time.sh                       by hand: five rounds, every program
#   compile_time.sh <source directory> <work directory> <compiler> <Eigen's directory> [program]...
#                                         a test: a round more only while a program is above its limit
rounds=5
if [ $# -eq 0 ]; then
  set -- "$(cd "$(dirname "$0")/../.." && pwd)" "$(mktemp -d)" g++ /usr/include/eigen3 dense header first 02 04
  least_rounds=$rounds
  trap 'rm -rf "$work"' EXIT
else
  least_rounds=1
fi
. "$(dirname "$0")/common.sh"
eigen=$1
shift

# describe <program>: sets its name, the largest multiple of the yardstick, the largest peak memory in MB, and options.
describe() {
  case $1 in
    yardstick) name='a product and a solver of Eigen' times=1 memory=1000 ;;
    dense) name='an empty program with Eigen/Dense' times=1 memory=1000 ;;
    header) name='an empty program with lowbit.hpp' times=0.3 memory=340 ;;
    first) name="the README's first program" times=1.1 memory=430 ;;
    02) name='main.cpp of example 02' times=5.2 memory=960 ;;
    04) name='main.cpp of example 04' times=4.6 memory=950 ;;
  esac
  case $1 in
    header | first) options= ;;  # nothing but a compiler
    *) options="-isystem $eigen -I $root/examples/common" ;;
  esac
}

"$compiler" "$here/compile_time/measure.cpp" -o "$work/measure"
cat >"$work/yardstick.cpp" <<'END'
#include <Eigen/Dense>
Eigen::MatrixXd product(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) { return a * b; }
Eigen::VectorXd solution(const Eigen::MatrixXd& a, const Eigen::VectorXd& b) { return a.colPivHouseholderQr().solve(b); }
int main() {}
END
printf '#include <Eigen/Dense>\nint main() {}\n' >"$work/dense.cpp"
printf '#include <lowbit/lowbit.hpp>\nint main() {}\n' >"$work/header.cpp"
first_program >"$work/first.cpp"
for example in 02 04; do
  printf '#include "%s"\n' "$root"/examples/"$example"_*/main.cpp >"$work/$example.cpp"
done

round=0 above=yes
set -- yardstick "$@"
while [ "$round" -lt "$least_rounds" ] || { [ "$above" = yes ] && [ "$round" -lt "$rounds" ]; }; do
  round=$((round + 1))
  for program; do
    describe "$program"
    "$work/measure" "$compiler" -std=c++20 -O2 -I "$root/include" $options -c "$work/$program.cpp" -o "$work/$program.o" \
      >>"$work/$program.times"
  done
  least=$(sort -n "$work/yardstick.times" | awk 'NR == 1 { print $1 }')
  above=no
  for program; do
    describe "$program"
    sort -n "$work/$program.times" | awk -v name="$name" -v least="$least" -v times="$times" -v memory="$memory" '
      NR == 1 { seconds = $1; peak = $2 }
      END {
        above = seconds > times * least || peak > memory
        printf "%-34s %6.2f s %6.2f times (at most %s) %5d MB (at most %s)%s\n", name, seconds, seconds / least, times,
               peak, memory, above ? "  ABOVE" : ""
        exit above
      }' >>"$work/round_$round.txt" || above=yes
  done
done
echo "shortest of $round:"
cat "$work/round_$round.txt"
if [ -e "$work/first.o" ]; then
  "$compiler" "$work/first.o" -o "$work/first"
  "$work/first"
fi
[ "$above" = no ]

# The first program of the README, compiled with the line the README promises: nothing but a compiler.
. "$(dirname "$0")/common.sh"
cd "$root"
awk '/^```cpp/ { inside = 1; next } inside && /^```/ { exit } inside' README.md >"$work/program.cpp"
grep -q 'int main' "$work/program.cpp" || { echo 'the first cpp block of README.md is not a program'; exit 1; }
"$compiler" -std=c++20 -O2 -I include "$work/program.cpp" -o "$work/program"
"$work/program"

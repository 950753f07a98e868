# The first program of the README, compiled with the line the README promises: nothing but a compiler.
. "$(dirname "$0")/common.sh"
cd "$root"
first_program >"$work/program.cpp"
"$compiler" -std=c++20 -O2 -I include "$work/program.cpp" -o "$work/program"
"$work/program"

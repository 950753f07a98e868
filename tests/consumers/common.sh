# Sourced by the consumer tests: <source directory> <work directory> <compiler> [option]... become $root, an empty
# $work, $compiler and the rest of the arguments.
set -eu
unset CXXFLAGS CMAKE_BUILD_TYPE  # what CMake would take from the environment
root=$1 work=$2 compiler=$3
shift 3
rm -rf "$work"
mkdir -p "$work"
here=$root/tests/consumers

skip() {
  echo "skipped: $*"
  if [ "${LOWBIT_REQUIRE_ALL:-0}" = 1 ]; then
    echo 'LOWBIT_REQUIRE_ALL=1: a skip is a failure'
    exit 1
  fi
  exit 77
}

# first_of <command>...: the first one that is installed, or nothing.
first_of() {
  for command; do
    if command -v "$command"; then return; fi
  done
}

# configure_build_run <project> <build directory> <program> [cmake option]...
configure_build_run() {
  project=$1 build=$2 program=$3
  shift 3
  cmake -S "$project" -B "$build" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "$@"
  cmake --build "$build"
  "$build/$program"
}

# no_flags_but_include_paths <build directory>: the programs there got the language's standard, what CMake adds on a Mac,
# and nothing else.
no_flags_but_include_paths() {
  if sed -n 's/.*"command"://p' "$1/compile_commands.json" | tr ' ' '\n' | grep '^-' |
      grep -vE '^-(I.*|isystem|DWITH_EIGEN|std=[a-z+]*20|o|c|arch|isysroot|mmacosx-version-min=.*)$'; then
    echo 'lowbit adds these flags'
    exit 1
  fi
}

# aarch64_tools: $cross compiles and links for a 64-bit Arm (the build's own compiler if it is clang, which can), and
# $qemu runs the result.
aarch64_tools() {
  cross=$(first_of aarch64-linux-gnu-g++)
  [ -n "$cross" ] || skip 'no aarch64-linux-gnu-g++ (package g++-aarch64-linux-gnu)'
  qemu=$(first_of qemu-aarch64 qemu-aarch64-static)
  [ -n "$qemu" ] || skip 'no qemu-aarch64 (package qemu-user)'
  case "$("$compiler" --version)" in
    *clang*) cross="$compiler --target=aarch64-linux-gnu" ;;
  esac
  cross="$cross -std=c++20 -static"
}

# first_program: prints the README's first program.
first_program() {
  awk '/^```cpp/ { inside = 1; next } inside && /^```/ { exit } inside' "$root/README.md" >"$work/first_program"
  grep -q 'int main' "$work/first_program" || { echo 'the first cpp block of README.md is not a program' >&2; exit 1; }
  cat "$work/first_program"
}

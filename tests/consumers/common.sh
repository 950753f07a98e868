# Sourced by the consumer tests: <source directory> <work directory> <compiler> [option]... become $root, an empty
# $work, $compiler and the rest of the arguments.
set -eu
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
  cmake -S "$project" -B "$build" -DCMAKE_CXX_COMPILER="$compiler" "$@"
  cmake --build "$build"
  "$build/$program"
}

# A library that holds lowbit and exports itself: its users find both, installed and in its build tree.
. "$(dirname "$0")/common.sh"
cmake -S "$here/exported" -B "$work/exported" -DCMAKE_CXX_COMPILER="$compiler" -DLOWBIT_ROOT="$root"
cmake --build "$work/exported"
cmake --install "$work/exported" --prefix "$work/prefix"
configure_build_run "$here/uses_exported" "$work/of_installed" uses_exported -DCMAKE_PREFIX_PATH="$work/prefix"
cmake -S "$here/uses_exported" -B "$work/of_build" -DCMAKE_CXX_COMPILER="$compiler" -Dexported_DIR="$work/exported" \
      -Dlowbit_DIR="$work/exported/lowbit/package"

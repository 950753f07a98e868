# lowbit inside another project, through add_subdirectory and FetchContent.
. "$(dirname "$0")/common.sh"
configure_build_run "$here/subdirectory" "$work/consumer" consumer -DLOWBIT_ROOT="$root"
no_flags_but_include_paths "$work/consumer"
cmake -S "$here/subdirectory" -B "$work/fetched" -DCMAKE_CXX_COMPILER="$compiler" -DLOWBIT_ROOT="$root" -DFETCH=ON

# lowbit inside another project, through add_subdirectory.
. "$(dirname "$0")/common.sh"
configure_build_run "$here/subdirectory" "$work/consumer" consumer -DLOWBIT_ROOT="$root"

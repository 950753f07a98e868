# Installs lowbit under a path with a space, moves it (a package must not remember where it was built), and
# builds projects against it that know it only through find_package.
. "$(dirname "$0")/common.sh"

cmake -S "$root" -B "$work/lowbit" -DCMAKE_CXX_COMPILER="$compiler" -DLOWBIT_BUILD_TESTS=OFF -DLOWBIT_BUILD_BENCH=OFF \
      -DLOWBIT_BUILD_EXAMPLES=OFF
cmake --install "$work/lowbit" --prefix "$work/first place"
mv "$work/first place" "$work/a prefix"
if grep -rnE '[";]/[A-Za-z]' "$work/a prefix/share/cmake"; then
  echo 'the installed package names an absolute path'
  exit 1
fi

configure_build_run "$here/installed" "$work/consumer" consumer -DCMAKE_PREFIX_PATH="$work/a prefix"
cp -r "$root/examples/01_first_steps" "$work/copied out"
configure_build_run "$work/copied out" "$work/first_steps" first_steps -DCMAKE_PREFIX_PATH="$work/a prefix" \
                    -DCMAKE_BUILD_TYPE=Debug
cp -r "$root/examples/03_quantizers" "$work/copied quantizers"
# Not optimized: here it only has to build and run.
configure_build_run "$work/copied quantizers" "$work/quantizers" quantizers -DCMAKE_PREFIX_PATH="$work/a prefix" \
                    -DCMAKE_BUILD_TYPE=Debug

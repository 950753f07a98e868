# Installs lowbit under a path with a space, and moves it, because a package must not remember where it was built. Then
# builds projects that know it only through find_package.
. "$(dirname "$0")/common.sh"

# As on a bare machine: none of the packages that lowbit can use, and a git that downloads nothing.
mkdir "$work/bare"
printf '#!/bin/sh\necho "git $*: no network"\nexit 1\n' >"$work/bare/git"
chmod +x "$work/bare/git"
configure_bare() {
  PATH="$work/bare:$PATH" cmake -S "$root" -DCMAKE_CXX_COMPILER="$compiler" -DLOWBIT_XSIMD_INCLUDE_DIR=OFF \
    $(printf -- '-DCMAKE_DISABLE_FIND_PACKAGE_%s=ON ' xsimd Eigen3 Catch2 nlohmann_json benchmark ZLIB) "$@"
}
for part in TESTS BENCH; do  # what is asked for is not left out silently
  if configure_bare -B "$work/$part" -DLOWBIT_BUILD_$part=ON 2>"$work/$part.txt"; then
    echo "LOWBIT_BUILD_$part=ON does without its packages"
    exit 1
  fi
  tr -s ' \n' ' ' <"$work/$part.txt" | grep "need .* -DLOWBIT_BUILD_$part=OFF"  # the reason
done

configure_bare -B "$work/lowbit"
cmake --install "$work/lowbit" --prefix "$work/first place"
mv "$work/first place" "$work/a prefix"
if grep -rnE '[";]/[A-Za-z]' "$work/a prefix/share/cmake"; then
  echo 'the installed package names an absolute path'
  exit 1
fi

configure_build_run "$here/installed" "$work/consumer" consumer -DCMAKE_PREFIX_PATH="$work/a prefix"
no_flags_but_include_paths "$work/consumer"
cp -r "$root/examples/01_first_steps" "$work/copied out"
configure_build_run "$work/copied out" "$work/first_steps" first_steps -DCMAKE_PREFIX_PATH="$work/a prefix" \
                    -DCMAKE_BUILD_TYPE=Debug
cp -r "$root/examples/03_quantizers" "$work/copied quantizers"
# Not optimized: here it only has to build and run.
configure_build_run "$work/copied quantizers" "$work/quantizers" quantizers -DCMAKE_PREFIX_PATH="$work/a prefix" \
                    -DCMAKE_BUILD_TYPE=Debug

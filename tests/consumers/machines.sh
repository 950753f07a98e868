# The same program for other kinds of machines, under emulation: 32-bit sizes, the other order of bytes, no xsimd arch.
# One has a NEON that takes subnormal numbers for 0. It must print what it prints on this machine, and load the network
# that this machine saved. The arguments are folders of which one holds xsimd's headers: a cross compiler sees no other
# header of this machine's.
. "$(dirname "$0")/common.sh"
mkdir "$work/headers"
for directory; do
  if [ -d "$directory/xsimd" ]; then ln -sfn "$directory/xsimd" "$work/headers/xsimd"; fi
done
missing=
warnings='-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror'

# build <program> <compiler> [option]...
build() {
  program=$1
  shift
  "$@" -std=c++20 $warnings -isystem "$work/headers" -I "$root/include" "$here/machines.cpp" -o "$work/$program"
}

# compare <name> <emulator> <package> <cross compiler> [option]...: optimized only where an option says so.
compare() {
  name=$1 qemu=$(first_of "$2" "$2-static") package=$3
  shift 3
  if [ -z "$(first_of "$1")" ]; then
    missing="$missing, no $1 (package $package)"
  elif [ -z "$qemu" ]; then
    missing="$missing, no $2 (package qemu-user)"
  else
    build "$name" "$@" -static
    "$qemu" "$work/$name" read "$work/network" >"$work/$name.txt" || { cat "$work/$name.txt"; exit 1; }
    diff "$work/here.txt" "$work/$name.txt" || { echo "$name differs"; exit 1; }
    echo "$name: the same"
  fi
}

# Not optimized and for one ISA: the least that can go wrong.
build here "$compiler" -O0 -DLOWBIT_STATIC_ARCH
"$work/here" write "$work/network" >"$work/here.txt"
cat "$work/here.txt"

compare aarch64 qemu-aarch64 g++-aarch64-linux-gnu aarch64-linux-gnu-g++ -O1
compare armhf qemu-arm g++-arm-linux-gnueabihf arm-linux-gnueabihf-g++ -mfpu=vfpv3-d16
compare armhf-neon qemu-arm g++-arm-linux-gnueabihf arm-linux-gnueabihf-g++ -mfpu=neon
compare i686 qemu-i386 g++-i686-linux-gnu i686-linux-gnu-g++ -msse2 -mfpmath=sse
compare riscv64 qemu-riscv64 g++-riscv64-linux-gnu riscv64-linux-gnu-g++ -O1
compare s390x qemu-s390x g++-s390x-linux-gnu s390x-linux-gnu-g++
if [ -n "$missing" ]; then skip "${missing#, }"; fi

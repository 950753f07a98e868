# The same program for a 64-bit Arm, without dot-product instructions and with them, under emulation.
. "$(dirname "$0")/common.sh"
cross=$(first_of aarch64-linux-gnu-g++)
[ -n "$cross" ] || skip 'no aarch64-linux-gnu-g++ (package g++-aarch64-linux-gnu)'
qemu=$(first_of qemu-aarch64 qemu-aarch64-static)
[ -n "$qemu" ] || skip 'no qemu-aarch64 (package qemu-user)'

"$cross" -std=c++20 -O2 -static -I "$root/include" "$here/program.cpp" -o "$work/program"
for cpu in cortex-a72 cortex-a76 max; do
  "$qemu" -cpu "$cpu" "$work/program"
done

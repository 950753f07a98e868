# The same program for a 64-bit Arm, without dot-product instructions and with them, under emulation.
. "$(dirname "$0")/common.sh"
aarch64_tools

$cross -O2 -I "$root/include" "$here/program.cpp" -o "$work/program"
for cpu in cortex-a72 cortex-a76 max; do
  "$qemu" -cpu "$cpu" "$work/program"
done

// One pair of each family of encodings and each operation of a kernel, for aarch64_tests.sh. tests/differential checks
// many; here compiling takes a cross compiler and running an emulator.
#include "differential/sweep.hpp"

using namespace lowbit;

TEST_CASE("xor: binary x binary", "[differential]") { test::check_pair<binary, binary>(); }
TEST_CASE("gated: ternary x ternary", "[differential]") { test::check_pair<ternary, ternary>(); }
TEST_CASE("xor of planes: bipolar 3 bits x binary", "[differential]") {
  test::check_pair<bipolar_bits<3>, binary>();
}
TEST_CASE("and, both signs: unsigned 2 bits x signed 4 bits", "[differential]") {
  test::check_pair<unsigned_bits<2>, signed_bits<4>>();
}

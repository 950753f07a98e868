// One pair of each family of encodings and each operation of a kernel, for aarch64_tests.sh. tests/differential checks
// many; here compiling takes a cross compiler and running an emulator.
#include "differential/sweep.hpp"
#include "support/forced.hpp"

using namespace lowbit;

TEST_CASE("xor: binary x binary", "[differential]") { test::check_pair<binary, binary>(); }
TEST_CASE("masked: ternary x ternary", "[differential]") { test::check_pair<ternary, ternary>(); }
TEST_CASE("xor of planes: bipolar 3 bits x binary", "[differential]") {
  test::check_pair<bipolar_bits<3>, binary>();
}
TEST_CASE("and, both signs: unsigned 2 bits x signed 4 bits", "[differential]") {
  test::check_pair<unsigned_bits<2>, signed_bits<4>>();
}
TEST_CASE("lookups: unsigned 4 bits x binary, signed 4 bits x unsigned 1 bit", "[differential]") {
  for (const index_t depth : {1, 63, 65, 300}) {
    test::check_forced<test::forced_lookups, unsigned_bits<4>, binary>(" lookups,", 5, 70, depth);
    test::check_forced<test::forced_lookups, signed_bits<4>, unsigned_bits<1>>(
        " lookups,", 5, 70, depth, test::fill::all_min);
  }
}

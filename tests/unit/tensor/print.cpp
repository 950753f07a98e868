// tensor/print.hpp: what operator<< writes, character by character.
#include "lowbit/tensor/print.hpp"

#include <sstream>

#include "lowbit/core/matrix.hpp"
#include "lowbit/encoding/binary.hpp"
#include "lowbit/encoding/planes.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/catch.hpp"

namespace test_print {

using namespace lowbit;

namespace {

template <class T>
std::string text_of(const T& x) {
  std::ostringstream out;
  out << x;
  return out.str();
}

}  // namespace

TEST_CASE("packed matrices print their shape and a corner of values", "[tensor]") {
  matrix<code_t> codes(2, 3);
  codes(0, 1) = ternary::plus;
  codes(1, 2) = ternary::minus;
  CHECK(text_of(pack<ternary>(codes.view())) ==
        "packed_matrix 2x3 ternary, 2 bits per element, 32 bytes\n"
        "     0   +1    0\n"
        "     0    0   -1\n");
  CHECK(text_of(packed_matrix<binary>(9, 9)).substr(0, 60) ==
        "packed_matrix 9x9 binary, 1 bit per element, 72 bytes\n    -1");
  CHECK(text_of(packed_matrix<binary>(9, 9)).find("  -1 ...\n") != std::string::npos);
  CHECK(text_of(packed_matrix<binary>(0, 9)) ==
        "packed_matrix 0x9 binary, 1 bit per element, 0 bytes\n");
  CHECK(text_of(pack<planes<2>>(codes.view())).find("   3\n") != std::string::npos);
}

TEST_CASE("quantized matrices print real numbers and the granularity", "[tensor]") {
  packed_matrix<binary> codes(1, 2);
  codes.set_code(0, 1, 1);
  buffer<affine> levels(1);
  levels[0] = {0.5f, 0};
  CHECK(text_of(quantized_matrix<binary>(codes, per::tensor, levels)) ==
        "quantized_matrix 1x2 binary, 1 bit per element, scales per tensor\n"
        "        -0.5        0.5\n");
  CHECK(
      text_of(quantized_matrix<binary>(codes, per::group<64>, levels)).find("per group of 64\n") !=
      std::string::npos);
}

TEST_CASE("printing leaves the stream as it was", "[tensor]") {
  std::ostringstream out;
  out << packed_matrix<binary>(1, 1) << 5;
  CHECK(out.str().back() == '5');
  CHECK(out.str().find("+5") == std::string::npos);
}

}  // namespace test_print

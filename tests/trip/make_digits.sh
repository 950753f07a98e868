#!/bin/sh
# The first 300 lines of examples/common/data/digits.csv.gz as a header of C++: 64 pixels as letters, and the digit.
#   make_digits.sh > digits.hpp
#   make_digits.sh check        fails if digits.hpp is another
set -eu
here=$(cd "$(dirname "$0")" && pwd)

digits() {
  cat <<'END'
// The first 300 of the 1,797 handwritten digits in examples/common/data, whose README.md has their source and their
// licence (BSD 3-clause). A line is an image: 8x8 pixels, a for 0 to q for 16, and the digit. Made by make_digits.sh.
#pragma once

namespace test {

inline constexpr const char* digit_lines[] = {
END
  gzip -dc "$here/../../examples/common/data/digits.csv.gz" | awk -F , '
    NR > 300 { exit }
    {
      line = ""
      for (i = 1; i <= 64; ++i) line = line substr("abcdefghijklmnopq", $i + 1, 1)
      print "    \"" line $65 "\"" (NR < 300 ? "," : "};")
    }'
  printf '\n}  // namespace test\n'
}

if [ "${1:-}" = check ]; then
  digits | cmp - "$here/digits.hpp"
else
  digits
fi

// What each object of the pair offers. The types are the same in both, so tensors may travel
// between them.
#pragma once

#include <cstdint>
#include <lowbit/lowbit.hpp>

#define DECLARE_OBJECT(name)                                                  \
  namespace name {                                                            \
  lowbit::packed_matrix<lowbit::binary> pack(const lowbit::matrix<float>& x); \
  std::int64_t multiply(const lowbit::packed_matrix<lowbit::binary>& x);      \
  float quantize_and_multiply(const lowbit::matrix<float>& x);                \
  }

DECLARE_OBJECT(baseline)
DECLARE_OBJECT(tuned)

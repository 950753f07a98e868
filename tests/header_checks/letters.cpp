// The programs of numerics define one-letter macros; lowbit, read behind them, works and leaves them as they were.
#define A 1
#define B 2
#define E 3
#define K 30
#define M 10
#define N 20
#define T double
#define V 4
#define X 5

#include <lowbit/compress.hpp>
#include <lowbit/eigen.hpp>
#include <lowbit/io.hpp>
#include <lowbit/lowbit.hpp>
#include <lowbit/any.hpp>
#include <lowbit/nn.hpp>

static_assert(A == 1 && B == 2 && E == 3 && K == 30 && M == 10 && N == 20 && V == 4 && X == 5);
static_assert(sizeof(T) == sizeof(double));

lowbit::matrix<float> product(const lowbit::matrix<float>& x) {
  return lowbit::matmul(lowbit::quantize(lowbit::sign{}, x), lowbit::quantize(lowbit::sign{}, x));
}

// First steps: quantize real numbers, look at the bits, multiply them, train through them.
#include <lowbit/lowbit.hpp>

#include <cstdio>
#include <exception>
#include <iostream>

int main() try {
  // Four rows of 100 real numbers in (-1, 1). Any row-major memory would do.
  lowbit::matrix<float> x(4, 100);
  const lowbit::random_stream random(2026);
  for (lowbit::index_t i = 0; i < 400; ++i) x.data()[i] = 2 * random.uniform(i) - 1;

  // Real numbers -> codes -> bit planes, with the scales that belong to them.
  const auto weights =
      lowbit::quantize(lowbit::per_group(lowbit::twn{}, lowbit::per::row), x.view());
  const auto inputs = lowbit::quantize(lowbit::dorefa_activation<2>{}, x.view());
  std::cout << "real numbers: " << x.view() << "\nternary, one scale per row: " << weights
            << "\ntheir codes: " << weights.codes() << "\n2-bit activations: " << inputs << '\n';

  // Codes multiply to exact integers; with the scales, to real numbers.
  const auto integers = lowbit::gemm(inputs.codes(), weights.codes());
  const auto float_epilogue = lowbit::matmul(inputs, weights);
  std::cout << "inputs x weights, integers: " << integers.view()
            << "\ninputs x weights, real: " << float_epilogue.view() << '\n';

  // The same in real arithmetic, from the numbers that the codes stand for.
  double worst = 0;
  for (lowbit::index_t m = 0; m < 4; ++m)
    for (lowbit::index_t n = 0; n < 4; ++n) {
      double sum = 0;
      for (lowbit::index_t k = 0; k < 100; ++k)
        sum += static_cast<double>(inputs.real(m, k)) * static_cast<double>(weights.real(n, k));
      const double difference = sum - static_cast<double>(float_epilogue(m, n));
      worst = difference > worst ? difference : -difference > worst ? -difference : worst;
    }
  std::printf("largest difference to the dequantized product: %g\n", worst);

  // The gradient that training uses where the true derivative of a staircase is zero.
  const lowbit::sign sign;
  std::printf("d sign(0.3) = %g, d sign(1.3) = %g (upstream 1)\n",
              static_cast<double>(gradient(sign, 0.3f, 1)),
              static_cast<double>(gradient(sign, 1.3f, 1)));

  std::printf("%s\nserved by: %s\n", lowbit::build_info().c_str(),
              lowbit::kernel_name(inputs.codes(), weights.codes()).c_str());
  return worst < 1e-5 ? 0 : 1;
} catch (const std::exception& e) {  // for example LOWBIT_ISA names what this CPU lacks
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}

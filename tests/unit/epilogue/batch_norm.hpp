// Batch norms for the tests of this folder: random ones, and those that break thresholds.
#pragma once

#include <vector>

#include "lowbit/epilogue/batch_norm.hpp"
#include "support/settings.hpp"

namespace test {

/// Parameters of n channels.
struct norm_parameters {
  std::vector<float> gamma, beta, mean, variance;
  float epsilon = 1e-5f;
  void add(float g, float b, float m, float v) {
    gamma.push_back(g), beta.push_back(b), mean.push_back(m), variance.push_back(v);
  }
  lowbit::batch_norm norm() const {
    return lowbit::batch_norm(gamma, beta, mean, variance, epsilon);
  }
};

/// Negative, zero and denormal gammas, thresholds that hit integers, constants of both signs and
/// zero.
inline norm_parameters adversarial_norms() {
  norm_parameters p;
  for (const float gamma :
       {1.0f, -1.0f, 0.0f, -0.0f, 1e-41f, -1e-41f, 1e-30f, -1e-30f, 1e20f, -1e20f, 0.5f, -2.0f})
    for (const float beta : {0.0f, -0.0f, 1.0f, -1.0f, 1e-40f, -1e-40f, 1e6f, -1e6f})
      for (const float mean : {0.0f, 3.0f, -3.0f, 2.5f, 1e9f}) p.add(gamma, beta, mean, 1.0f);
  p.epsilon = 0;
  return p;
}

inline norm_parameters random_norms(int n, float spread, std::uint64_t salt) {
  auto random = generator(salt);
  std::normal_distribution<float> normal;
  std::uniform_real_distribution<float> variance(0, 2 * spread);
  norm_parameters p;
  for (int i = 0; i < n; ++i)
    p.add(normal(random), normal(random), spread * normal(random), variance(random));
  return p;
}

}  // namespace test

#include "methods.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <lowbit/quantize/catalogue.hpp>
#include <type_traits>

using namespace lowbit;

namespace {

/// The matrix in one span: the views of this program have no gaps between rows.
std::span<const float> all_of(weight_view w) {
  return {w.data(), static_cast<std::size_t>(w.rows() * w.cols())};
}

template <quantizer Q>
Q fitted_to(Q q, std::span<const float> group) {
  if constexpr (layer_fitted<Q>) q = q.fit_layer(group);
  if constexpr (fitted<Q>) q = q.fit(group);
  return q;
}

/// The real number in place of x; for a stochastic quantizer the mean over evenly spaced uniforms.
template <quantizer Q>
double level_of(const Q& q, float x) {
  if constexpr (deterministic_quantizer<Q>) {
    return static_cast<double>(decode(q, encode(q, x)));
  } else {
    constexpr int draws = 256;
    double sum = 0;
    for (int i = 0; i < draws; ++i)
      sum += static_cast<double>(decode(q, encode(q, x, (static_cast<float>(i) + 0.5f) / draws)));
    return sum / draws;
  }
}

/// How a group's gradient looks at one of its elements. The element is x, the others are some of the weights, and only
/// the level of x has an influence on the loss.
template <group_gradient Q>
class lone_element {
 public:
  lone_element(const Q& q, std::span<const float> weights)
      : q_(q), group_(1), upstream_{1}, dx_(1) {
    const std::size_t step = weights.size() / 256 + 1;
    for (std::size_t i = 0; i < weights.size(); i += step) group_.push_back(weights[i]);
    upstream_.resize(group_.size());
    dx_.resize(group_.size());
  }
  double operator()(float x) {
    group_[0] = x;
    lowbit::backward(q_, group_, upstream_, dx_);
    return static_cast<double>(dx_[0]);
  }

 private:
  const Q& q_;
  std::vector<float> group_, upstream_, dx_;
};

template <quantizer Q>
curve draw(const range& over, weight_view weights) {
  const Q q = fitted_to(Q{}, all_of(weights));
  curve c;
  for (int i = 0; i < over.points; ++i) {
    const auto x = static_cast<float>(over.at(i));
    c.x.push_back(over.at(i));
    c.level.push_back(level_of(q, x));
    if constexpr (requires { q.soft(x); }) c.soft.push_back(static_cast<double>(q.soft(x)));
    if constexpr (!group_gradient<Q> && elementwise_gradient<Q>)
      c.gradient.push_back(static_cast<double>(gradient(q, x, 1)));
  }
  if constexpr (group_gradient<Q>) {
    lone_element<Q> gradient(q, all_of(weights));
    for (const double x : c.x) c.gradient.push_back(gradient(static_cast<float>(x)));
  }
  return c;
}

/// What the codes of q stand for.
template <quantizer Q>
std::vector<double> levels_in(const Q& q) {
  std::vector<double> levels;
  for (int code = 0; code < 1 << Q::encoding::plane_count; ++code)
    if (is_code<typename Q::encoding>(static_cast<code_t>(code)))
      levels.push_back(static_cast<double>(decode(q, static_cast<code_t>(code))));
  return levels;
}

template <quantizer Q>
double reach_of(const Q& q) {
  double extent = 0;
  for (const double level : levels_in(q)) extent = std::fmax(extent, std::fabs(level));
  return extent;
}

template <fitted Q>
bool has_negative_levels(const Q& q) {
  const auto levels = levels_in(q);
  return std::any_of(levels.begin(), levels.end(), [](double level) { return level < 0; });
}

/// f(begin, size) for each group of consecutive weights.
template <class F>
void for_each_group(weight_view w, grouping group, F f) {
  if (group.size == 0) return f(index_t{0}, w.rows() * w.cols());
  for (index_t r = 0; r < w.rows(); ++r)
    for (index_t c = 0; c < w.cols(); c += group.size)
      f(r * w.cols() + c, std::min(group.size, w.cols() - c));
}

/// The fits of all groups, in order.
template <fitted Q>
std::vector<Q> fit_groups(std::span<const float> w, weight_view shape, grouping group) {
  Q q{};
  if constexpr (layer_fitted<Q>) q = q.fit_layer(w);
  std::vector<Q> fits;
  for_each_group(shape, group, [&](index_t begin, index_t size) {
    fits.push_back(
        q.fit(w.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(size))));
  });
  return fits;
}

template <fitted Q>
fit_result fit(weight_view weights, grouping group) {
  std::span<const float> w = all_of(weights);
  std::vector<float> magnitudes;
  fit_result result{};
  if (!has_negative_levels(fitted_to(Q{}, w))) {
    for (const float x : w) magnitudes.push_back(std::fabs(x));
    w = magnitudes;
    result.of_magnitudes = true;
  }

  std::vector<Q> fits;
  result.milliseconds = HUGE_VAL;
  for (int run = 0; run < 3; ++run) {
    const auto start = std::chrono::steady_clock::now();
    fits = fit_groups<Q>(w, weights, group);
    const std::chrono::duration<double, std::milli> passed =
        std::chrono::steady_clock::now() - start;
    result.milliseconds = std::fmin(result.milliseconds, passed.count());
  }

  // Sums of w w, w y and y y, where y is the level in place of w. The best c y is no further from w than w w - (w y)^2
  // / y y.
  double ww = 0, wy = 0, yy = 0, noise = 0, zeros = 0;
  const random_stream random(1);
  auto next = fits.begin();
  for_each_group(weights, group, [&](index_t begin, index_t size) {
    const Q& q = *next++;
    for (index_t i = begin; i < begin + size; ++i) {
      const float x = w[static_cast<std::size_t>(i)];
      const double real = static_cast<double>(x);
      double level = 0;
      if constexpr (deterministic_quantizer<Q>)
        level = level_of(q, x);
      else
        level = static_cast<double>(decode(q, encode(q, x, random.uniform(i))));
      ww += real * real;
      wy += real * level;
      yy += level * level;
      noise += (level - real) * (level - real);
      zeros += level == 0 ? 1 : 0;
    }
  });
  const auto count = static_cast<double>(w.size());
  result.bits = Q::encoding::plane_count + 8.0 * sizeof(levels_of<typename Q::encoding>) *
                                               static_cast<double>(fits.size()) / count;
  result.rms_error = std::sqrt(noise / count);
  result.sqnr = 10 * std::log10(ww / noise);
  result.rescaled = yy > 0 ? 10 * std::log10(ww / (ww - wy * wy / yy)) : 0;
  result.zeros = zeros / count;
  return result;
}

std::vector<method> read_catalogue() {
  std::vector<method> all;
  for_each_quantizer([&]<class Q>(const catalogue_entry<Q>& e) {
    method m{e.name,   e.header, e.family,      e.encoding(), e.bits(),
             e.paper,  e.year,   reach_of(Q{}), fitted<Q>,    stochastic_quantizer<Q>,
             &draw<Q>, nullptr};
    if constexpr (fitted<Q>) m.fit = &fit<Q>;
    all.push_back(m);
  });
  return all;
}

}  // namespace

const std::vector<method>& methods() {
  static const std::vector<method> all = read_catalogue();
  return all;
}

// The one place where the tests of the catalogue meet the types of its quantizers: see support/any_quantizer.hpp.
#include "lowbit/quantize/catalogue.hpp"
#include "lowbit/quantize/fit/monotone.hpp"
#include "support/any_quantizer.hpp"
#include "support/oracle.hpp"

using namespace lowbit;

namespace {

/// Where the levels are not in the domain of the numbers. DoReFa weights compress with tanh before they round, and
/// WAGE's errors keep no scale. Low-precision batch norm is a function of the code, and the dead zone of a GXNOR grid
/// may reach its first level.
template <class Q>
constexpr bool keeps_domain = true;
template <int K, max_gradient G>
constexpr bool keeps_domain<dorefa_weight<K, G>> = K == 1;
template <int N, class Pulse>
constexpr bool keeps_domain<gxnor_activation<N, Pulse>> = N == 1;
template <int K>
constexpr bool keeps_domain<wage_error<K>> = false;
template <int K>
constexpr bool keeps_domain<low_precision_batch_norm<K>> = false;
// Signs around the mean: where the group is skewed, its mean is not between the two levels.
template <class S>
constexpr bool keeps_domain<bitnet_binary<S>> = false;
template <class S>
constexpr bool keeps_domain<irnet_weight<S>> = false;

/// Sums of planes need not rise with the numbers, unless the levels were sorted.
template <class Q>
constexpr bool is_monotone = !multi_plane_code<typename Q::encoding>;
template <>
inline constexpr bool is_monotone<ttq> = true;
template <int K, plane_kind Kind>
constexpr bool is_monotone<lq_nets<K, Kind>> = true;

template <class Q>
constexpr bool is_learnable = learnable<Q>;
template <class Q>
requires requires(const Q& q) { q.surrogate_gradient; }
constexpr bool is_learnable<Q> = learnable<Q> || learnable<decltype(Q::surrogate_gradient)>;

template <quantizer Q>
class quantizer_of final : public test::any_quantizer {
 public:
  using encoding = typename Q::encoding;

  explicit quantizer_of(const Q& q) : q_(q) {}

  code_t encode(float x, float u) const override {
    if constexpr (stochastic_quantizer<Q>)
      return lowbit::encode(q_, x, u);
    else
      return static_cast<void>(u), lowbit::encode(q_, x);
  }
  std::optional<code_t> compare([[maybe_unused]] float x) const override {
    if constexpr (comparing_quantizer<Q>)
      return code_of(q_.planes(one_float{x}));
    else if constexpr (monotone_quantizer<Q>)
      return lowbit::encode(detail::quantizers::boundary_encoder<encoding::plane_count>(q_), x);
    else
      return std::nullopt;
  }
  float decode(code_t code) const override { return lowbit::decode(q_, code); }
  std::unique_ptr<any_quantizer> fit([[maybe_unused]] std::span<const float> group) const override {
    if constexpr (fitted<Q>)
      return std::make_unique<quantizer_of>(q_.fit(group));
    else
      return std::make_unique<quantizer_of>(q_);
  }
  void backward(std::span<const float> x, std::span<const float> upstream,
                std::span<float> dx) const override {
    lowbit::backward(q_, x, upstream, dx);
  }
  void validate() const override { lowbit::validate(q_); }

  bool is_code(code_t code) const override { return lowbit::is_code<encoding>(code); }
  std::vector<code_t> all_codes() const override { return test::all_codes(encoding{}); }
  std::vector<float> boundaries() const override {
    if constexpr (requires { q_.boundaries; })
      return {q_.boundaries.begin(), q_.boundaries.end()};
    else
      return {};
  }
  std::optional<affine> affine_levels() const override {
    if constexpr (plane_code<encoding>)
      return q_.levels();
    else
      return std::nullopt;
  }

 private:
  Q q_;
};

}  // namespace

const std::vector<test::catalogued>& test::every_quantizer() {
  static const std::vector<catalogued> all = [] {
    std::vector<catalogued> entries;
    for_each_quantizer([&]<class Q>(const catalogue_entry<Q>& entry) {
      entries.push_back({entry.name, entry.header, entry.family, entry.paper, entry.trained,
                         entry.encoding(), entry.scales(), entry.year, entry.bits(), fitted<Q>,
                         is_learnable<Q>, keeps_domain<Q>, is_monotone<Q>,
                         std::make_unique<quantizer_of<Q>>(Q{})});
    });
    return entries;
  }();
  return all;
}

// lowbit/encode/encode.hpp – real numbers to packed codes by a quantizer as it is.
//
//     lowbit::packed_matrix<lowbit::binary> codes(x.rows(), x.cols());
//     lowbit::encode(lowbit::sign{}, x, codes);          into codes, whose memory is used again
//     auto c = lowbit::encode(lowbit::sign{}, x);        new codes
//     lowbit::encode(q, x, codes, random_stream(seed));  with a stochastic quantizer
//
// Code (r, k) is q.encode(x(r, k)). Nothing is fitted and no scale is kept: q.levels() says what the
// codes stand for. quantize() (encode/quantize.hpp) fits, encodes and keeps the scales; where a network
// runs with fixed scales, or a fit of yesterday serves today, encode() is all that is left to do, and
// it allocates nothing. Sign, ternary codes and rising formulas of up to 5 bits (quantize/fit/monotone.hpp) are
// packed as fast as memory delivers the numbers (kernel/pack/pack.hpp).
//
// Stochastic quantizers take their uniforms from the stream: element (r, c) uses number r * cols + c,
// so the result does not depend on threads or ISA. The scalar encode() of the quantizer is the only
// formula; codes are the same on every ISA, bit for bit.
//
// Every form also takes an ISA tag first (encode(isa::avx2{}, q, x, codes)); the CPU must have it.
// Errors: out has another shape; an option of the quantizer makes no sense; nothing is written
// then. x may have 0 rows or columns.
#ifndef LOWBIT_ENCODE_ENCODE_HPP
#define LOWBIT_ENCODE_ENCODE_HPP

#include "lowbit/core/matrix_view.hpp"
#include "lowbit/core/random.hpp"
#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/kernel/pack/pack.hpp"
#include "lowbit/quantize/fit/monotone.hpp"
#include "lowbit/quantize/validate.hpp"
#include "lowbit/tensor/packed_matrix.hpp"

LOWBIT_BEGIN

/// Q encodes with what else is passed: nothing if its encode takes a number alone, a random_stream if
/// it takes a uniform too.
template <class Q, class... Stream>
concept encodes_with = quantizer<Q> &&((sizeof...(Stream) == 0 && deterministic_quantizer<Q>) ||
                                       (sizeof...(Stream) == 1 && stochastic_quantizer<Q> &&
                                        (std::same_as<Stream, random_stream> && ...)));

namespace detail::encoders {

/// Encodes one run of a row and packs it at the run's words. With a stream, element i of the run uses
/// its number first_number + i.
template <class Tag, class Q, class... Stream>
void encode_run(const Q& q, std::span<const float> x, index_t first_number, kernel::plane_words out,
                const Stream&... stream) {
  constexpr Tag tag{};
  const auto n = static_cast<index_t>(x.size());
  constexpr int planes = Q::encoding::plane_count;
  if constexpr (sizeof...(Stream) > 0) {
    const kernel::encode_row_with<Q> row{q, x.data(), stream..., first_number};
    kernel::encode_and_pack<planes>(tag, row, n, out);
  } else if constexpr (comparing_quantizer<Q>) {
    kernel::compare_and_pack(tag, q, x.data(), n, out);
  } else if constexpr (std::same_as<Tag, isa::scalar>) {
    kernel::encode_and_pack<planes>(tag, kernel::encode_row<Q>{q, x.data()}, n, out);
  } else {
    kernel::encode_and_pack<planes>(tag, kernel::row_of(q, x.data()), n, out);
  }
}

template <class Q, class... Stream>
using encode_run_function = void (*)(const Q& q, std::span<const float> x, index_t first_number,
                                     kernel::plane_words out, const Stream&... stream);

/// The function that encodes runs on an ISA. They may be as short as a word: it is looked up once for all.
template <class Q, class... Stream, isa_tag Isa>
[[nodiscard]] encode_run_function<Q, Stream...> encode_run_on(Isa isa) noexcept {
  return with_isa(isa, [](auto tag) -> encode_run_function<Q, Stream...> {
    return &encode_run<decltype(tag), Q, Stream...>;
  });
}

/// Calls f with what encodes `count` floats as q does: the boundaries of q where these are found in less time than
/// they save, else q, or its quotient. The reference takes the formula.
template <isa_tag Isa, quantizer Q, class F>
void with_encoder(Isa isa, const Q& q, index_t count, const F& f) {
  if constexpr (monotone_quantizer<Q>)
    if (count >= quantizers::worth_a_staircase && !is_reference(isa))
      return f(quantizers::boundary_encoder<Q::encoding::plane_count>(q));
  if constexpr (quotient_quantizer<Q> && !comparing_quantizer<Q>)
    f(q.quotient());
  else
    f(q);
}

/// Encodes `count` numbers with q. runs(f) calls f(numbers, number of the first, words) for each run that begins
/// at a word: what matrices, images and groups of scales differ in.
template <isa_tag Tag, quantizer Q, class Runs, class... Stream>
void encode_runs(Tag tag, const Q& q, index_t count, const Runs& runs, const Stream&... stream) {
  with_encoder(tag, q, count, [&]<class Encoder>(const Encoder& encoder) {
    const auto encode_run = encode_run_on<Encoder, Stream...>(tag);
    runs([&](std::span<const float> floats, index_t first, kernel::plane_words out) {
      encode_run(encoder, floats, first, out, stream...);
    });
  });
}

}  // namespace detail::encoders

/// out(r, k) = the code of x(r, k).
template <isa_tag Tag, class Q, class... Stream>
requires encodes_with<Q, Stream...>
void encode(Tag tag, const Q& q, matrix_view<const float> x,
            packed_matrix<typename Q::encoding>& out, const Stream&... stream) {
  if (out.rows() != x.rows() || out.depth() != x.cols())
    detail::fail("encode: x is %tdx%td, the codes are %tdx%td", x.rows(), x.cols(), out.rows(),
                 out.depth());
  validate(q);
  const depth_layout layout = out.layout();
  const auto runs = [&](const auto& encode_run) {
    for (index_t r = 0; r < x.rows(); ++r) {
      index_t first = 0;
      for (index_t i = 0; i < layout.runs(); ++i) {
        const depth_run run = layout.run(i);
        const auto part =
            x.row(r).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(run.depth));
        encode_run(part, r * x.cols() + first,
                   {out.mutable_row(r) + run.first_word, out.plane_stride()});
        first += run.depth;
      }
    }
  };
  detail::encoders::encode_runs(tag, q, x.rows() * x.cols(), runs, stream...);
}
template <class Q, class... Stream>
requires encodes_with<Q, Stream...>
void encode(const Q& q, matrix_view<const float> x, packed_matrix<typename Q::encoding>& out,
            const Stream&... stream) {
  encode(chosen_isa(), q, x, out, stream...);
}

/// The codes of x as a new matrix.
template <isa_tag Tag, class Q, class... Stream>
requires encodes_with<Q, Stream...>
[[nodiscard]] packed_matrix<typename Q::encoding> encode(Tag tag, const Q& q,
                                                         matrix_view<const float> x,
                                                         const Stream&... stream) {
  packed_matrix<typename Q::encoding> out(x.rows(), x.cols());
  encode(tag, q, x, out, stream...);
  return out;
}
template <class Q, class... Stream>
requires encodes_with<Q, Stream...>
[[nodiscard]] packed_matrix<typename Q::encoding> encode(const Q& q, matrix_view<const float> x,
                                                         const Stream&... stream) {
  return encode(chosen_isa(), q, x, stream...);
}

LOWBIT_END

#endif

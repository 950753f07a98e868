// lowbit/encode/encode.hpp – floats to packed codes by a quantizer as it is.
//
//     lowbit::packed_matrix<lowbit::binary> codes(x.rows(), x.cols());
//     lowbit::encode(lowbit::sign{}, x, codes);                     into codes, whose memory is used again
//     auto c = lowbit::encode(lowbit::sign{}, x);                   new codes
//     lowbit::encode(q, x, codes, random_stream(seed));             with a stochastic quantizer
//     lowbit::encode(q, x, codes, openmp_executor{4});              where it runs comes last
//     lowbit::encode(q, x, codes, random_stream(seed), on(isa::avx2{}));
//
// Code (r, k) is encode(q, x(r, k)). Nothing is fitted and no scale is kept: q.levels() says what the codes stand
// for. quantize() (encode/quantize.hpp) fits, encodes and keeps the scales. encode() is what remains where a network
// runs with fixed scales, or where a quantizer was fitted earlier.
//
// Sign, ternary codes and monotone formulas of up to 5 bits (quantize/fit/monotone.hpp) are packed as fast as memory
// delivers the floats (kernel/pack/pack.hpp). Stochastic quantizers take their uniforms from the stream: element
// (r, c) uses number r * cols + c. So the codes depend neither on threads nor on the ISA, bit for bit.
//
// One loop serves matrices, images, groups that share a scale, and code bytes. A source is cut into blocks: matrices
// whose rows lie in memory, or were gathered. Blocks are cut into runs that begin at words (for_each_run).
#ifndef LOWBIT_ENCODE_ENCODE_HPP
#define LOWBIT_ENCODE_ENCODE_HPP

#include "lowbit/core/matrix_view.hpp"
#include "lowbit/core/random.hpp"
#include "lowbit/core/shape.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/kernel/pack/pack.hpp"
#include "lowbit/quantize/fit/monotone.hpp"
#include "lowbit/quantize/validate.hpp"
#include "lowbit/tensor/packed_matrix.hpp"

LOWBIT_BEGIN
namespace detail::encoders {

/// f(where, stream...) with the arguments that follow the operands: a stream or none, an executor or none.
template <class F, executor Where = serial_executor>
decltype(auto) with_options(const F& f, const Where& where = {}) {
  return f(where);
}
template <class F, executor Where = serial_executor>
decltype(auto) with_options(const F& f, const random_stream& stream, const Where& where = {}) {
  return f(where, stream);
}

template <class... Options>
inline constexpr bool is_place = false;
template <>
inline constexpr bool is_place<> = true;
template <executor Where>
inline constexpr bool is_place<Where> = true;

template <class... Options>
inline constexpr bool is_stream_and_place = false;
template <class... Where>
inline constexpr bool is_stream_and_place<random_stream, Where...> = is_place<Where...>;

}  // namespace detail::encoders

/// What may follow the operands of encode() and quantize(): a random_stream if Q is stochastic, then an executor
/// that says where it runs, or nothing.
template <class Q, class... Options>
concept encodes_with = quantizer<Q> &&
    ((deterministic_quantizer<Q> && detail::encoders::is_place<Options...>) ||
     (stochastic_quantizer<Q> && detail::encoders::is_stream_and_place<Options...>));

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

/// The function that encodes runs on an ISA. Runs may be as short as a word: it is looked up once for all.
template <class Q, class... Stream, isa_tag Isa>
[[nodiscard]] encode_run_function<Q, Stream...> encode_run_on(Isa isa) noexcept {
  return with_isa(isa, [](auto tag) -> encode_run_function<Q, Stream...> {
    return &encode_run<decltype(tag), Q, Stream...>;
  });
}

/// Calls f with what encodes `count` floats as q does. That is the boundaries of q where finding them takes less time
/// than they save, else q or its quotient. The reference takes the formula.
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

/// Elements of a row from element k on without a gap between their bits: what one run may hold.
[[nodiscard]] inline index_t run_from(depth_layout layout, index_t k) noexcept {
  const index_t rest = layout.depth() - k;
  return layout.segment() == 0 ? rest : min_of(rest, layout.segment() - k % layout.segment());
}

/// run(elements, number of the first, words) for the runs of x. x is a block of the source that lies at (row, col) of
/// out, and col begins at a word. Whole rows of one plane that fill their words are one run.
template <class E, class T, class Run>
void for_each_run(matrix_view<T> x, packed_matrix<E>& out, index_t row, index_t col,
                  const Run& run) {
  if (x.cols() == 0) return;
  const depth_layout layout = out.layout();
  const index_t stride = out.plane_stride(), elements = x.rows() * x.cols();
  const bool joined = out.plane_count() == 1 && layout.segment() == 0 &&
                      x.cols() == layout.depth() && x.cols() % word_bits == 0 &&
                      x.row_stride() == x.cols();
  if (joined && elements > 0)
    return run(std::span<T>(x.data(), static_cast<std::size_t>(elements)), row * layout.depth(),
               kernel::plane_words{out.mutable_row(row), stride});
  for (index_t r = 0; r < x.rows(); ++r)
    for (index_t k = 0, count = 0; k < x.cols(); k += count) {
      const index_t at = col + k;
      count = min_of(run_from(layout, at), x.cols() - k);
      run(x.row(r).subspan(static_cast<std::size_t>(k), static_cast<std::size_t>(count)),
          (row + r) * layout.depth() + at,
          kernel::plane_words{out.mutable_row(row + r) + layout.bit_index(at) / word_bits, stride});
    }
}

/// A block of a matrix as a source: it lies at (row, col) of the codes.
struct matrix_source {
  matrix_view<const float> x;
  index_t row = 0, col = 0;

  [[nodiscard]] index_t lines() const noexcept { return x.rows(); }
  [[nodiscard]] index_t line_elements() const noexcept { return x.cols(); }
  /// f(block, row, col) for blocks that make up lines first ... end - 1.
  template <class F>
  void for_each_block(depth_layout, index_t first, index_t end, const F& f) const {
    const float* data = x.data() == nullptr ? nullptr : x.data() + first * x.row_stride();
    f(matrix_view<const float>(data, end - first, x.cols(), x.row_stride()), row + first, col);
  }
};

/// run(elements, number of the first, words) for all runs of a source, in parts where they are worth their threads.
template <executor Where, class Source, class E, class Run>
void for_each_run_of(const Where& where, const Source& source, packed_matrix<E>& out,
                     const Run& run) {
  executors::for_each_share(
      where, source.lines(), source.line_elements() / 2, [&](index_t first, index_t end) {
        source.for_each_block(out.layout(), first, end, [&](auto lines, index_t row, index_t col) {
          for_each_run(lines, out, row, col, run);
        });
      });
}

/// Encodes a source with q into its place in out.
template <executor Where, quantizer Q, class Source, class... Stream>
void encode_source(const Where& where, const Q& q, const Source& source,
                   packed_matrix<typename Q::encoding>& out, const Stream&... stream) {
  const auto isa = isa_of(where);
  const index_t count = source.lines() * source.line_elements();
  with_encoder(isa, q, count, [&]<class Encoder>(const Encoder& encoder) {
    const auto encode_run = encode_run_on<Encoder, Stream...>(isa);
    for_each_run_of(where, source, out,
                    [&](std::span<const float> x, index_t number, kernel::plane_words words) {
                      encode_run(encoder, x, number, words, stream...);
                    });
  });
}

}  // namespace detail::encoders

/// out(r, k) = the code of x(r, k); x and out are rows x cols. The rows are shared among the executor's threads.
/// Allocates nothing. Errors: out has another shape; an option of q makes no sense; the ISA is not there. Nothing is
/// written then.
template <class Q, class... Options>
requires encodes_with<Q, Options...>
void encode(const Q& q, matrix_view<const float> x, packed_matrix<typename Q::encoding>& out,
            const Options&... options) {
  detail::core::require_same_sizes("encode", {"the input", x.rows(), x.cols()},
                                   {"the output", out.rows(), out.depth()});
  validate(q);
  const auto run = [&](const auto& where, const auto&... stream) {
    detail::encoders::encode_source(where, q, detail::encoders::matrix_source{x}, out, stream...);
  };
  detail::encoders::with_options(run, options...);
}

/// The codes of x as a new matrix, which is all that is allocated. Errors: an option of q makes no sense; the ISA is
/// not there.
template <class Q, class... Options>
requires encodes_with<Q, Options...>
[[nodiscard]] packed_matrix<typename Q::encoding> encode(const Q& q, matrix_view<const float> x,
                                                         const Options&... options) {
  packed_matrix<typename Q::encoding> out(x.rows(), x.cols());
  encode(q, x, out, options...);
  return out;
}

LOWBIT_END

#endif

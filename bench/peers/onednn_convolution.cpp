// oneDNN: direct convolution in single precision, and of unsigned by signed bytes into int32. Image,
// filters and result are in the layouts that it asks for, reordered beforehand. On a CPU with AMX the bytes
// are measured on vectors as well (peers/onednn.cpp).
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "peers.hpp"

namespace bench {
namespace {

using dnnl::memory;
using primitive_how = dnnl::convolution_forward::primitive_desc;

bool is_on_tiles(const primitive_how& how) {
  return std::string(how.impl_info_str()).find("amx") != std::string::npos;
}

/// One convolution: descriptors, reordered operands, and the primitive. T and W are the elements of image
/// and filters, R that of the result.
template <class T, class W, class R>
class convolution {
 public:
  convolution(const convolution_shape& s, lowbit::matrix<T> image, lowbit::matrix<W> filters,
              memory::data_type image_type, memory::data_type filter_type,
              memory::data_type out_type, bool without_tiles)
      : out_(s.pixels(), s.channels) {
    using tag = memory::format_tag;
    const memory::dims in_dims{1, s.channels, s.height, s.width};
    const memory::dims filter_dims{s.channels, s.channels, 3, 3}, one{1, 1};
    const memory::desc any_in(in_dims, image_type, tag::any),
        any_filters(filter_dims, filter_type, tag::any), any_out(in_dims, out_type, tag::any);
    using dnnl::algorithm;
    using dnnl::prop_kind;
#if DNNL_VERSION_MAJOR >= 3
    primitive_how how(engine_, prop_kind::forward_inference, algorithm::convolution_direct, any_in,
                      any_filters, any_out, one, one, one);
#else
    primitive_how how({prop_kind::forward_inference, algorithm::convolution_direct, any_in,
                       any_filters, any_out, one, one, one},
                      engine_);
#endif
    on_tiles_ = is_on_tiles(how);
    while (without_tiles && is_on_tiles(how) && how.next_impl()) {
    }
    name_ = how.impl_info_str();
    const auto arranged = [&](const memory::desc& from, void* data, const memory::desc& to) {
      memory plain(from, engine_, data), reordered(to, engine_);
      dnnl::reorder(plain, reordered).execute(stream_, plain, reordered);
      stream_.wait();
      return reordered;
    };
    result_ = memory(how.dst_desc(), engine_);
    arguments_ = {{DNNL_ARG_SRC, arranged(memory::desc(in_dims, image_type, tag::nhwc),
                                          image.data(), how.src_desc())},
                  {DNNL_ARG_WEIGHTS, arranged(memory::desc(filter_dims, filter_type, tag::ohwi),
                                              filters.data(), how.weights_desc())},
                  {DNNL_ARG_DST, result_}};
    plain_ = memory::desc(in_dims, out_type, tag::nhwc);
    product_ = dnnl::convolution_forward(how);
  }
  void run() {
    product_.execute(stream_, arguments_);
    stream_.wait();
  }
  /// The result, one row per pixel.
  [[nodiscard]] const lowbit::matrix<R>& result() {
    memory plain(plain_, engine_, out_.data());
    dnnl::reorder(result_, plain).execute(stream_, result_, plain);
    stream_.wait();
    return out_;
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool prefers_tiles() const { return on_tiles_; }

 private:
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  dnnl::convolution_forward product_;
  std::unordered_map<int, memory> arguments_;
  memory result_;
  memory::desc plain_;
  lowbit::matrix<R> out_;
  std::string name_;
  bool on_tiles_ = false;
};

template <class T, class F>
lowbit::matrix<T> each(const lowbit::matrix<float>& x, F f) {
  lowbit::matrix<T> out(x.rows(), x.cols());
  for (index_t i = 0; i < x.rows() * x.cols(); ++i) out.data()[i] = f(x.data()[i]);
  return out;
}

/// An image of +1 and -1 is shifted to 0 and 2, so the 0 of the padding is a -1. Only inner pixels can be compared; each
/// has the sum of the filter added.
std::optional<rival> convolve_bytes(const char* name, std::shared_ptr<const integer_convolution> c,
                                    bool without_tiles) {
  using work = convolution<std::uint8_t, std::int8_t, std::int32_t>;
  const float shift = c->binary ? 1 : 0;
  const auto all = std::make_shared<work>(
      c->shape,
      each<std::uint8_t>(c->image,
                         [shift](float x) { return static_cast<std::uint8_t>(x + shift); }),
      each<std::int8_t>(c->filters, [](float x) { return static_cast<std::int8_t>(x); }),
      memory::data_type::u8, memory::data_type::s8, memory::data_type::s32, without_tiles);
  if (without_tiles && !all->prefers_tiles()) return std::nullopt;
  const auto check = [=](const expected_block& expected) {
    const lowbit::matrix<std::int32_t>& out = all->result();
    for (std::size_t r = 0; r < expected.rows.size(); ++r) {
      const index_t y = expected.rows[r] / c->shape.width, x = expected.rows[r] % c->shape.width;
      if (y == 0 || x == 0 || y == c->shape.height - 1 || x == c->shape.width - 1) continue;
      for (std::size_t o = 0; o < expected.cols.size(); ++o) {
        float surplus = 0;
        for (const float w : c->filters.row(expected.cols[o])) surplus += shift * w;
        if (out(expected.rows[r], expected.cols[o]) !=
            expected.sums(static_cast<index_t>(r), static_cast<index_t>(o)) +
                static_cast<std::int32_t>(surplus))
          return false;
      }
    }
    return true;
  };
  return rival{name, all->name(), [=] { all->run(); }, check};
}

}  // namespace

std::optional<rival> make_onednn_convolution_f32(std::shared_ptr<const integer_convolution> c) {
  constexpr auto f32 = memory::data_type::f32;
  const auto all = std::make_shared<convolution<float, float, float>>(
      c->shape, c->image, c->filters, f32, f32, f32, false);
  return rival{"oneDNN f32", all->name(), [=] { all->run(); },
               [=](const expected_block& expected) { return agrees(all->result(), expected); }};
}
std::optional<rival> make_onednn_convolution_u8s8(std::shared_ptr<const integer_convolution> c) {
  return convolve_bytes("oneDNN u8s8", std::move(c), false);
}
std::optional<rival> make_onednn_convolution_u8s8_vectors(
    std::shared_ptr<const integer_convolution> c) {
  return convolve_bytes("oneDNN u8s8 without AMX", std::move(c), true);
}

}  // namespace bench

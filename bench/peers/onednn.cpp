// oneDNN: matmul in single precision, and of unsigned by signed bytes into int32, with weights reordered
// into the layout it asks for. On a CPU with AMX the bytes are multiplied on its tiles. The best implementation
// without AMX is then measured as well.
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "peers.hpp"

namespace bench {
namespace {

using dnnl::memory;

bool is_on_tiles(const dnnl::matmul::primitive_desc& how) {
  return std::string(how.impl_info_str()).find("amx") != std::string::npos;
}

/// One matmul: descriptors, reordered weights, and the primitive.
class matmul {
 public:
  /// Without tiles: the first implementation that does not use them.
  matmul(const product_shape& shape, memory::data_type lhs_type, void* lhs,
         memory::data_type rhs_type, void* rhs, memory::data_type out_type, void* out,
         bool without_tiles = false) {
    using tag = memory::format_tag;
    const memory::desc lhs_desc({shape.m, shape.k}, lhs_type, tag::ab);
    const memory::desc any_rhs({shape.k, shape.n}, rhs_type, tag::any);
    const memory::desc rows_of_rhs({shape.k, shape.n}, rhs_type, tag::ba);
    const memory::desc out_desc({shape.m, shape.n}, out_type, tag::ab);
#if DNNL_VERSION_MAJOR >= 3
    dnnl::matmul::primitive_desc how(engine_, lhs_desc, any_rhs, out_desc);
#else
    dnnl::matmul::primitive_desc how({lhs_desc, any_rhs, out_desc}, engine_);
#endif
    on_tiles_ = is_on_tiles(how);
    while (without_tiles && is_on_tiles(how) && how.next_impl()) {
    }
    memory plain(rows_of_rhs, engine_, rhs), reordered(how.weights_desc(), engine_);
    dnnl::reorder(plain, reordered).execute(stream_, plain, reordered);
    stream_.wait();
    name_ = how.impl_info_str();
    product_ = dnnl::matmul(how);
    arguments_ = {{DNNL_ARG_SRC, memory(lhs_desc, engine_, lhs)},
                  {DNNL_ARG_WEIGHTS, reordered},
                  {DNNL_ARG_DST, memory(out_desc, engine_, out)}};
  }
  void run() {
    product_.execute(stream_, arguments_);
    stream_.wait();
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  /// True if the implementation that oneDNN prefers uses AMX.
  [[nodiscard]] bool prefers_tiles() const { return on_tiles_; }

 private:
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  dnnl::matmul product_;
  std::unordered_map<int, memory> arguments_;
  std::string name_;
  bool on_tiles_ = false;
};

std::optional<rival> multiply_bytes(const char* name, std::shared_ptr<const integer_product> p,
                                    bool without_tiles) {
  struct work {
    lowbit::matrix<std::uint8_t> lhs;
    lowbit::matrix<std::int8_t> rhs;
    lowbit::matrix<std::int32_t> out;
    matmul product;
  };
  // The lhs is shifted to be unsigned, so each product has a multiple of its rhs row's sum too many.
  lowbit::matrix<std::uint8_t> lhs(p->shape.m, p->shape.k);
  for (index_t i = 0; i < p->shape.m * p->shape.k; ++i)
    lhs.data()[i] = static_cast<std::uint8_t>(p->lhs.data()[i] - p->smallest_lhs);
  lowbit::matrix<std::int8_t> rhs = p->rhs;
  lowbit::matrix<std::int32_t> out(p->shape.m, p->shape.n);
  matmul product(p->shape, memory::data_type::u8, lhs.data(), memory::data_type::s8, rhs.data(),
                 memory::data_type::s32, out.data(), without_tiles);
  if (without_tiles && !product.prefers_tiles()) return std::nullopt;
  const auto all = std::make_shared<work>(
      work{std::move(lhs), std::move(rhs), std::move(out), std::move(product)});
  const auto check = [=](expected_block expected) {
    for (std::size_t c = 0; c < expected.cols.size(); ++c) {
      std::int32_t surplus = 0;
      for (const std::int8_t x : all->rhs.row(expected.cols[c])) surplus += x;
      surplus *= -p->smallest_lhs;
      for (index_t r = 0; r < expected.sums.rows(); ++r)
        expected.sums(r, static_cast<index_t>(c)) += surplus;
    }
    return agrees(all->out, expected);
  };
  return rival{name, all->product.name(), [=] { all->product.run(); }, check};
}

}  // namespace

std::optional<rival> make_onednn_f32(std::shared_ptr<const integer_product> p) {
  struct work {
    lowbit::matrix<float> lhs, rhs, out;
    matmul product;
  };
  lowbit::matrix<float> lhs = p->float_lhs, rhs = p->float_rhs, out(p->shape.m, p->shape.n);
  constexpr auto f32 = memory::data_type::f32;
  matmul product(p->shape, f32, lhs.data(), f32, rhs.data(), f32, out.data());
  const auto all = std::make_shared<work>(
      work{std::move(lhs), std::move(rhs), std::move(out), std::move(product)});
  return rival{"oneDNN f32", all->product.name(), [=] { all->product.run(); },
               [=](const expected_block& expected) { return agrees(all->out, expected); }};
}

std::optional<rival> make_onednn_u8s8(std::shared_ptr<const integer_product> p) {
  return multiply_bytes("oneDNN u8s8", std::move(p), false);
}
std::optional<rival> make_onednn_u8s8_vectors(std::shared_ptr<const integer_product> p) {
  return multiply_bytes("oneDNN u8s8 without AMX", std::move(p), true);
}

}  // namespace bench

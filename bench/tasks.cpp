#include "tasks.hpp"

#include "convolution_row.hpp"
#include "lowbit/kernel/three_of_four/panel_family.hpp"
#include "lowbit/kernel/trits/panel_family.hpp"
#include "network_row.hpp"
#include "packing_row.hpp"
#include "product_row.hpp"
#include "threads_row.hpp"
#include "two_threads.hpp"

namespace bench {
namespace {

task one_row(std::string name, std::function<row(const effort&)> measure) {
  return {std::move(name), [=](const effort& how) { return std::vector<row>{measure(how)}; }};
}

/// lhs x rhs on the ISA of this program, with the peers.
template <class A, class B, class Families = lowbit::library_families>
task product(const char* name, const A& lhs, const B& rhs, const product_shape& shape,
             Families families = {}) {
  return one_row(
      std::string(name) + " " + shape.text() + " " + lowbit::active_isa(), [=](const effort& how) {
        return measure_product(
            make_product(name, lowbit::chosen_isa(), lhs, rhs, shape, true, families), how);
      });
}

/// What every ISA is compared with: a popcount of one word at a time.
#if LOWBIT_X86
using plain_isa = lowbit::isa::popcnt;
#else
using plain_isa = lowbit::isa::portable;
#endif

/// W1A1 on one ISA, against the plain one.
task forced(lowbit::any_isa tag, const product_shape& shape) {
  const char* const name = "W1A1, each ISA";
  return one_row(std::string(name) + " " + shape.text() + " " + tag.name, [=](const effort& how) {
    const lowbit::sign sign;
    product_work work = make_product(name, tag, sign, sign, shape, false);
    if (lowbit::detail::dispatch::available(plain_isa{})) {
      const product_work plain = make_product(name, plain_isa{}, sign, sign, shape, false);
      work.rivals.push_back({std::string("lowbit on ") + plain_isa::name, plain.about.kernel,
                             plain.prepared,
                             [=](const expected_block&) { return plain.first_wrong().empty(); }});
    }
    return measure_product(std::move(work), how);
  });
}

}  // namespace

std::vector<task> tasks(bool quick) {
  const lowbit::sign sign;
  std::vector<task> all;
  const auto w1a1 = [&](const char* name, const product_shape& shape, bool in_quick = true) {
    if (in_quick || !quick) all.push_back(product(name, sign, sign, shape));
  };
  for (const index_t n : {64, 256, 512, 1024, 2048, 4096})
    w1a1("W1A1 squares", {n, n, n}, n <= 1024 && n != 512);
  w1a1("W1A1 ResNet layers", {3136, 64, 576});
  w1a1("W1A1 ResNet layers", {784, 128, 1152}, false);
  w1a1("W1A1 ResNet layers", {196, 256, 2304}, false);
  w1a1("W1A1 ResNet layers", {49, 512, 4608});
  w1a1("W1A1 GEMV", {1, 4096, 4096});
  w1a1("W1A1 GEMV", {1, 11008, 4096}, false);
  w1a1("W1A1 MLP layer", {100, 4096, 4096}, false);

  for (const convolution_shape& shape :
       {convolution_shape{14, 14, 256}, convolution_shape{28, 28, 128},
        convolution_shape{56, 56, 64}, convolution_shape{7, 7, 512}}) {
    if (quick && shape.height != 14) continue;
    const std::string where = " " + shape.text() + " " + lowbit::active_isa();
    all.push_back(one_row("W1A1 convolution 3x3" + where,
                          [=](const effort& how) { return measure_convolution(shape, how); }));
    all.push_back(one_row("W8A8 convolution 3x3" + where,
                          [=](const effort& how) { return measure_byte_convolution(shape, how); }));
    all.push_back(one_row("W1A1 convolution 3x3, floats to threshold bits" + where,
                          [=](const effort& how) { return measure_bit_layer(shape, how); }));
  }

  const index_t n = quick ? 256 : 1024;
  const product_shape square{n, n, n};
  const lowbit::dorefa_activation<2> two_bits;
  all.push_back(product("W1A2", two_bits, sign, square));
  all.push_back(product("W2A2", two_bits, lowbit::dorefa_weight<2>{}, square));
  all.push_back(product("ternary x ternary", lowbit::twn<>{}, lowbit::twn<>{}, square));

  const lowbit::bitnet_activation<8> int8;
  const lowbit::twn<> three_levels;
  all.push_back(product("W8A8", int8, int8, square));
  all.push_back(product("W4A8", int8, lowbit::bitnet_activation<4>{}, square));
  all.push_back(
      product("W4A4", lowbit::dorefa_activation<4>{}, lowbit::bitnet_activation<4>{}, square));
  all.push_back(product("W1A4", lowbit::dorefa_activation<4>{}, sign, square));
  all.push_back(product("W1A8", int8, sign, {1, 4096, 4096}));
  all.push_back(product("ternary x int8", int8, three_levels, {1, 4096, 4096}));
  if (!quick) {
    all.push_back(product("W8A8", int8, int8, {1, 4096, 4096}));
    all.push_back(product("ternary x int8", int8, three_levels, {1, 2048, 1024}));
    all.push_back(product("ternary x int8", int8, three_levels, {1, 11008, 4096}));
    using in_base_3 = lowbit::families<lowbit::family::trit_panels, lowbit::family::bit_rows,
                                       lowbit::family::reference>;
    all.push_back(product("ternary x int8", int8, three_levels, {1, 131072, 4096}));
    using in_fours = lowbit::families<lowbit::family::three_of_four_panels,
                                      lowbit::family::bit_rows, lowbit::family::reference>;
    for (const index_t rows : {index_t{4096}, index_t{131072}}) {
      all.push_back(product("base 3 x int8", int8, three_levels, {1, rows, 4096}, in_base_3{}));
      all.push_back(product("3:4 x int8", int8, three_of_four{}, {1, rows, 4096}, in_fours{}));
    }
    for (const index_t rows : {8, 32, 128})
      all.push_back(product("ternary x int8", int8, three_levels, {rows, 4096, 4096}));
  }

  lowbit::for_each_isa([&](lowbit::any_isa isa) {
    if (!is_reference(isa)) all.push_back(forced(isa, {1024, 960, 1024}));
  });
  if (has_threads)
    for (const index_t edge : {64, 256, 512, 1024, 2048, 4096}) {
      const product_shape shape{edge, edge, edge};
      if (quick && edge != 512) continue;
      all.push_back(one_row("W1A1, two threads " + shape.text() + " " + lowbit::active_isa(),
                            [=](const effort& how) { return measure_two_threads(shape, how); }));
    }
  all.push_back(one_row("sign packing 1024x1024",
                        [](const effort& how) { return measure_sign_packing(1024, 1024, how); }));
  if (!quick) all.push_back({"ResNet-18", measure_resnet});
  return all;
}

}  // namespace bench

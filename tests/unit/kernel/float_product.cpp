// kernel/floats/product.hpp: every layout, every edge of tiles, blocks and steps, against sums in double.
#include "lowbit/kernel/floats/product.hpp"

#include <vector>

#include "lowbit/core/random.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"

namespace test_float_product {

using namespace lowbit;
using detail::kernel::dense_operand;

namespace {

/// A matrix of rows x steps in memory, either way.
struct numbers {
  std::vector<float> data;
  index_t rows, steps;
  bool rows_together;

  float at(index_t i, index_t s) const {
    return data[static_cast<std::size_t>(rows_together ? s * rows + i : i * steps + s)];
  }
  template <class T>
  dense_operand<T> operand(const std::vector<T>& in) const {
    return rows_together ? dense_operand<T>{in.data(), 1, rows}
                         : dense_operand<T>{in.data(), steps, 1};
  }
};

/// Whole numbers of which sums of 300 products are exact in float, or reals.
numbers make(index_t rows, index_t steps, bool rows_together, bool whole, std::uint64_t seed) {
  const random_stream random(seed);
  numbers out{{}, rows, steps, rows_together};
  for (index_t i = 0; i < rows * steps; ++i) {
    const float u = 2 * random.uniform(i) - 1;
    out.data.push_back(whole ? static_cast<float>(static_cast<int>(u * 60)) : u);
  }
  return out;
}

constexpr int untouched = 12345;

/// c, with two elements behind each row that must stay as they are.
template <class T = float, class Tag>
std::vector<T> product(Tag tag, const numbers& a, const numbers& b, bool add) {
  const index_t stride = b.rows + 2;
  std::vector<T> c(static_cast<std::size_t>(a.rows * stride), T{untouched});
  if (add)
    for (index_t i = 0; i < a.rows; ++i)
      for (index_t j = 0; j < b.rows; ++j)
        c[static_cast<std::size_t>(i * stride + j)] = static_cast<T>(i - j);
  std::vector<T> of_a, of_b;
  for (const float x : a.data) of_a.push_back(static_cast<T>(x));
  for (const float x : b.data) of_b.push_back(static_cast<T>(x));
  detail::kernel::multiply_dense(tag, a.operand(of_a), a.rows, b.operand(of_b), b.rows, a.steps,
                                 c.data(), stride, add);
  return c;
}

template <class Tag>
void check(Tag tag, index_t rows, index_t cols, index_t steps) {
  for (const int form : {0, 1, 2, 3, 4, 5, 6, 7}) {
    const bool add = (form & 4) != 0;
    const auto seed = static_cast<std::uint64_t>(rows * 7919 + cols * 31 + steps);
    const numbers a = make(rows, steps, (form & 1) != 0, true, seed);
    const numbers b = make(cols, steps, (form & 2) != 0, true, seed + 1);
    const std::vector<float> c = product(tag, a, b, add);
    const std::vector<std::int32_t> of_integers = product<std::int32_t>(tag, a, b, add);
    INFO(Tag::name << ", " << rows << 'x' << cols << 'x' << steps << ", form " << form);
    index_t wrong = 0;
    for (index_t i = 0; i < rows; ++i)
      for (index_t j = 0; j < cols + 2; ++j) {
        double sum = j >= cols ? double{untouched} : add ? static_cast<double>(i - j) : 0;
        for (index_t s = 0; s < steps && j < cols; ++s)
          sum += static_cast<double>(a.at(i, s)) * static_cast<double>(b.at(j, s));
        const auto at = static_cast<std::size_t>(i * (cols + 2) + j);
        wrong += static_cast<double>(c[at]) != sum || of_integers[at] != sum ? 1 : 0;
      }
    CHECK(wrong == 0);
  }
}

/// f(tag) for every ISA of this machine that names vectors.
template <class F>
void on_every_tile(const F& f) {
  test::on_every_tag([&]<class Tag>(Tag) {
    if constexpr (std::is_same_v<Tag, detail::arch::vectors_on<Tag>>) f(Tag{});
  });
}

}  // namespace

TEST_CASE("float products are those of the definition", "[kernel][floats]") {
  on_every_tile([](auto tag) {
    for (const index_t rows : {1, 5, 6, 7, 11, 12, 13, 23, 24, 25, 48, 49, 61})
      for (const index_t cols : {1, 15, 16, 17, 31, 32, 33, 65}) check(tag, rows, cols, 9);
    for (const index_t steps : {0, 1, 2, 3, 4, 5, 127, 128, 129, 257}) check(tag, 13, 33, steps);
  });
}

TEST_CASE("float products do not depend on the columns and rows beside them", "[kernel][floats]") {
  const numbers a = make(121, 700, false, false, 1), b = make(70, 700, false, false, 2);
  on_every_tile([&]<class Tag>(Tag tag) {
    INFO(Tag::name);
    const std::vector<float> all = product(tag, a, b, false);
    numbers few_a = a, few_b = b;
    few_a.rows = 17;
    few_b.rows = 5;
    const std::vector<float> few = product(tag, few_a, few_b, false);
    index_t wrong = 0;
    for (index_t i = 0; i < 17; ++i)
      for (index_t j = 0; j < 5; ++j)
        wrong +=
            few[static_cast<std::size_t>(i * 7 + j)] != all[static_cast<std::size_t>(i * 72 + j)]
                ? 1
                : 0;
    CHECK(wrong == 0);
  });
}

TEST_CASE("float products are the same on every ISA that fuses", "[kernel][floats]") {
  const numbers a = make(121, 700, false, false, 1), b = make(70, 700, false, false, 2);
  std::vector<float> first;
  on_every_tile([&]<class Tag>(Tag tag) {
    if (std::is_same_v<Tag, isa::scalar>) return;
    const std::vector<float> c = product(tag, a, b, false);
    if (first.empty()) first = c;
    CHECK(c == first);
  });
}

}  // namespace test_float_product

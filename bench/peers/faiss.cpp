// FAISS: the nearest binary code (IndexBinaryFlat, k = 1). It counts the same bits as a product of signs: M queries
// against N codes of K bits. It keeps only the nearest code per query, so it writes no M x N result.
#include <faiss/IndexBinaryFlat.h>

#include <vector>

#include "peers.hpp"

namespace bench {
namespace {

/// One bit per float, set where it is positive; K is a multiple of 8.
std::vector<std::uint8_t> codes_of(const lowbit::matrix<std::int8_t>& signs) {
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(signs.rows() * signs.cols() / 8));
  for (std::size_t i = 0; i < 8 * codes.size(); ++i)
    if (signs.data()[i] > 0) codes[i / 8] = static_cast<std::uint8_t>(codes[i / 8] | 1u << i % 8);
  return codes;
}

}  // namespace

std::optional<rival> make_faiss(std::shared_ptr<const integer_product> p) {
  if (!p->binary || p->shape.k % 8 != 0) return std::nullopt;
  struct work {
    faiss::IndexBinaryFlat index;
    std::vector<std::uint8_t> queries;
    std::vector<std::int32_t> distances;
    std::vector<std::int64_t> labels;
  };
  const auto queries = static_cast<std::size_t>(p->shape.m);
  const auto all = std::make_shared<work>(work{faiss::IndexBinaryFlat(p->shape.k), codes_of(p->lhs),
                                               std::vector<std::int32_t>(queries),
                                               std::vector<std::int64_t>(queries)});
  all->index.add(p->shape.n, codes_of(p->rhs).data());
  const auto run = [=] {
    all->index.search(p->shape.m, all->queries.data(), 1, all->distances.data(),
                      all->labels.data());
  };
  // The product with the nearest code is K - 2 * distance, and no other is larger.
  const auto check = [=](const expected_block& expected) {
    for (std::size_t r = 0; r < expected.rows.size(); ++r) {
      const index_t row = expected.rows[r];
      const auto query = static_cast<std::size_t>(row);
      const auto nearest = p->shape.k - 2 * all->distances[query];
      index_t product = 0;
      for (index_t k = 0; k < p->shape.k; ++k)
        product += p->lhs(row, k) * p->rhs(all->labels[query], k);
      if (product != nearest) return false;
      for (const std::int32_t other : expected.sums.row(static_cast<index_t>(r)))
        if (other > nearest) return false;
    }
    return true;
  };
  return rival{"FAISS Hamming", "IndexBinaryFlat, k = 1", run, check};
}

}  // namespace bench

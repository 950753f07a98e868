// lowbit/product/route.hpp – the route of a product: what could multiply A x B here, what does, and why.
//
// A route is a value. It is made from the ISA, the shape and the panels that are there. Everything that a product
// does follows from it: which panels are packed, which body runs, what kernel_name() and explain() say
// (product/explain.hpp). So a report cannot disagree with what runs.
//
//     candidates   the families of a list (kernel/family.hpp) that have a body for the ISA and serve A x B
//     cost         what the family estimates for the shape, packing included unless the panels are there
//     chosen       the candidate of the least cost; the first of equals
//
// `library_families` below is the one place to register a family. A family of your own needs no place in it:
//
//     using mine = lowbit::families<my_family>;                          only that
//     lowbit::gemm(a, w, lowbit::with(mine{}));                          prepare(), kernel_name(), explain() alike
//     lowbit::gemm(a, w, lowbit::with(mine{}, on(isa::avx2{})));
//
// A choice never changes an integer result.
#ifndef LOWBIT_PRODUCT_ROUTE_HPP
#define LOWBIT_PRODUCT_ROUTE_HPP

#include <limits>

#include "lowbit/epilogue/any_epilogue.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/kernel/bits/panel_family.hpp"
#include "lowbit/kernel/bits/row_family.hpp"
#include "lowbit/kernel/reference.hpp"
#include "lowbit/product/panels.hpp"
#include "lowbit/product/tiles.hpp"

LOWBIT_BEGIN

/// A list of kernel families. Where two cost the same, the first multiplies.
template <kernel_family... Families>
struct families {};

namespace family {
using detail::kernel::bit_panels;
using detail::kernel::bit_rows;
using detail::kernel::reference;
}  // namespace family

/// What multiplies by default: the place to register a family of the library.
using library_families = families<family::bit_panels, family::bit_rows, family::reference>;

/// An executor whose products are multiplied by the families of a list. Copies the executor.
template <class Families, executor Executor = serial_executor>
class with : public detail::runs_on<Executor> {
 public:
  using family_list = Families;

  constexpr explicit with(Families, Executor executor = {}) : detail::runs_on<Executor>(executor) {}

  [[nodiscard]] constexpr auto isa() const { return detail::isa_of(this->executor_); }
};

namespace detail::product {

using kernel::product_shape;

template <class Where>
struct family_list_of {
  using type = library_families;
};
template <class Where>
requires(requires { typename Where::family_list; }) struct family_list_of<Where> {
  using type = typename Where::family_list;
};
/// The families that an executor multiplies with.
template <class Where>
using families_of = typename family_list_of<Where>::type;

/// f.operator()<Family>(position) for every family of a list.
template <class... Families, class F>
void for_each_family(families<Families...>, const F& f) {
  int position = 0;
  (f.template operator()<Families>(position++), ...);
}

/// The family has a body for the ISA, and it multiplies A x B.
template <class Family, class Tag, class A, class B>
inline constexpr bool serves = [] {
  if constexpr (kernel::has_body<Family, Tag>)
    return Family::template serves<Tag, A, B>;
  else
    return false;
}();

template <class Tag, class A, class B, class... Families>
[[nodiscard]] consteval bool any_serves(families<Families...>) noexcept {
  return (serves<Families, Tag, A, B> || ...);
}

/// One way to multiply.
struct candidate {
  int family = -1;                               ///< its position in the list
  const char* name = "";                         ///< of the family
  any_isa isa = lowbit::isa::scalar{};           ///< that the body is written for
  const kernel::panel_packer* packer = nullptr;  ///< null: the right operand is read where it lies
  bool packed = false;                           ///< the panels are there
  bool whole_sums = false;                       ///< nothing is added for offsets
  kernel::panel_layout layout{};
  double cost = 0;

  [[nodiscard]] bool must_pack() const noexcept { return packer != nullptr && !packed; }
};

/// Panels are never packed for fewer lhs rows: allocating their memory costs, too.
inline constexpr index_t rows_worth_packing = 8;
/// The cost of what is never done. Finite, because -ffast-math lets compilers assume that nothing is infinite.
inline constexpr double unaffordable = (std::numeric_limits<double>::max)();

/// The candidate of a family; `panels` may be null.
template <class Family, class Tag, class A, class B>
[[nodiscard]] candidate candidate_of(int position, const product_shape& shape,
                                     const panel_buffer* panels) {
  using body = kernel::body_of<Family, Tag>;
  candidate out;
  out.family = position;
  out.name = Family::name;
  out.isa = typename body::tag{};
  out.whole_sums = body::whole_sums;
  if constexpr (kernel::packs<body, B>) {
    out.packer = &kernel::packer_of<Family, body, B>;
    out.packed = panels != nullptr && panels->are_of(out.packer);
  }
  out.layout = out.packed
                   ? panels->format.layout
                   : body::layout(shape.cols, shape.words, shape.rhs_planes, dispatch::this_core());
  out.cost = out.must_pack() && shape.rows < rows_worth_packing
                 ? unaffordable
                 : Family::template cost<Tag, A, B>(shape, out.layout, out.packed);
  return out;
}

/// The decision for one product of an A with a B; both are stored<Encoding, Storage>.
template <class A, class B, class Families, isa_tag Isa>
class route {
 public:
  route(Isa isa, const product_shape& shape, const panel_buffer* panels)
      : isa_(isa), shape_(shape) {
    for_each_candidate(panels, [&](const candidate& other) {
      if (chosen_.family < 0 || other.cost < chosen_.cost) chosen_ = other;
    });
  }

  [[nodiscard]] Isa isa() const noexcept { return isa_; }
  [[nodiscard]] const product_shape& shape() const noexcept { return shape_; }
  [[nodiscard]] const candidate& chosen() const noexcept { return chosen_; }

  /// f(candidate) for every candidate, in the order of the list; `panels` are the right operand's, or null.
  template <class F>
  void for_each_candidate(const panel_buffer* panels, const F& f) const {
    with_isa(isa_, [&]<class Tag>(Tag) {
      static_assert(
          any_serves<Tag, A, B>(Families{}),
          "lowbit: no family of this list multiplies A x B on every ISA: serve all of them, or add "
          "those that do, as in families<mine, family::bit_rows, family::reference>");
      for_each_family(Families{}, [&]<class Family>(int position) {
        if constexpr (serves<Family, Tag, A, B>)
          f(candidate_of<Family, Tag, A, B>(position, shape_, panels));
      });
    });
  }

  /// Every tile of one part of the product to the epilogue.
  template <class Epilogue>
  void run(const kernel::multiplication& all, const panel_buffer& panels, const product_part& part,
           const product_blocks& blocks, const Epilogue& epilogue) const {
    with_isa(isa_, [&]<class Tag>(Tag tag) {
      const auto& each = epilogues::for_kernels(tag, epilogue);
      for_each_family(Families{}, [&]<class Family>(int position) {
        if constexpr (serves<Family, Tag, A, B>)
          if (position == chosen_.family) {
            using body = kernel::body_of<Family, Tag>;
            static constexpr const auto& plan = body::template plan<A, B>;
            multiply_part<body>(all, plan, panels, part, blocks, each);
          }
      });
    });
  }

 private:
  Isa isa_;
  product_shape shape_;
  candidate chosen_;
};

/// The packer of the first family that packs right operands of B on an ISA, for prepare(), which does not know the left
/// operand. Null: no family packs.
template <class B, class Families, isa_tag Isa>
[[nodiscard]] const kernel::panel_packer* packer_on(Isa isa) {
  return with_isa(isa, []<class Tag>(Tag) {
    const kernel::panel_packer* first = nullptr;
    for_each_family(Families{}, [&]<class Family>(int) {
      if constexpr (kernel::has_body<Family, Tag>) {
        using body = kernel::body_of<Family, Tag>;
        if constexpr (kernel::packs<body, B>)
          if (first == nullptr) first = &kernel::packer_of<Family, body, B>;
      }
    });
    return first;
  });
}

}  // namespace detail::product
LOWBIT_END

#endif

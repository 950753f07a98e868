// lowbit/product/route.hpp – the route of a product: what could multiply these factors here, what does, and why.
//
// A route is a value. It is made from the ISA, the factors, the shape and the panels that are there. Everything that a
// product does follows from it: which panels are packed, which body runs, what kernel_name() and explain() say
// (product/explain.hpp). So a report cannot disagree with what runs.
//
//     candidates   the families of a list (kernel/family.hpp) that have a body for the ISA and serve the factors
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
//
// Nothing here depends on encodings but the loops that a program contains (kernel/product_schedule.hpp). A product of
// two encodings that are types contains those of its own rule, one of any_encoding those of all rules.
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

using kernel::product_loops;
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

/// f.operator()<Family>(position) for every family of a list that has a body for the ISA.
template <class Tag, class... Families, class F>
void for_each_family(families<Families...>, const F& f) {
  static_assert(
      (kernel::has_body<Families, Tag> || ...),
      "lowbit: no family of this list multiplies A x B on every ISA: serve all of them, or add "
      "those that do, as in families<mine, family::bit_rows, family::reference>");
  int position = 0;
  const auto call = [&]<class Family>() {
    if constexpr (kernel::has_body<Family, Tag>) f.template operator()<Family>(position);
    ++position;
  };
  (call.template operator()<Families>(), ...);
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
template <class Family, class Tag>
[[nodiscard]] candidate candidate_of(int position, const kernel::factors& of,
                                     const product_shape& shape, const panel_buffer* panels) {
  using body = kernel::body_of<Family, Tag>;
  candidate out;
  out.family = position;
  out.name = Family::name;
  out.isa = typename body::tag{};
  out.whole_sums = body::whole_sums;
  if constexpr (kernel::packs<body>) {
    out.packer = &kernel::packer_of<Family, body>;
    out.packed = panels != nullptr && panels->are_of(out.packer);
  }
  out.layout = out.packed
                   ? panels->format.layout
                   : body::layout(shape.cols, shape.words, shape.rhs_planes, dispatch::this_core());
  out.cost = out.must_pack() && shape.rows < rows_worth_packing
                 ? unaffordable
                 : Family::template cost<Tag>(of, shape, out.layout, out.packed);
  return out;
}

/// f(candidate) for every candidate, in the order of the list; `panels` are the right operand's, or null.
template <class Families, isa_tag Isa, class F>
void for_each_candidate(Isa isa, const kernel::factors& of, const product_shape& shape,
                        const panel_buffer* panels, const F& f) {
  with_isa(isa, [&]<class Tag>(Tag) {
    for_each_family<Tag>(Families{}, [&]<class Family>(int position) {
      if (Family::template serves<Tag>(of))
        f(candidate_of<Family, Tag>(position, of, shape, panels));
    });
  });
}

/// The candidate of the least cost. Errors: no family serves the factors on this ISA.
template <class Families, isa_tag Isa>
[[nodiscard]] candidate route_of(Isa isa, const kernel::factors& of, const product_shape& shape,
                                 const panel_buffer* panels) {
  candidate chosen;
  for_each_candidate<Families>(isa, of, shape, panels, [&](const candidate& other) {
    if (chosen.family < 0 || other.cost < chosen.cost) chosen = other;
  });
  if (chosen.family < 0)
    fail("no family of this list multiplies %s x %s on %s", of.lhs.name, of.rhs.name, isa.name);
  return chosen;
}

/// Every tile of one part of a product to an epilogue.
using part_function = void (*)(const kernel::multiplication& all, const panel_buffer& panels,
                               const product_part& part, const product_blocks& blocks,
                               const epilogues::any_epilogue& epilogue);

/// The part function of a body for an epilogue of type F: with its registers where the ISA has them.
template <class Body, product_loops Loops, class Tag, class F>
[[nodiscard]] constexpr part_function part_of() noexcept {
  constexpr product_loops loops = Loops & kernel::loops_read<Body>;
  if constexpr (epilogues::in_registers<F, Tag>)
    return
        [](const kernel::multiplication& all, const panel_buffer& panels, const product_part& part,
           const product_blocks& blocks, const epilogues::any_epilogue& epilogue) {
          multiply_part<Body, loops>(all, panels, part, blocks, epilogue.template as<F>());
        };
  else
    return &multiply_part<Body, loops, epilogues::any_epilogue>;
}

/// The loops of a product that a program which has all of them takes: a single step of `and` is one of several.
inline constexpr product_loops any_loops = kernel::all_operations | kernel::one_step;

/// The part function of the body of an ISA and of the family at a position.
template <class Families, product_loops Loops, class F, isa_tag Isa>
[[nodiscard]] part_function find_part(Isa isa, int family, product_loops wanted) {
  using namespace kernel;
  part_function found = nullptr;
  with_isa(isa, [&]<class Tag>(Tag) {
    for_each_family<Tag>(Families{}, [&]<class Family>(int position) {
      using body = body_of<Family, Tag>;
      if (position != family) return;
      if constexpr (Loops != any_loops)
        found = part_of<body, Loops, Tag, F>();
      else if ((wanted & all_operations) == masked_loops)
        found = part_of<body, masked_loops, Tag, F>();
      else if ((wanted & xor_loops) == 0)
        found = part_of<body, and_loops, Tag, F>();
      else if ((wanted & one_step) != 0)
        found = part_of<body, xor_loops | one_step, Tag, F>();
      else
        found = part_of<body, xor_loops, Tag, F>();
    });
  });
  return found;
}

/// An epilogue as a product takes it: a reference, and how the part functions for it are found.
template <isa_tag Isa>
struct tile_sink {
  epilogues::any_epilogue epilogue;
  part_function (*find)(Isa isa, int family, product_loops wanted);
};

/// The sink of an epilogue, which must outlive it. Kernels are compiled for the epilogue if it takes their registers.
template <class Families, product_loops Loops, isa_tag Isa, epilogue F>
[[nodiscard]] tile_sink<Isa> sink_of(Isa isa, const F& f) {
  if constexpr (std::is_same_v<F, epilogues::any_epilogue>) {
    return {f, &find_part<Families, Loops, F, Isa>};
  } else {
    using kept = std::conditional_t<epilogues::in_some_registers<F>, F, epilogues::any_epilogue>;
    return {with_isa(isa, [&](auto tag) { return epilogues::any_epilogue(tag, f); }),
            &find_part<Families, Loops, kept, Isa>};
  }
}

/// The packer of the first family that packs right operands on an ISA, for prepare(), which does not know the left
/// operand. Null: no family packs.
template <class Families, isa_tag Isa>
[[nodiscard]] const kernel::panel_packer* packer_on(Isa isa) {
  return with_isa(isa, []<class Tag>(Tag) {
    const kernel::panel_packer* first = nullptr;
    for_each_family<Tag>(Families{}, [&]<class Family>(int) {
      using body = kernel::body_of<Family, Tag>;
      if constexpr (kernel::packs<body>)
        if (first == nullptr) first = &kernel::packer_of<Family, body>;
    });
    return first;
  });
}

}  // namespace detail::product
LOWBIT_END

#endif

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
#include <span>

#include "lowbit/epilogue/any_epilogue.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/kernel/bits/panel_family.hpp"
#include "lowbit/kernel/bits/row_family.hpp"
#include "lowbit/kernel/lookups/panel_family.hpp"
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
using detail::kernel::byte_panels;
using detail::kernel::reference;
using detail::kernel::value_lookups;
}  // namespace family

/// What multiplies by default: the place to register a family of the library.
using library_families = families<family::bit_panels, family::byte_panels, family::value_lookups,
                                  family::bit_rows, family::reference>;

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

/// What a family does on one ISA, whatever is multiplied.
struct method {
  const char* name = "";                         ///< of the family
  any_isa isa = lowbit::isa::scalar{};           ///< that the body is written for
  const kernel::panel_packer* packer = nullptr;  ///< null: the right operand is read where it lies
  kernel::row_converter converter = nullptr;     ///< null: the left operand is read where it lies
  bool whole_sums = false;                       ///< nothing is added for offsets
  bool (*serves)(const kernel::factors& of) = nullptr;  ///< null: the family has no body
  kernel::panel_layout (*layout_for)(const kernel::rhs_shape& rhs,
                                     const dispatch::core& core) = nullptr;
  double (*cost_for)(const kernel::factors& of, const product_shape& shape,
                     const kernel::panel_layout& layout, bool packed) = nullptr;
};

/// All loops, for products whose formats are values. Single steps of `and` run in the loop of many steps.
inline constexpr product_loops any_loops =
    kernel::all_operations | kernel::one_step | kernel::byte_loops | kernel::lookup_loops;

/// Whether a program that has some loops contains a family on an ISA. Where it does not, the family serves none of the
/// program's products, and its packing is not compiled either.
template <class Family, class Tag, product_loops Loops>
inline constexpr bool contains = kernel::has_body<Family, Tag> &&
                                 (kernel::compiled_for<Family> & Loops) != 0;

template <class Family, class Tag, product_loops Loops>
[[nodiscard]] consteval method method_of() noexcept {
  method out;
  if constexpr (contains<Family, Tag, Loops>) {
    using body = kernel::body_of<Family, Tag>;
    out = {Family::name,  typename body::tag{},       nullptr,
           nullptr,       body::whole_sums,           &Family::template serves<Tag>,
           &body::layout, &Family::template cost<Tag>};
    if constexpr (kernel::packs<body>) out.packer = &kernel::packer_of<Family, body>;
    if constexpr (kernel::reads_bytes<body>) out.converter = &body::convert;
  }
  return out;
}

/// The methods of a list of families on an ISA, in the order of the list.
template <class Tag, product_loops Loops, class Families>
inline constexpr std::span<const method> methods_on{};
template <class Tag, product_loops Loops, class... Families>
inline constexpr method method_table[] = {method_of<Families, Tag, Loops>()...};
template <class Tag, product_loops Loops, class... Families>
inline constexpr std::span<const method> methods_on<Tag, Loops, families<Families...>>{
    method_table<Tag, Loops, Families...>};
template <class Tag, class... Families>
[[nodiscard]] consteval bool any_body(families<Families...>) noexcept {
  return (kernel::has_body<Families, Tag> || ...);
}

template <class Families, product_loops Loops = any_loops, class Tag>
[[nodiscard]] std::span<const method> methods_of(Tag) noexcept {
  static_assert(
      any_body<Tag>(Families{}),
      "lowbit: no family of this list multiplies A x B on every ISA. Serve all of them, or add "
      "those that do: families<mine, family::bit_rows, family::reference>");
  return methods_on<Tag, Loops, Families>;
}
template <class Families, product_loops Loops = any_loops, isa_tag Isa>
requires std::same_as<Isa, any_isa>
[[nodiscard]] std::span<const method> methods_of(Isa isa) noexcept {
  return with_isa(isa, [](auto tag) { return methods_of<Families, Loops>(tag); });
}

/// One way to multiply.
struct candidate {
  const method* how = nullptr;
  int family = 0;       ///< its position in the list
  bool packed = false;  ///< the panels are there
  kernel::panel_layout layout{};
  double cost = 0;

  [[nodiscard]] bool must_pack() const noexcept { return how->packer != nullptr && !packed; }
  /// Whether the codes fit is known only of panels that are there.
  [[nodiscard]] bool must_be_prepared() const noexcept {
    return must_pack() && how->packer->problem != nullptr;
  }
  /// The left operand lies in planes, and the body reads bytes.
  [[nodiscard]] bool must_convert(const kernel::factors& of) const noexcept {
    return how->converter != nullptr && of.lhs_storage != code_storage::bytes;
  }
};

/// Panels are never packed for fewer lhs rows: allocating their memory costs, too.
inline constexpr index_t rows_worth_packing = 8;
/// The cost of what is never done. Finite, because -ffast-math lets compilers assume that nothing is infinite.
inline constexpr double unaffordable = (std::numeric_limits<double>::max)();

/// f(candidate) for every method that serves, in the order of the list; `panels` are the right operand's, or null.
template <class F>
void for_each_candidate(std::span<const method> methods, const kernel::factors& of,
                        const product_shape& shape, const panel_buffer* panels, const F& f) {
  const dispatch::core& core = dispatch::this_core();
  for (std::size_t i = 0; i < methods.size(); ++i) {
    const method& how = methods[i];
    if (how.serves == nullptr || !how.serves(of)) continue;
    candidate out{&how, static_cast<int>(i)};
    out.packed = how.packer != nullptr && panels != nullptr && panels->are_of(how.packer);
    out.layout = out.packed ? panels->format.layout : how.layout_for(kernel::rhs_of(shape), core);
    out.cost = out.must_pack() && shape.rows < rows_worth_packing
                   ? unaffordable
                   : how.cost_for(of, shape, out.layout, out.packed);
    f(out);
  }
}

/// The candidate of the least cost. Errors: no family serves the factors.
[[nodiscard]] inline candidate route_of(std::span<const method> methods, const kernel::factors& of,
                                        const product_shape& shape, const panel_buffer* panels) {
  candidate chosen;
  for_each_candidate(methods, of, shape, panels, [&](const candidate& other) {
    if (other.must_be_prepared()) return;
    if (chosen.how == nullptr || other.cost < chosen.cost) chosen = other;
  });
  if (chosen.how == nullptr)
    fail("no family of this list multiplies %s x %s", of.lhs.name, of.rhs.name);
  return chosen;
}

/// The strip functions of a list of families for epilogues of type F, or for references to them.
template <class Family, class Tag, product_loops Loops, class F>
[[nodiscard]] consteval strip_function strip_of() noexcept {
  if constexpr (contains<Family, Tag, Loops>) {
    using body = kernel::body_of<Family, Tag>;
    constexpr bool takes_any = kernel::reads_bytes<body> || !epilogues::in_registers<F, Tag>;
    using kept = std::conditional_t<takes_any, epilogues::any_epilogue, F>;
    return &multiply_strip<body, Loops & kernel::loops_read<body>, kept>;
  } else {
    return nullptr;
  }
}
template <class Tag, product_loops Loops, class F, class... Families>
inline constexpr strip_function strip_table[] = {strip_of<Families, Tag, Loops, F>()...};

/// The strip functions for `wanted`. A program with all loops chooses one table at run time.
template <class Tag, product_loops Loops, class F, class... Families>
[[nodiscard]] const strip_function* strips_on(product_loops wanted,
                                              families<Families...> list) noexcept {
  using namespace kernel;
  if constexpr (Loops != any_loops) {
    return strip_table<Tag, Loops, F, Families...>;
  } else {
    if ((wanted & all_operations) == masked_loops)
      return strips_on<Tag, masked_loops, F>(wanted, list);
    constexpr product_loops values = byte_loops | lookup_loops;
    if ((wanted & xor_loops) == 0) return strips_on<Tag, and_loops | values, F>(wanted, list);
    return (wanted & one_step) == 0 ? strips_on<Tag, xor_loops | values, F>(wanted, list)
                                    : strips_on<Tag, xor_loops | one_step, F>(wanted, list);
  }
}

/// What a product is multiplied with: the methods of an ISA, an epilogue as a reference, and the strip functions for
/// it, one per method.
struct product_tools {
  std::span<const method> methods;
  epilogues::any_epilogue epilogue;
  const strip_function* strips;
};

/// The tools for an epilogue, which must outlive them, and for products that need some loops of `Loops`. Kernels are
/// compiled for the epilogue if it takes their registers.
template <class Families, product_loops Loops, isa_tag Isa, epilogue F>
[[nodiscard]] product_tools tools_for(Isa isa, product_loops wanted, const F& f) {
  return with_isa(isa, [&]<class Tag>(Tag tag) {
    const strip_function* const strips = strips_on<Tag, Loops, F>(wanted, Families{});
    if constexpr (std::is_same_v<F, epilogues::any_epilogue>)
      return product_tools{methods_of<Families, Loops>(tag), f, strips};
    else
      return product_tools{methods_of<Families, Loops>(tag), epilogues::any_epilogue(tag, f),
                           strips};
  });
}

/// The packer that prepare() takes for a right operand: of the family that packs and multiplies many left rows at the
/// least cost. Null: no such family serves the factors.
[[nodiscard]] inline const kernel::panel_packer* packer_among(std::span<const method> methods,
                                                              const kernel::factors& of,
                                                              product_shape shape) {
  shape.rows = shape.cols = 4096;  // not what is there: a matrix that grows keeps its packer
  const kernel::panel_packer* packer = nullptr;
  double least = 0;
  for_each_candidate(methods, of, shape, nullptr, [&](const candidate& c) {
    if (c.how->packer == nullptr || (packer != nullptr && c.cost >= least)) return;
    packer = c.how->packer;
    least = c.cost;
  });
  return packer;
}

}  // namespace detail::product
LOWBIT_END

#endif

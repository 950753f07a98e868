// lowbit/product/panels.hpp – a right operand in panels, and which body they are for.
//
// A panel is some rhs rows in the order in which a kernel body reads them (kernel/family.hpp). Panels carry their
// format: who packed them, in which layout. A body reads panels of its own format only, so panels of another
// family or ISA are never taken for its own.
#ifndef LOWBIT_PRODUCT_PANELS_HPP
#define LOWBIT_PRODUCT_PANELS_HPP

#include "lowbit/core/buffer.hpp"
#include "lowbit/core/checked.hpp"
#include "lowbit/kernel/family.hpp"
#include "lowbit/tensor/depth_layout.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// A run that begins at the same word of both operands.
[[nodiscard]] inline kernel::product_run common_run(depth_run run) noexcept {
  return {run.first_word, run.first_word, run.depth};
}
/// The runs of a layout that both operands have.
[[nodiscard]] inline buffer<kernel::product_run> common_runs(depth_layout layout) {
  buffer<kernel::product_run> runs(layout.runs());
  for (index_t i = 0; i < runs.size(); ++i) runs[i] = common_run(layout.run(i));
  return runs;
}

/// Rhs rows in panels; empty if they were not packed.
struct panel_buffer {
  kernel::panel_format format{};
  buffer<std::uint8_t> bytes{};  ///< none: there are no panels, whatever the format says

  /// True if these panels are there, and `packer` packed them.
  [[nodiscard]] bool are_of(const kernel::panel_packer* packer) const noexcept {
    return bytes.size() > 0 && format.packer == packer;
  }
  [[nodiscard]] const std::uint8_t* panel(index_t p) const noexcept {
    return bytes.data() + p * format.layout.bytes();
  }
};

/// The format of `packer` (null: none) for a right operand, as the core does best.
[[nodiscard]] inline kernel::panel_format panel_format_of(
    const kernel::panel_packer* packer, const kernel::rhs_shape& rhs,
    const dispatch::core& core = dispatch::this_core()) {
  if (packer == nullptr) return {};
  return {packer, packer->layout(rhs, core)};
}

/// Reports right operands that a packer (null: none) cannot take, as an error of `who`.
inline void require_fitting(const char* who, const kernel::panel_packer* packer,
                            const kernel::operand& rows, depth_layout layout) {
  if (packer == nullptr || packer->problem == nullptr) return;
  const buffer<kernel::product_run> runs = common_runs(layout);
  core::fail_if(packer->problem(rows, {runs.data(), runs.size()}), who);
}

/// The bytes of panels for so many rows.
[[nodiscard]] inline index_t panel_bytes(const kernel::panel_layout& layout, index_t rows) {
  if (layout.rows == 0) return 0;
  return checked_mul(ceil_div(rows, layout.rows), layout.bytes(), "prepare: panels x bytes");
}

/// Packs the panels that hold rows first ... into memory whose unused rows are zeros.
inline void fill_panels(const code_format& codes, const kernel::operand& rows, index_t first,
                        panel_buffer& out) noexcept {
  const kernel::panel_layout& layout = out.format.layout;
  if (layout.bytes() == 0) return;
  const index_t end = ceil_div(rows.rows, layout.rows);
  for (index_t p = first / layout.rows; p < end; ++p)
    out.format.packer->pack(codes, rows, p * layout.rows, layout,
                            out.bytes.data() + p * layout.bytes());
}

/// All rows in panels of a format.
[[nodiscard]] inline panel_buffer make_panels(const kernel::panel_format& format,
                                              const code_format& codes,
                                              const kernel::operand& rows) {
  panel_buffer out{format, buffer<std::uint8_t>(panel_bytes(format.layout, rows.rows))};
  fill_panels(codes, rows, 0, out);
  return out;
}

}  // namespace detail::product
LOWBIT_END

#endif

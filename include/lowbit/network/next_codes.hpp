// lowbit/network/next_codes.hpp – which codes a layer writes: the quantizer of the layer behind it, as data.
#ifndef LOWBIT_NETWORK_NEXT_CODES_HPP
#define LOWBIT_NETWORK_NEXT_CODES_HPP

#include "lowbit/core/reason.hpp"
#include "lowbit/encoding/format.hpp"
#include "lowbit/epilogue/code_boundaries.hpp"

LOWBIT_BEGIN

/// Codes of a format, and the boundaries between them; without a format a layer writes floats.
struct next_codes {
  code_format format;
  code_boundaries boundaries;

  [[nodiscard]] bool exist() const noexcept { return format.plane_count > 0; }
  /// Why these boundaries give no codes of the format, if they do not.
  [[nodiscard]] reason problem() const noexcept {
    if (!exist()) return {};
    if (const reason why = boundaries.problem()) return why;
    for (index_t i = -1; i <= boundaries.size(); ++i) {
      const code_t code = i < 0 ? boundaries.nan_code() : boundaries.code(i);
      if (!format.is_code(code))
        return make_reason("code %d is none of %s with %d planes", code, format.name,
                           format.plane_count);
    }
    return {};
  }
  template <class Self, class F>
  static void fields(Self& self, F& f) {
    f(self.format);
    if (self.exist()) f(self.boundaries);
  }
};

LOWBIT_END

#endif

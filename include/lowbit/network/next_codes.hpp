// lowbit/network/next_codes.hpp – which codes a layer writes: the quantizer of the layer behind it, as data.
#ifndef LOWBIT_NETWORK_NEXT_CODES_HPP
#define LOWBIT_NETWORK_NEXT_CODES_HPP

#include <vector>

#include "lowbit/core/reason.hpp"
#include "lowbit/encoding/format.hpp"
#include "lowbit/epilogue/code_boundaries.hpp"

LOWBIT_BEGIN

/// Codes of a format, and the boundaries between them: one list for all channels, or one per channel with the same
/// codes. (ReActNet's RSign has a boundary per channel.) Without a format a layer writes floats.
struct next_codes {
  code_format format{};
  std::vector<code_boundaries> boundaries;

  [[nodiscard]] bool exist() const noexcept { return format.plane_count > 0; }
  /// The boundaries of each channel. There must be some.
  [[nodiscard]] channel_boundaries of_channels() const noexcept {
    return channel_boundaries(std::span<const code_boundaries>(boundaries));
  }
  [[nodiscard]] index_t bytes() const noexcept {
    index_t sum = 0;
    for (const code_boundaries& each : boundaries) sum += each.bytes();
    return sum;
  }
  /// What is wrong with these boundaries for codes of the format and so many channels, or nothing. A negative number:
  /// any number of channels will do.
  [[nodiscard]] reason problem(index_t channels) const noexcept {
    if (!exist()) return {};
    const auto lists = static_cast<index_t>(boundaries.size());
    if (lists < 1 || (lists > 1 && channels >= 0 && lists != channels))
      return make_reason("%td lists of boundaries for %td channels: one, or one each", lists,
                         channels);
    for (const code_boundaries& each : boundaries) {
      if (const reason why = each.problem()) return why;
      if (each.size() != boundaries[0].size()) return "channels with different codes";
      for (index_t i = -1; i <= each.size(); ++i) {
        const code_t code = i < 0 ? each.nan_code() : each.code(i);
        if (!format.is_code(code))
          return make_reason("code %d is none of %s with %d planes", code, format.name,
                             format.plane_count);
        if (i >= 0 && code != boundaries[0].code(i)) return "channels with different codes";
      }
    }
    return {};
  }
  /// What is wrong with these as codes that must be there, of any number of channels, or nothing.
  [[nodiscard]] reason problem() const noexcept {
    if (!exist()) return "a quantizer without codes";
    return problem(-1);
  }
  template <class Self, class F>
  static void fields(Self& self, F& f) {
    f(self.format);
    if (self.exist()) f(self.boundaries);
  }
};

LOWBIT_END

#endif

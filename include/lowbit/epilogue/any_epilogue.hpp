// lowbit/epilogue/any_epilogue.hpp – some epilogue, its type forgotten, in columns of the result that may
// begin anywhere.
//
// A kernel is compiled once for every epilogue. Where a product's columns are no register's (groups of
// channels that begin anywhere in the result), or its rows lie apart in it (transposed convolution), sums
// go through memory and tiles are small: there a call through a pointer costs little, and saves a program
// another copy of every kernel for every epilogue.
#ifndef LOWBIT_EPILOGUE_ANY_EPILOGUE_HPP
#define LOWBIT_EPILOGUE_ANY_EPILOGUE_HPP

#include "lowbit/epilogue/epilogue.hpp"

LOWBIT_BEGIN
namespace detail::finish {

/// Calls the tile door of an epilogue that outlives it; column 0 is its column `first`.
class any_epilogue {
 public:
  template <epilogue F>
  explicit any_epilogue(const F& f, index_t first = 0) noexcept
      : object_(&f),
        call_([](const void* object, const accumulator_tile& tile, tile_place place) {
          (*static_cast<const F*>(object))(tile, place);
        }),
        first_(first) {}
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    place.col += first_;
    call_(object_, tile, place);
  }

 private:
  const void* object_;
  void (*call_)(const void*, const accumulator_tile&, tile_place);
  index_t first_;
};

}  // namespace detail::finish
LOWBIT_END

#endif

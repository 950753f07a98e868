// lowbit/executor/on.hpp – where an operation runs: the last argument of every operation.
//
//     lowbit::gemm(a, w)                                          the chosen ISA, the caller's thread
//     lowbit::gemm(a, w, openmp_executor{4})                      the chosen ISA, four threads
//     lowbit::gemm(a, w, on(isa::avx2{}))                         AVX2, the caller's thread
//     lowbit::gemm(a, w, on(isa::avx2{}, openmp_executor{4}))     AVX2, four threads
//
// on() is an executor that also names an ISA. An executor that names none runs on chosen_isa()
// (dispatch/with_isa.hpp). A forced ISA changes the speed of an integer result, never the result; the CPU must
// have the ISA.
#ifndef LOWBIT_EXECUTOR_ON_HPP
#define LOWBIT_EXECUTOR_ON_HPP

#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/executor/executor.hpp"

LOWBIT_BEGIN

/// An ISA and the executor of its work. `Isa` is a tag of arch/isa.hpp or an any_isa. Copies both; they are
/// empty or small.
template <isa_tag Isa, executor Executor = serial_executor>
class on : public detail::runs_on<Executor> {
 public:
  constexpr explicit on(Isa isa, Executor executor = {})
      : detail::runs_on<Executor>(executor), isa_(isa) {}

  [[nodiscard]] constexpr Isa isa() const noexcept { return isa_; }

 private:
  Isa isa_;
};

namespace detail {

/// The ISA of an executor: the one that it names, else the chosen one. Errors: as chosen_isa().
template <executor Where>
[[nodiscard]] isa_tag auto isa_of(const Where& where) {
  if constexpr (requires {
                  { where.isa() } -> isa_tag;
                })
    return where.isa();
  else
    return chosen_isa();
}

}  // namespace detail
LOWBIT_END

#endif

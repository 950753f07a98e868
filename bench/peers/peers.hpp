// Who else can multiply: other libraries, on the same integers, each as good as its interface allows.
//
// A peer is one file here and one line in CMakeLists.txt, which looks for its library and names it if it is not
// installed. Only the report links peers. They run on one thread. Weights are reordered beforehand where a peer has
// an interface for it, as prepare() does for lowbit's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../integer_convolution.hpp"

namespace bench {

/// A product by another library, ready to be timed.
struct rival {
  std::string name;
  std::string how;  ///< which routine serves this shape
  std::function<void()> run;
  std::function<bool(const expected_block&)> agrees;  ///< after a run
};

/// A library: its name here, its Debian package, and how it makes a product of a shape that it can serve. `make` is
/// null if the library was not found when the report was built.
struct peer {
  const char* name;
  const char* package;
  std::optional<rival> (*make)(std::shared_ptr<const integer_product>);
};

/// All peers, present or not.
[[nodiscard]] const std::vector<peer>& peers();

/// How a library makes a convolution, its padded image and its filters laid out as it likes best. Absent
/// ones are absent among peers(), too.
using convolution_maker = std::optional<rival> (*)(std::shared_ptr<const integer_convolution>);
[[nodiscard]] const std::vector<convolution_maker>& convolution_makers();

/// OpenBLAS chooses its kernels when it is loaded, and for a CPU newer than itself it takes those of 2004. Then
/// this starts the program again, with the better ones named in OPENBLAS_CORETYPE; else it does nothing.
void give_peers_their_best(char** argv);

/// Lets every peer use so many threads.
void limit_peer_threads(int threads);

}  // namespace bench

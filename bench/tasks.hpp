// What the report measures: the shapes that the field compares itself with.
//
//     W1A1          squares from 64 to 4096; the four stages of a ResNet-18 as products (a 3 x 3 layer of 56 x 56
//                   x 64 is 3136 x 64 x 576); one row against a layer of a language model; the hidden
//                   layer of the MLP of Courbariaux et al., batch 100
//     W1A2 ...      the same square with more planes: as many bit products as the operands have pairs of planes
//     every ISA     one square on each instruction set this CPU has, against the scalar popcnt kernel
//     sign packing  what comes before
//     ResNet-18     a whole network, layer by layer
#pragma once

#include "rounds.hpp"
#include "row.hpp"

namespace bench {

/// One row to be measured. `name` is task, shape and ISA.
struct task {
  std::string name;
  std::function<std::vector<row>(const effort&)> measure;
};

/// All rows, or a subset for a first look.
[[nodiscard]] std::vector<task> tasks(bool quick);

}  // namespace bench

// lowbit/llm.hpp – layers of language models whose weights have one to two bits, and what a token costs. Includes only.
#ifndef LOWBIT_LLM_HPP
#define LOWBIT_LLM_HPP

#include "lowbit/letters_aside.hpp"

#include "lowbit/encode/quantize.hpp"
#include "lowbit/kernel/three_of_four/panel_family.hpp"
#include "lowbit/kernel/trits/panel_family.hpp"
#include "lowbit/network/layers/token_layers.hpp"
#include "lowbit/network/residual.hpp"
#include "lowbit/network/sequential.hpp"
#include "lowbit/network/token_bound.hpp"
#include "lowbit/quantize/methods/bitnet_ternary.hpp"
#include "lowbit/tensor/half_levels.hpp"

#include "lowbit/letters_back.hpp"

#endif

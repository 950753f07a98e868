// lowbit/any.hpp – what is known when a program runs: quantizers, encodings and layers as values. Includes only.
#ifndef LOWBIT_ANY_HPP
#define LOWBIT_ANY_HPP

#include "lowbit/letters_aside.hpp"

#include "lowbit/encode/quantize_any.hpp"
#include "lowbit/network/build.hpp"
#include "lowbit/network/layers/depth_to_space.hpp"
#include "lowbit/network/layers/function_layer.hpp"
#include "lowbit/network/layers/hashed_layers.hpp"
#include "lowbit/network/layers/quantized_conv2d.hpp"
#include "lowbit/network/layers/row_coded_layers.hpp"
#include "lowbit/network/layers/sparse_layers.hpp"
#include "lowbit/network/observe.hpp"
#include "lowbit/network/reference_conv2d.hpp"
#include "lowbit/product/row_coded_linear.hpp"
#include "lowbit/product/sparse_linear.hpp"
#include "lowbit/quantize/any_quantizer.hpp"
#include "lowbit/tensor/any_quantized_matrix.hpp"

#include "lowbit/letters_back.hpp"

#endif

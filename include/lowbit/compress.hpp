// lowbit/compress.hpp – from a trained network to few bytes: what chooses and encodes. Includes only. Running a
// compressed network needs none of it.
#ifndef LOWBIT_COMPRESS_HPP
#define LOWBIT_COMPRESS_HPP

#include "lowbit/letters_aside.hpp"

#include "lowbit/compress/bit_budget.hpp"
#include "lowbit/compress/clip_partition.hpp"
#include "lowbit/compress/code_symbols.hpp"
#include "lowbit/compress/encode_rows.hpp"
#include "lowbit/compress/encode_sparse.hpp"
#include "lowbit/compress/file_parts.hpp"
#include "lowbit/compress/gradual_pruning.hpp"
#include "lowbit/compress/huffman.hpp"
#include "lowbit/compress/pruning.hpp"
#include "lowbit/compress/quantizer_by_width.hpp"
#include "lowbit/compress/rans.hpp"
#include "lowbit/compress/relative_index.hpp"
#include "lowbit/compress/sharing.hpp"
#include "lowbit/compress/unique_filters.hpp"
#include "lowbit/compress/value_range.hpp"
#include "lowbit/compress/width_families.hpp"
#include "lowbit/compress/with_bits.hpp"

#include "lowbit/letters_back.hpp"

#endif

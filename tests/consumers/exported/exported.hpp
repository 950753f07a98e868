// A public header that needs lowbit's.
#pragma once
#include <lowbit/lowbit.hpp>

lowbit::matrix<std::int32_t> square(const lowbit::packed_matrix<lowbit::binary>& bits);

// Counts in front of every block how large it is. Alignments up to 64, which is all that anybody asks for.
#include "support/allocations.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

namespace test {
allocation_count allocations;
}  // namespace test

namespace {

constexpr std::size_t front = 64;

void* take(std::size_t size) noexcept {
  auto* const block =
      static_cast<char*>(std::aligned_alloc(front, (size + 2 * front - 1) / front * front));
  if (block == nullptr) return nullptr;
  std::memcpy(block, &size, sizeof size);
  ++test::allocations.calls;
  test::allocations.live += static_cast<long>(size);
  if (test::allocations.live > test::allocations.peak)
    test::allocations.peak = test::allocations.live;
  return block + front;
}
void give(void* memory) noexcept {
  if (memory == nullptr) return;
  char* const block = static_cast<char*>(memory) - front;
  std::size_t size = 0;
  std::memcpy(&size, block, sizeof size);
  test::allocations.live -= static_cast<long>(size);
  std::free(block);
}

}  // namespace

// All forms, also those that by default call another one: sanitizers bring their own for each.
void* operator new(std::size_t size) {
  if (void* const memory = take(size)) return memory;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) {
  if (void* const memory = take(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return take(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return take(size); }
void* operator new(std::size_t size, std::align_val_t, const std::nothrow_t&) noexcept {
  return take(size);
}
void* operator new(std::size_t size, std::align_val_t) { return ::operator new(size); }
void operator delete(void* memory) noexcept { give(memory); }
void operator delete[](void* memory) noexcept { give(memory); }
void operator delete(void* memory, std::size_t) noexcept { give(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { give(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { give(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give(memory); }

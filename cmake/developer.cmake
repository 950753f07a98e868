# lowbit_developer: the warnings lowbit is written under. Tests and benchmarks link it; it is never installed,
# so a consumer never sees it.
add_library(lowbit_developer INTERFACE)
target_compile_options(lowbit_developer INTERFACE
                       -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror)

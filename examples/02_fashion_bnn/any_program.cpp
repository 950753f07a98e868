#include "any_quantizer.hpp"
#include "program.hpp"

int run_with_any_quantizer(int argc, char** argv) { return run_program(fashion_any{}, argc, argv); }

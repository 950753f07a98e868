// Trains a binary convolutional network on Fashion-MNIST, turns it into bits, and checks that nothing changed.
#include "network.hpp"
#include "program.hpp"

// The type that 05_deploy_only names to load what this program saves.
static_assert(std::same_as<decltype(nn::deploy(fashion_cnn().make_bnn({}, 10, 1))), packed_cnn>);

int main(int argc, char** argv) { return run_program(fashion_cnn(), argc, argv); }

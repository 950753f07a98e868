// Trains a binarized network on Fashion-MNIST, turns it into bits, and checks that nothing changed.
#include "network.hpp"
#include "program.hpp"

int main(int argc, char** argv) { return run_program(fashion_bnn(), argc, argv); }

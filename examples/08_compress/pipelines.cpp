#include "pipelines.hpp"

#include <lowbit/quantize/any_catalogue.hpp>

namespace compress = lowbit::compress;

namespace {

file_plan sparse_file(const network_plan& network, std::string name,
                      const compress::sparse_options& how) {
  return {std::move(name), [&network, how](const compress::model& m, const file_place& place) {
            return &network == &lenet ? tested(pack_lenet(m, how), place)
                                      : tested(pack_cnn(m, how), place);
          }};
}

}  // namespace

compress::quantize quantized(const char* name, lowbit::index_t epochs, float rate) {
  return {lowbit::quantizer_named(name, lowbit::for_weights), epochs, rate};
}

file_plan sparse_file(const network_plan& network) { return sparse_file(network, "", {}); }

file_plan sparse_file(const network_plan& network, lowbit::symbol_coding coding) {
  static constexpr const char* names[] = {", raw", ", Huffman", ", rANS"};
  return sparse_file(network, names[static_cast<std::size_t>(coding)], {.coding = coding});
}

std::vector<pipeline_plan> all_pipelines(const training_length& length, bool with_long) {
  std::vector<pipeline_plan> all;
  const auto add = [&](std::vector<pipeline_plan> list) {
    for (pipeline_plan& plan : list) {
      if (plan.takes_long && !with_long) continue;
      if (plan.files.empty()) plan.files.push_back(sparse_file(*plan.network));
      all.push_back(std::move(plan));
    }
  };
  add(dense_pipelines(length));
  add(convolution_pipelines(length));
  add(width_pipelines(length));
  add(literature_pipelines(length));
  add(long_pipelines(length));
  return all;
}

// Runs every case of every golden file: exact fields must be equal, others within the case's
// tolerance. Files come from LOWBIT_GOLDEN_DIR (environment), or from the folder of the tests. An
// operation or an output field that is not known is a failure.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "golden_case.hpp"
#include "support/catch.hpp"

namespace test_runner {

using golden::json;

namespace {

std::vector<std::filesystem::path> golden_files() {
  const char* const folder = std::getenv("LOWBIT_GOLDEN_DIR");
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder != nullptr ? folder : LOWBIT_GOLDEN_DIR))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

bool equal(double got, double expected, const std::string& dtype) {
  if (std::isnan(expected)) return std::isnan(got);
  if (dtype == "f32") return static_cast<float>(got) == static_cast<float>(expected);
  return got == expected;
}

bool close(double got, double expected, const json& tolerance) {
  if (std::isnan(expected) || std::isinf(expected)) return equal(got, expected, "f64");
  return std::abs(got - expected) <=
         tolerance.at("abs").get<double>() + tolerance.at("rel").get<double>() * std::abs(expected);
}

void check_floats(const json& expected, const std::vector<double>& got, bool exact,
                  const json& tolerance) {
  const bool array = expected.is_object();
  const std::vector<double> values =
      array ? golden::floats<double>(expected) : std::vector<double>{golden::number(expected)};
  const std::string dtype = array ? expected.at("dtype").get<std::string>() : "f64";
  REQUIRE(got.size() == values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    INFO("element " << i << ": " << got[i] << ", expected " << values[i]
                    << (exact ? " exactly" : ""));
    CHECK((exact ? equal(got[i], values[i], dtype) : close(got[i], values[i], tolerance)));
  }
}

void check_field(const std::string& field, const json& test, const golden::outcome& out) {
  INFO("field " << field);
  const json& expected = test.at("out").at(field);
  const json& exact = test.at("exact");
  if (golden::is_words(expected)) {
    const auto found = out.words.find(field);
    if (found == out.words.end())
      FAIL_CHECK("no such output field");
    else
      CHECK(found->second == golden::words(expected));
    return;
  }
  const auto found = out.numbers.find(field);
  if (found == out.numbers.end())
    FAIL_CHECK("no such output field");
  else
    check_floats(expected, found->second,
                 std::find(exact.begin(), exact.end(), field) != exact.end(), test.at("tol"));
}

void run_case(const json& test) {
  const std::string op = test.at("op");
  INFO("case " << test.at("name").get<std::string>() << ", op " << op);
  const golden::operation run = golden::operations::find(op);
  if (run == nullptr) {
    FAIL_CHECK("this operation is not known");
    return;
  }
  const json in = golden::inputs_of(test), params = golden::params_of(test);
  golden::context context{in, params, {}, {}};
  try {
    run(context);
  } catch (const std::exception& e) {
    FAIL_CHECK("error: " << e.what());
    return;
  }
  for (const std::string& failure : context.failures) FAIL_CHECK(failure);
  for (const auto& field : test.at("out").items()) check_field(field.key(), test, context.out);
}

}  // namespace

TEST_CASE("golden files", "[golden]") {
  const auto files = golden_files();
  REQUIRE_FALSE(files.empty());
  int ran = 0;
  for (const auto& path : files) {
    INFO("file " << path.string());
    json file;
    REQUIRE_NOTHROW(file = json::parse(std::ifstream(path)));
    for (const json& test : file.at("cases")) {
      run_case(test);
      ++ran;
    }
  }
  std::printf("golden: %zu files, %d cases ran\n", files.size(), ran);
  CHECK(ran > 0);
}

TEST_CASE("cases without a gradient are checked all the same", "[golden]") {
  // What is quantized there is a gradient, or it moves weights.
  const std::vector<std::string> of_gradients{"bcgd_update",   "bop",          "dorefa_grad",
                                              "sgd_then_clip", "shift_adamax", "wage_grad"};
  // Outputs that a gradient goes into.
  const std::vector<std::string> from_gradients{"target", "sat_hinge", "w_new"};
  int ran = 0;
  for (const auto& path : golden_files()) {
    INFO("file " << path.string());
    const json file = json::parse(std::ifstream(path));
    for (json test : file.at("cases")) {
      const std::string op = test.at("op");
      if (std::find(of_gradients.begin(), of_gradients.end(), op) != of_gradients.end()) continue;
      if (test.at("in").erase("g") + test.at("in").erase("grad") == 0) continue;
      json forward = json::object();
      for (const auto& field : test.at("out").items())
        if (field.key().rfind("grad", 0) != 0 &&
            std::find(from_gradients.begin(), from_gradients.end(), field.key()) ==
                from_gradients.end())
          forward[field.key()] = field.value();
      test["out"] = forward;
      if (forward.empty()) continue;
      run_case(test);
      ++ran;
    }
  }
  CHECK(ran > 50);
}

TEST_CASE("no operation has two definitions", "[golden]") {
  CHECK(golden::operations::duplicates().empty());
}

}  // namespace test_runner

// The README's tables of methods are the catalogue, and the quantizer that it shows is the one that the tests
// train. With LOWBIT_UPDATE_README=1 in the environment the tables are written anew instead.
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "lowbit/quantize/catalogue.hpp"
#include "lowbit/quantize/literature.hpp"
#include "support/any_quantizer.hpp"
#include "support/catch.hpp"

using namespace lowbit;

namespace {

const std::string root = LOWBIT_SOURCE_DIR;

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// "1602.02830" is a link to arXiv, "CVPR https://..." one to that page.
std::string link_of(const std::string& paper) {
  const std::size_t page = paper.find(" https://");
  return page == std::string::npos
             ? "[" + paper + "](https://arxiv.org/abs/" + paper + ")"
             : "[" + paper.substr(0, page) + "](" + paper.substr(page + 1) + ")";
}

std::string code(const std::string& name) { return "`" + name + "`"; }

/// One line of the table, of an entry of the catalogue or of other_methods.
template <class Entry>
std::string row(const Entry& entry, const std::string& header, const std::string& codes,
                const std::string& scales) {
  return "| " + code(entry.name) + " | " + entry.family + " | [" + header + "](include/lowbit/" +
         header + ".hpp) | " + link_of(entry.paper) + ", " + std::to_string(entry.year) + " | " +
         codes + " | " + entry.trained + " | " + scales + " |\n";
}

std::string methods_table() {
  std::string text =
      "| name | family | header | paper | codes | trained | scales "
      "|\n|---|---|---|---|---|---|---|\n";
  for (const test::catalogued& entry : test::every_quantizer())
    text += row(
        entry, "quantize/" + entry.header,
        entry.encoding + ", " + std::to_string(entry.bits) + (entry.bits == 1 ? " bit" : " bits"),
        entry.scales);
  for (const method_entry& entry : other_methods) text += row(entry, entry.header, "", "");
  return text;
}

/// The parts of a text between "; ".
std::vector<std::string> parts_of(const std::string& names) {
  std::vector<std::string> parts;
  for (std::size_t from = 0;;) {
    const std::size_t to = names.find("; ", from);
    parts.push_back(names.substr(from, to - from));
    if (to == std::string::npos) return parts;
    from = to + 2;
  }
}

std::string literature_table() {
  std::string text = "| paper | | in lowbit |\n|---|---|---|\n";
  for (const literature_entry& entry : literature) {
    std::string names;
    for (const std::string& name : parts_of(entry.names))
      names += (names.empty() ? "" : ", ") +
               (name == "training" || name == "compression" ? name : code(name));
    text += std::string("| ") + entry.title + " | " + link_of(entry.paper) + " | " + names + " |\n";
  }
  return text;
}

/// What stands between the two marks of a generated part.
struct generated_part {
  std::size_t begin, end;
  generated_part(const std::string& text, const std::string& name) {
    const std::string open = "<!-- generated: " + name + " -->\n",
                      close = "<!-- end: " + name + " -->";
    begin = text.find(open);
    REQUIRE(begin != std::string::npos);
    begin += open.size();
    end = text.find(close, begin);
    REQUIRE(end != std::string::npos);
  }
};

void check_part(const std::string& name, const std::string& expected) {
  std::string text = text_of(root + "/README.md");
  const generated_part part(text, name);
  if (std::getenv("LOWBIT_UPDATE_README") != nullptr) {
    text.replace(part.begin, part.end - part.begin, "\n" + expected + "\n");
    std::ofstream(root + "/README.md") << text;
    return;
  }
  INFO(
      "README.md is stale: run this program with LOWBIT_UPDATE_README=1 in the environment, or "
      "write:\n"
      << expected);
  CHECK((text.substr(part.begin, part.end - part.begin) == "\n" + expected + "\n"));
}

}  // namespace

TEST_CASE("the README's table of methods is the catalogue", "[quantize][readme]") {
  check_part("methods", methods_table());
}

TEST_CASE("the README's table of papers is the literature", "[quantize][readme]") {
  check_part("papers", literature_table());
}

TEST_CASE("the literature names what the catalogue has, and all its papers", "[quantize][readme]") {
  std::set<std::string> known{"training", "compression"}, papers;
  for (const literature_entry& entry : literature) papers.insert(entry.paper);
  const auto look_at = [&](const auto& entry) {
    INFO(entry.name << ", " << entry.paper);
    CHECK(known.insert(entry.name).second);
    CHECK(papers.count(entry.paper) == 1);
  };
  for (const test::catalogued& entry : test::every_quantizer()) look_at(entry);
  for (const method_entry& entry : other_methods) look_at(entry);
  for (const literature_entry& entry : literature)
    for (const std::string& name : parts_of(entry.names)) {
      INFO(entry.title << ": " << name);
      CHECK(known.count(name) == 1);
    }
}

TEST_CASE("every header of the catalogue is there", "[quantize][readme]") {
  for (const test::catalogued& entry : test::every_quantizer()) {
    INFO(entry.header);
    CHECK_FALSE(text_of(root + "/include/lowbit/quantize/" + entry.header + ".hpp").empty());
  }
  for (const method_entry& entry : other_methods) {
    INFO(entry.header);
    CHECK_FALSE(text_of(root + "/include/lowbit/" + entry.header + ".hpp").empty());
  }
}

TEST_CASE("the README's own quantizer is the one that is tested, and short", "[quantize][readme]") {
  const std::string header = text_of(root + "/tests/support/two_bit_max.hpp");
  const std::string quantizer = header.substr(header.find("/// Four levels"));
  CHECK(text_of(root + "/README.md").find("```cpp\n" + quantizer + "```") != std::string::npos);
  CHECK(std::count(quantizer.begin(), quantizer.end(), '\n') < 25);
}

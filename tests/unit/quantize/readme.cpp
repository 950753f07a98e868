// The tables of quantize/README.md are the catalogue, its own quantizer is the one that the tests train, and
// quantize/all.hpp includes all there is. With LOWBIT_UPDATE_README=1 in the environment the tables and the
// includes are written anew instead.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "lowbit/quantize/catalogue.hpp"
#include "lowbit/quantize/literature.hpp"
#include "support/any_quantizer.hpp"
#include "support/catch.hpp"

namespace test_readme {

using namespace lowbit;

namespace {

const std::string quantize = std::string(LOWBIT_SOURCE_DIR) + "/include/lowbit/quantize/";

bool updating() { return std::getenv("LOWBIT_UPDATE_README") != nullptr; }

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

/// "quantize/methods/sign" as a link from quantize/README.md.
std::string header_link(const std::string& header) {
  const std::string room = "quantize/";
  const std::string path =
      header.compare(0, room.size(), room) == 0 ? header.substr(room.size()) : "../" + header;
  return "[" + path.substr(path.rfind('/') + 1) + "](" + path + ".hpp)";
}

/// One line of the table, of an entry of the catalogue or of other_methods.
template <class Entry>
std::string row(const Entry& entry, const std::string& header, const std::string& codes,
                const std::string& scales) {
  return "| " + code(entry.name) + " | " + entry.family + " | " + header_link(header) + " | " +
         link_of(entry.paper) + ", " + std::to_string(entry.year) + " | " + codes + " | " +
         entry.trained + " | " + scales + " |\n";
}

std::string methods_table() {
  std::string text =
      "| name | family | header | paper | codes | trained | scales "
      "|\n|---|---|---|---|---|---|---|\n";
  for (const test::catalogued& entry : test::every_quantizer())
    text += row(
        entry, "quantize/methods/" + entry.header,
        entry.encoding + ", " + std::to_string(entry.bits) + (entry.bits == 1 ? " bit" : " bits"),
        entry.scales);
  for (const method_entry& entry : other_methods) text += row(entry, entry.header, "", "");
  return text;
}

/// The parts of a text between "; ".
std::vector<std::string> parts_of(const std::string& names) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from < names.size();) {
    const std::size_t to = std::min(names.find("; ", from), names.size());
    parts.push_back(names.substr(from, to - from));
    from = to + 2;
  }
  return parts;
}

/// The entries of a paper, and what else its line of the literature names.
std::vector<std::string> names_of(const literature_entry& paper) {
  std::vector<std::string> names;
  for (const test::catalogued& entry : test::every_quantizer())
    if (entry.paper == paper.paper) names.push_back(entry.name);
  for (const method_entry& entry : other_methods)
    if (entry.paper == std::string(paper.paper)) names.push_back(entry.name);
  for (const std::string& name : parts_of(paper.also)) names.push_back(name);
  return names;
}

std::string literature_table() {
  std::string text = "| paper | | in lowbit |\n|---|---|---|\n";
  for (const literature_entry& entry : literature) {
    std::string names;
    for (const std::string& name : names_of(entry))
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
  std::string text = text_of(quantize + "README.md");
  const generated_part part(text, name);
  if (updating()) {
    text.replace(part.begin, part.end - part.begin, "\n" + expected + "\n");
    std::ofstream(quantize + "README.md") << text;
    return;
  }
  INFO(
      "quantize/README.md is stale: run this program with LOWBIT_UPDATE_README=1 in the "
      "environment, "
      "or write:\n"
      << expected);
  CHECK((text.substr(part.begin, part.end - part.begin) == "\n" + expected + "\n"));
}

/// The headers of a folder below include/lowbit/, as they are included, sorted.
std::set<std::string> headers_in(const std::string& folder) {
  std::set<std::string> headers;
  for (const auto& file : std::filesystem::directory_iterator(quantize + "../" + folder))
    headers.insert("lowbit/" + folder + "/" + file.path().filename().string());
  return headers;
}

}  // namespace

TEST_CASE("the table of methods is the catalogue", "[quantize][readme]") {
  check_part("methods", methods_table());
}

TEST_CASE("the table of papers is the literature", "[quantize][readme]") {
  check_part("papers", literature_table());
}

TEST_CASE("the literature has every paper once, and names what there is", "[quantize][readme]") {
  std::set<std::string> known{"training", "compression"}, papers;
  for (const literature_entry& entry : literature) {
    INFO(entry.title);
    CHECK(papers.insert(entry.paper).second);
    CHECK_FALSE(names_of(entry).empty());
  }
  const auto look_at = [&](const auto& entry) {
    INFO(entry.name << ", " << entry.paper);
    CHECK(known.insert(entry.name).second);
    CHECK(papers.count(entry.paper) == 1);
  };
  for (const test::catalogued& entry : test::every_quantizer()) look_at(entry);
  for (const method_entry& entry : other_methods) look_at(entry);
  for (const literature_entry& entry : literature)
    for (const std::string& name : parts_of(entry.also)) {
      INFO(entry.title << ": " << name);
      CHECK(known.count(name) == 1);
    }
}

TEST_CASE("every header of a method has an entry, and every entry a header", "[quantize][readme]") {
  std::set<std::string> named;
  for (const test::catalogued& entry : test::every_quantizer())
    named.insert("lowbit/quantize/methods/" + entry.header + ".hpp");
  for (const method_entry& entry : other_methods)
    named.insert(std::string("lowbit/") + entry.header + ".hpp");
  for (const std::string& header : named) {
    INFO(header << ": an entry names this header, and there is no such file");
    CHECK_FALSE(text_of(quantize + "../../" + header).empty());
  }
  for (const std::string& header : headers_in("quantize/methods")) {
    INFO(header << ": no entry of quantize/catalogue.hpp names this header");
    CHECK(named.count(header) == 1);
  }
}

TEST_CASE("all.hpp includes every method", "[quantize][readme]") {
  std::set<std::string> headers = headers_in("quantize/methods");
  headers.merge(headers_in("quantize/number"));
  headers.merge(headers_in("gradient"));
  headers.insert(
      "lowbit/quantize/fit/gaussian_levels.hpp");  // tables of levels: a method without codes
  std::string includes;
  for (const std::string& header : headers) includes += "#include \"" + header + "\"\n";
  std::string text = text_of(quantize + "all.hpp");
  const std::size_t begin = text.find("#include"), end = text.rfind("\n\n") + 1;
  REQUIRE(begin < end);
  if (updating()) {
    std::ofstream(quantize + "all.hpp") << text.replace(begin, end - begin, includes);
    return;
  }
  INFO(
      "quantize/all.hpp is stale: run this program with LOWBIT_UPDATE_README=1 in the environment");
  CHECK(text.substr(begin, end - begin) == includes);
}

TEST_CASE("the quantizer of the README is the one that is tested, and short",
          "[quantize][readme]") {
  const std::string header = text_of(LOWBIT_SOURCE_DIR "/tests/support/two_bit_max.hpp");
  const std::string quantizer = header.substr(header.find("/// Four levels"));
  CHECK(text_of(quantize + "README.md").find("```cpp\n" + quantizer + "```") != std::string::npos);
  CHECK(std::count(quantizer.begin(), quantizer.end(), '\n') < 25);
}

}  // namespace test_readme

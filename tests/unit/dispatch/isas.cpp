// arch/ and dispatch/: which ISAs are there, which one is active, what LOWBIT_ISA does. The choice
// is made once a program, so this program runs itself again with LOWBIT_ISA set.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "lowbit/dispatch/build_info.hpp"
#include "lowbit/product/explain.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_isas {

using namespace lowbit;

namespace {

/// Where this program lies.
std::string own_path() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  REQUIRE(length > 0);
  return std::string(path, static_cast<std::size_t>(length));
}

/// What the test "child" below prints in a program started with LOWBIT_ISA=name. A program that runs
/// under an emulator finds the command that emulates in LOWBIT_TEST_EMULATOR.
std::string child_with(const std::string& name, const std::string& popcounts = "") {
  const std::string command = "LOWBIT_ISA='" + name + "' LOWBIT_POPCOUNTS='" + popcounts +
                              "' LOWBIT_TEST_CHILD=1 $LOWBIT_TEST_EMULATOR \"" + own_path() +
                              "\" '[child]' 2>&1";
  std::FILE* const pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  for (int c; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  CHECK(pclose(pipe) == 0);
  const std::size_t begin = text.find("child:"), end = text.find(";;");
  INFO(text);
  REQUIRE(begin != std::string::npos);
  return text.substr(begin + 6, end - begin - 6);
}

std::vector<std::string> names_of_all() {
  std::vector<std::string> names;
  for_each_isa([&](any_isa isa) { names.emplace_back(isa.name); });
  return names;
}

/// True if Derived's chain of parents reaches Ancestor.
template <class Derived, class Ancestor>
constexpr bool descends() {
  if constexpr (std::is_same_v<Derived, Ancestor>)
    return true;
  else if constexpr (std::is_same_v<Derived, isa::scalar>)
    return false;
  else
    return descends<typename Derived::parent, Ancestor>();
}

}  // namespace

TEST_CASE("child: reports the active ISA to the test that started it", "[dispatch][child]") {
  if (std::getenv("LOWBIT_TEST_CHILD") == nullptr) return;
  std::string answer = test::error_of([] {
    const std::string once = active_isa();
    setenv("LOWBIT_ISA", "scalar", 1);  // a later change has no effect
    std::printf("child:%s|%s|%s|%s|%d;;\n", once.c_str(), active_isa(),
                kernel_name<binary, binary>().c_str(), build_info().c_str(),
                detail::dispatch::this_core().popcounts);
  });
  if (answer != "no error") std::printf("child:%s;;\n", answer.c_str());
}

TEST_CASE("each row of the ISA table extends its parent", "[dispatch]") {
  STATIC_REQUIRE(std::is_base_of_v<isa::avx512vnni, isa::avx512vpopcntdq>);
  STATIC_REQUIRE(std::is_base_of_v<isa::avx512bw, isa::avx512vnni>);
  STATIC_REQUIRE(std::is_base_of_v<isa::avx2, isa::avx512bw>);
  STATIC_REQUIRE(std::is_base_of_v<isa::avx2, isa::avxvnni>);
  STATIC_REQUIRE(descends<isa::avx512vpopcntdq, isa::popcnt>());
  STATIC_REQUIRE(descends<isa::neon_dotprod, isa::portable>());
  STATIC_REQUIRE_FALSE(descends<isa::neon, isa::popcnt>());
  STATIC_REQUIRE((isa::avx512vpopcntdq::needs & isa::avx2::needs) == isa::avx2::needs);
}

TEST_CASE("the ISAs are those that the operating system reports", "[dispatch]") {
  CHECK(names_of_all() == test::expected_isas());
  test::on_every_isa([](auto) {});
}

TEST_CASE("without LOWBIT_ISA the best ISA is active, with it the named one", "[dispatch]") {
  CHECK(child_with("").rfind(names_of_all().back() + "|", 0) == 0);
  for (const std::string& name : names_of_all()) {
    INFO("LOWBIT_ISA=" << name);
    const std::string answer = child_with(name);
    CHECK(answer.rfind(name + "|" + name + "|", 0) == 0);
    CHECK_THAT(answer,
               ContainsSubstring("isa " + name + " of {" + test::joined(names_of_all()) + "}"));
  }
}

TEST_CASE("LOWBIT_ISA: unknown and unavailable names are errors that list the names",
          "[dispatch]") {
  const std::string all = test::joined(names_of_all());
  CHECK_THAT(child_with("nonsense"),
             ContainsSubstring("LOWBIT_ISA=nonsense is no known instruction set; known: scalar"));
  CHECK_THAT(child_with("nonsense"), ContainsSubstring("this CPU has: " + all));
  CHECK_THAT(child_with("AVX2"), ContainsSubstring("no known instruction set"));
  for (const any_isa row : detail::dispatch::all_rows)
    if (!detail::dispatch::available(row))
      CHECK_THAT(child_with(row.name),
                 ContainsSubstring(std::string("LOWBIT_ISA=") + row.name +
                                   ": this CPU does not have it; this CPU has: " + all));
}

TEST_CASE("LOWBIT_POPCOUNTS says what core this is taken for, other numbers are errors",
          "[dispatch]") {
  for (const std::string popcounts : {"1", "2"}) {
    const std::string answer = child_with("", popcounts);
    INFO(answer);
    CHECK(answer.substr(answer.rfind('|') + 1) == popcounts);
    CHECK((answer.find(", " + popcounts + " vector popcounts per cycle|") != std::string::npos) ==
          (names_of_all().back() == "avx512vpopcntdq"));
  }
  for (const char* other : {"0", "3", "12", "one"})
    CHECK_THAT(child_with("", other), ContainsSubstring(std::string("LOWBIT_POPCOUNTS=") + other +
                                                        ": the vector popcounts of a core"));
#if LOWBIT_X86
  const bool intel = test::cpu_words("vendor_id").count("GenuineIntel") != 0;
  CHECK(child_with("").back() == (intel ? '1' : '2'));
#endif
}

TEST_CASE("kernel_name names the body that serves, or its nearest ancestor", "[dispatch]") {
  test::on_every_tag([&](auto tag) {
    using Tag = decltype(tag);
    using namespace detail::kernel;
    constexpr bool panels = panels_serve<Tag>(factors_of<binary, ternary>);
    constexpr bool by_definition = std::is_same_v<Tag, isa::scalar>;
    using rows = std::conditional_t<by_definition, reference_body, rows_for<Tag>>;
    using Body = typename std::conditional_t<panels, panels_for<Tag>, rows>::tag;
    const std::string text = kernel_name<binary, ternary>(on(tag));
    CHECK(descends<Tag, Body>());
    CHECK(text.rfind(Body::name, 0) == 0);
    CHECK((text.find(std::string("(for ") + Tag::name + ")") != std::string::npos) ==
          !std::is_same_v<Tag, Body>);
    const char* const family = panels ? " panels" : by_definition ? " reference" : " rows";
    CHECK_THAT(text, ContainsSubstring(std::string(family) + ", binary<1> x ternary<2>"));
  });
#if LOWBIT_X86
  using namespace detail::kernel;
  STATIC_REQUIRE(std::is_same_v<rows_for<isa::scalar>, no_body>);
  STATIC_REQUIRE(std::is_same_v<rows_for<isa::portable>::tag, isa::portable>);
  STATIC_REQUIRE(std::is_same_v<rows_for<isa::avx2>::tag, isa::avx2>);
  STATIC_REQUIRE(std::is_same_v<panels_for<isa::ssse3>::tag, isa::ssse3>);
  STATIC_REQUIRE(std::is_same_v<panels_for<isa::avx512bw>::tag, isa::avx512bw>);
  STATIC_REQUIRE(std::is_same_v<panels_for<isa::avx512vpopcntdq>::tag, isa::avx512vpopcntdq>);
  STATIC_REQUIRE_FALSE(has_panels<isa::popcnt>);
  STATIC_REQUIRE(std::is_same_v<rows_for<isa::avx512vpopcntdq>::tag, isa::avx512vpopcntdq>);
#elif LOWBIT_AARCH64
  using namespace detail::kernel;
  using dotprod = std::conditional_t<LOWBIT_HAS_NEON_DOTPROD, isa::neon_dotprod, isa::neon>;
  STATIC_REQUIRE(std::is_same_v<rows_for<isa::neon>::tag, isa::neon>);
  STATIC_REQUIRE(std::is_same_v<panels_for<isa::neon>::tag, isa::neon>);
  STATIC_REQUIRE(std::is_same_v<rows_for<isa::neon_dotprod>::tag, dotprod>);
  STATIC_REQUIRE(std::is_same_v<panels_for<isa::neon_dotprod>::tag, dotprod>);
#endif
  STATIC_REQUIRE(detail::kernel::has_panels<isa::portable> == bool{LOWBIT_HAS_XSIMD});
  CHECK_THAT((kernel_name<binary, binary>()), ContainsSubstring(active_isa()));
}

TEST_CASE("kernel_name of operands names the body that they run on", "[dispatch]") {
  const packed_matrix<binary> few(2, 128), many(64, 128), w(128, 128);
  test::on_every_tag([&](auto tag) {
    const auto prepared = prepare(w, on(tag));
    const bool panels =
        detail::kernel::panels_serve<decltype(tag)>(detail::kernel::factors_of<binary, binary>);
    // Two rows do not pay for packing w: they are multiplied as they lie, unless w is prepared.
    const std::string rows = std::is_same_v<decltype(tag), isa::scalar> ? " reference," : " rows,";
    CHECK_THAT(kernel_name(few, w, on(tag)), ContainsSubstring(rows + " binary<1> x binary<1>"));
    for (const std::string& text :
         {kernel_name(many, w, on(tag)), kernel_name(few, prepared, on(tag))}) {
      CHECK_THAT(text, ContainsSubstring(panels ? " panels," : rows));
      CHECK(text == kernel_name<binary, binary>(on(tag)));
    }
    // Panels of another body cannot be read.
    const auto foreign = prepare(w, on(isa::scalar{}));
    CHECK(kernel_name(few, foreign, on(tag)) == kernel_name(few, w, on(tag)));
    CHECK(kernel_name(many, foreign, on(tag)) == kernel_name(many, w, on(tag)));
  });
  CHECK(kernel_name(few, w) == kernel_name(few, w, on(chosen_isa())));
}

TEST_CASE("build_info says version, compiler, flags and ISAs", "[dispatch]") {
  const std::string text = build_info();
  char version[32];
  std::snprintf(version, sizeof version, "lowbit %d.%d.%d", LOWBIT_VERSION_MAJOR,
                LOWBIT_VERSION_MINOR, LOWBIT_VERSION_PATCH);
  for (const std::string& part :
       {std::string(version), std::string(LOWBIT_COMPILER), std::string(build_flags()),
        std::string("isa ") + active_isa(), test::joined(names_of_all())})
    CHECK_THAT(text, ContainsSubstring(part));
}

}  // namespace test_isas

// Saved networks: the same after a round trip; damaged files give an error or an equal network, and no more
// memory than io/network.hpp says.
#include "lowbit/io.hpp"

#ifdef __linux__
#include <sys/resource.h>
#endif

#include <cerrno>
#include <csignal>

#include "lowbit/encoding/ternary.hpp"
#include "support/catch.hpp"
#include "support/network_files.hpp"
#include "support/networks.hpp"

namespace test_save_load {

using namespace lowbit;
using test::file;
using test::is_damage;
using test::refusal;
using test::repaired;

TEST_CASE("the checksum is the published one", "[io]") {
  const char text[] = "123456789";
  CHECK(lowbit::detail::io::crc32(std::as_bytes(std::span(text, 9))) == 0xCBF43926u);
  CHECK(lowbit::detail::io::crc32({}) == 0);
}

TEST_CASE("a saved network is the same network", "[io]") {
  const auto bits = test::make_bit_net();
  const auto float_epilogue = test::make_bireal_net();
  const file saved = save(bits);
  CHECK(refusal<test::bit_net>(saved).empty());
  CHECK(refusal<test::bireal_net>(save(float_epilogue)).empty());
  CHECK_FALSE(refusal<test::bireal_net>(saved).empty());  // another type

  const auto again = load<test::bit_net>(saved);
  REQUIRE(again);
  const auto x = test::make_pixels({2, 6, 8, 1});
  auto work = bits.workspace(x.shape()), other = again->workspace(x.shape());
  auto y = bits.make_output(work), z = again->make_output(other);
  const long before = test::allocations.calls;
  for (int i = 0; i < 3; ++i) {
    bits(x.view(), work, y, on(isa::scalar{}));
    (*again)(x.view(), other, z, on(isa::scalar{}));
  }
  CHECK(test::allocations.calls == before);  // none per image
  CHECK(y.pixels() == z.pixels());
}

TEST_CASE("a dense layer behind channels that fill no word is saved and loaded", "[io]") {
  test::floats n{random_stream(9)};
  const sequential net(
      layer::conv2d_threshold<binary, binary>(n.bits({48, 3, 3, 20}), square_window(3, 2, 1),
                                              test::make_thresholds(n, 48, 20)),
      layer::float_linear(n.images({10, 3, 3, 48}), n.many(10)));
  using net_type = std::remove_const_t<decltype(net)>;
  const file saved = save(net);
  CHECK(refusal<net_type>(saved).empty());
  const auto again = load<net_type>(saved);
  REQUIRE(again);
  const auto x = n.bits({3, 5, 5, 20});
  auto work = net.workspace(x.shape()), other = again->workspace(x.shape());
  auto y = net.make_output(work), z = again->make_output(other);
  const long before = test::allocations.calls;
  net(x.view(), work, y, on(isa::scalar{}));
  (*again)(x.view(), other, z, on(isa::scalar{}));
  CHECK(test::allocations.calls == before);
  CHECK(y.pixels() == z.pixels());
}

TEST_CASE("a network of as many layers as its file says is saved and loaded", "[io]") {
  test::floats n{random_stream(12)};
  using hidden = layer::conv2d_threshold<binary, binary>;
  using net_type = sequential<repeat<hidden>, layer::float_linear>;
  std::vector<hidden> layers;
  for (const index_t inputs : {20, 70, 70})
    layers.push_back(layer::linear<binary>(n.bits({1, 1, 70, inputs}).pixels(),
                                           test::make_thresholds(n, 70, 20)));
  const net_type net(repeat<hidden>(layers),
                     layer::float_linear(n.images({10, 1, 1, 70}), n.many(10)));
  const file saved = save(net);
  CHECK(refusal<net_type>(saved).empty());
  const auto again = load<net_type>(saved);
  REQUIRE(again);
  CHECK(std::get<0>(again->layers()).layers().size() == 3);
  // 32 bytes of header and 16 of "seq" and its count; then "repeat" and its count.
  const auto with_count = [&](int count) {
    file bytes = saved;
    bytes[32 + 16 + 8] = static_cast<std::byte>(count);
    return refusal<net_type>(repaired(bytes));
  };
  CHECK(with_count(3).empty());
  CHECK(with_count(0) == "a repeat of no layers");
  CHECK(with_count(2) == "another layer, encoding or padding than the network's type has here");
  CHECK_FALSE(with_count(4).empty());
  CHECK_FALSE(is_damage(with_count(255)));
}

TEST_CASE("a layer in a file that cannot be is refused with its sizes", "[io]") {
  const layer::float_linear classes(test::floats{random_stream(10)}.images({3, 1, 1, 5}),
                                    std::vector<float>(3));
  file bytes = save(sequential(classes));
  // The count of biases is in front of the last three floats.
  bytes[bytes.size() - 12 - 8] = std::byte{2};
  bytes.resize(bytes.size() - 4);
  CHECK(refusal<sequential<layer::float_linear>>(repaired(bytes)) ==
        "2 biases for 3 outputs: one each");
}

TEST_CASE("the file is little-endian, and as long as it says", "[io]") {
  const file bytes = save(sequential(layer::signs()));
  REQUIRE(bytes.size() == 32 + 16 + 8);
  const auto byte = [&](std::size_t i) { return std::to_integer<int>(bytes[i]); };
  CHECK(byte(0) == 0x89);
  CHECK(byte(1) == 'L');
  CHECK(byte(8) == 1);
  CHECK(byte(10) == 0);
  CHECK(byte(11) == 64);
  CHECK(byte(16) == 24);
  CHECK(byte(17) == 0);
  CHECK(byte(32) == 's');
  CHECK(byte(40) == 1);
  CHECK(byte(48) == 's');
}

TEST_CASE("every truncation is refused", "[io]") {
  const file whole = save(test::make_bit_net());
  int refused = 0, repaired_refused = 0, repaired_tried = 0;
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const file part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    const std::string why = refusal<test::bit_net>(part);
    refused += !why.empty() && !is_damage(why) ? 1 : 0;
    if (n % 61 != 0 && n > 200) continue;
    const std::string with_sums = refusal<test::bit_net>(repaired(part));
    ++repaired_tried;
    repaired_refused += !with_sums.empty() && !is_damage(with_sums) ? 1 : 0;
  }
  CHECK(refused == static_cast<int>(whole.size()));
  CHECK(repaired_refused == repaired_tried);
  file longer = whole;
  longer.push_back(std::byte{0});
  CHECK_FALSE(refusal<test::bit_net>(longer).empty());
  CHECK_FALSE(refusal<test::bit_net>(repaired(longer)).empty());
}

TEST_CASE("every changed byte of the header is refused", "[io]") {
  file bytes = save(sequential(layer::signs()));
  int refused = 0;
  for (std::size_t i = 0; i < 32; ++i)
    for (int change = 1; change < 256; ++change) {
      bytes[i] ^= static_cast<std::byte>(change);
      const std::string why = refusal<sequential<layer::signs>>(bytes);
      refused += !why.empty() && !is_damage(why) ? 1 : 0;
      bytes[i] ^= static_cast<std::byte>(change);
    }
  CHECK(refused == 32 * 255);
  CHECK(refusal<sequential<layer::signs>>(bytes).empty());
}

TEST_CASE("random damage gives an error or an equal network", "[io]") {
  const file whole = save(test::make_bit_net());
  const random_stream random(9);
  index_t next = 0;
  int refused = 0;
  for (int round = 0; round < 200; ++round) {
    file bytes = whole;
    for (int flips = 0; flips <= round % 4; ++flips) {
      // Half of the damage hits the sizes at the beginning of a layer.
      const std::size_t extent = round % 2 == 0 ? bytes.size() : 400;
      bytes[random.bits(next) % extent] ^= static_cast<std::byte>(1u << random.bits(next + 1) % 8);
      next += 2;
    }
    const std::string plain = refusal<test::bit_net>(bytes);
    const std::string with_sums = refusal<test::bit_net>(repaired(bytes));
    CHECK_FALSE(is_damage(plain));
    CHECK_FALSE(is_damage(with_sums));
    refused += plain.empty() ? 0 : 1;
  }
  CHECK(refused > 190);
}

TEST_CASE("no size in a file makes the loader ask for more than the file is worth", "[io]") {
  const file whole = save(test::make_bit_net());
  int refused = 0, tried = 0;
  for (const std::uint64_t size : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 31,
                                   std::uint64_t{1} << 32, std::uint64_t{1} << 62})
    for (std::size_t at = 32; at < 500; at += 8) {
      file bytes = whole;
      detail::io::put_little(&bytes[at], size, 8);
      if (bytes == whole) continue;
      const std::string why = refusal<test::bit_net>(repaired(bytes));
      ++tried;
      refused += why.empty() ? 0 : 1;
      CHECK_FALSE(is_damage(why));
    }
  CHECK(refused > tried / 4);
}

TEST_CASE("bits that mean nothing and patterns that are no code are refused", "[io]") {
  using one_sum = sequential<layer::conv2d_threshold<ternary, ternary>>;
  packed_tensor<ternary> filter({1, 1, 1, 2});
  filter.set_code(0, 0, 0, 0, 1);
  const file whole = save(
      one_sum(layer::conv2d_threshold<ternary, ternary>(filter, square_window(1), thresholds(1))));
  REQUIRE(refusal<one_sum>(whole).empty());
  // From the end: 8 bytes of flips, 4 of the bound, 8 + 8 + 80 of count, groups and window, 2 words of codes.
  const std::size_t flips = whole.size() - 8, codes = whole.size() - 124;
  REQUIRE(whole[codes] == std::byte{1});
  const auto with = [&](std::size_t at, int value) {
    file bytes = whole;
    bytes[at] = static_cast<std::byte>(value);
    return refusal<one_sum>(repaired(bytes));
  };
  CHECK(with(flips, 1).empty());  // the one bit that there is
  CHECK(with(flips, 2) == "unused bits are not zero");
  CHECK(with(flips + 7, 128) == "unused bits are not zero");
  CHECK(with(codes, 3).empty());
  CHECK(with(codes, 5) == "unused bits are not zero");
  CHECK(with(codes + 8, 1).empty());  // -1
  CHECK(with(codes + 8, 2) == "a pattern that is no code of its encoding");
  CHECK(with(codes + 15, 128) == "unused bits are not zero");
}

TEST_CASE("a file of another type is refused because of its type", "[io]") {
  const auto bytes_of = []<class W>(W) {
    const packed_tensor<W> filters({3, 3, 3, 70});
    return save(sequential(
        layer::conv2d_threshold<binary, W>(filters, square_window(3, 1, 1), thresholds(3))));
  };
  // Sizes and storage of the last three are the same: only the name of the encoding differs.
  const file saved[] = {bytes_of(binary()), bytes_of(ternary()), bytes_of(signed_bits<2>()),
                        bytes_of(unsigned_bits<2>())};
  const auto check = [&]<class A, class W>(A, W, int which) {
    for (int i = 0; i < 4; ++i) {
      INFO("file " << i << ", type " << which);
      CHECK(refusal<sequential<layer::conv2d_threshold<A, W>>>(saved[i]) ==
            (i == which ? ""
                        : "another layer, encoding or padding than the network's type has here"));
    }
  };
  check(binary(), binary(), 0);
  check(binary(), ternary(), 1);
  check(binary(), signed_bits<2>(), 2);
  check(binary(), unsigned_bits<2>(), 3);
  check(ternary(), binary(), -1);  // no file has this one
}

TEST_CASE("the bound on memory holds where layers cost the most", "[io]") {
  test::floats n{random_stream(10)};
  // A filter of one channel per group: the kernels reserve whole panels for each.
  using depthwise = sequential<layer::conv2d_threshold<binary, binary>>;
  const index_t channels = 600;
  const depthwise bits(layer::conv2d_threshold<binary, binary>(
      n.bits({channels, 1, 1, 1}), square_window(1), thresholds(channels), channels));
  CHECK(refusal<depthwise>(save(bits)).empty());
  // A single float filter: a block of 16.
  using one_filter = sequential<layer::float_conv2d>;
  const one_filter real(
      layer::float_conv2d(n.images({1, 1, 1, 9000}), square_window(1), n.norm(1)));
  CHECK(refusal<one_filter>(save(real)).empty());
  // A single filter of bits: panels of many rows.
  using one_row = sequential<layer::conv2d_threshold<unsigned_bits<8>, unsigned_bits<8>>>;
  const one_row row(layer::conv2d_threshold<unsigned_bits<8>, unsigned_bits<8>>(
      packed_tensor<unsigned_bits<8>>({1, 1, 1, 4000}), square_window(1), thresholds(1)));
  CHECK(refusal<one_row>(save(row)).empty());
}

TEST_CASE("files on disk", "[io]") {
  const file bytes = save(sequential(layer::signs()));
  const std::string path = "lowbit_unit_io.lbn";
  REQUIRE(write_file(path.c_str(), bytes));
  const file_bytes there = read_file(path.c_str());
  CHECK(there == bytes);
  CHECK(there.problem() == nullptr);
  CHECK(there.code() == 0);
  CHECK(load<sequential<layer::signs>>(there));
  REQUIRE(write_file(path.c_str(), {}));
  CHECK(load<sequential<layer::signs>>(read_file(path.c_str())).problem() ==
        std::string("the file is empty"));
  CHECK(std::remove(path.c_str()) == 0);
}

TEST_CASE("a file that cannot be read says why", "[io]") {
  const auto reason = [](const std::string& path) {
    const auto net = load<sequential<layer::signs>>(read_file(path.c_str()));
    CHECK_FALSE(net);
    CHECK(net.place() == 0);
    return std::string(net.problem());
  };
  CHECK(reason("no_such_file.lbn") == "the file cannot be opened: no file has this name");
  CHECK(reason("no/such/folder/file.lbn") == "the file cannot be opened: no file has this name");
  CHECK(reason("") == "the file cannot be opened: no file has this name");
  const file_bytes missing = read_file("no_such_file.lbn");
  CHECK(missing.empty());
  CHECK(missing.code() == ENOENT);
#ifdef __unix__
  CHECK(reason(".") == "the file cannot be read: it is a directory");
  CHECK(read_file(".").code() == EISDIR);
  CHECK(reason("/dev/null/file.lbn") ==
        "the file cannot be opened: a part of its path is not a directory");
  CHECK(reason(std::string(100000, 'n')) == "the file cannot be opened: its name is too long");
#endif
  // What tests cannot bring about: root may read everything, and disks do not fail on demand.
  CHECK(detail::io::why_not_read(EACCES, "") ==
        std::string("the file cannot be opened: permission denied"));
  CHECK(detail::io::why_not_read(EIO, "") ==
        std::string("the file cannot be read: the device reports an error"));
  CHECK(detail::io::why_not_read(0, "otherwise") == std::string("otherwise"));
}

TEST_CASE("a failed write is noticed and leaves no part of a file", "[io]") {
  const file bytes(1 << 20, std::byte{1});
  errno = 0;
  CHECK_FALSE(write_file("no/such/folder/file.lbn", bytes));
  CHECK(errno == ENOENT);
#ifdef __linux__
  for (const std::size_t n :
       {std::size_t{1}, bytes.size()}) {  // in the C library's buffer, and beyond
    errno = 0;
    CHECK_FALSE(write_file("/dev/full", std::span(bytes).first(n)));
    CHECK(errno == ENOSPC);
  }
  // A disk that is full after 4 KiB.
  const std::string path = "lowbit_unit_io_full.lbn";
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{4096, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  errno = 0;
  const bool written = write_file(path.c_str(), bytes);
  const int code = errno;
  CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK_FALSE(written);
  CHECK(code == EFBIG);
  const file_bytes left = read_file(path.c_str());
  CHECK(left.problem() == nullptr);  // there, and
  CHECK(left.empty());
  CHECK(std::remove(path.c_str()) == 0);
#endif
}

TEST_CASE("each kind of damage has its own reason", "[io]") {
  using net = sequential<layer::signs>;
  const file whole = save(net(layer::signs()));
  const auto part = [&](int n) { return refusal<net>(file(whole.begin(), whole.begin() + n)); };
  CHECK(part(0) == "the file is empty");
  CHECK(load<net>({}).problem() == std::string("the file is empty"));
  for (const int n : {1, 4, 8, 31}) CHECK(part(n) == "cut off within the header");
  for (const int n : {32, 40, 55}) CHECK(part(n) == "cut off: shorter than its header says");
  file longer = whole;
  longer.push_back(std::byte{0});
  CHECK(refusal<net>(longer) == "longer than its header says");

  const std::string text = "a text of more than thirty-two bytes, and no network";
  const std::span<const std::byte> letters = std::as_bytes(std::span(text));
  CHECK(refusal<net>(file(letters.begin(), letters.end())) == "no lowbit network");
  CHECK(refusal<net>(file(letters.begin(), letters.begin() + 3)) == "no lowbit network");

  // Line ends as a transfer in text mode leaves them, to DOS and to Unix.
  const char* const line_ends = "the signature is damaged, as by a transfer that changes line ends";
  file dos = whole;
  dos.insert(dos.begin() + 7, std::byte{'\r'});  // ... 1A 0D 0A
  CHECK(refusal<net>(dos) == line_ends);
  file unix_ends = whole;
  unix_ends.erase(unix_ends.begin() + 4);  // 89 L B N 0A ...
  CHECK(refusal<net>(unix_ends) == line_ends);

  const auto with = [&](std::size_t at, int value, bool header_sum = false) {
    file bytes = whole;
    bytes[at] = static_cast<std::byte>(value);
    if (header_sum)
      detail::io::put_little(&bytes[28], detail::io::crc32(std::span(bytes).first(28)), 4);
    return refusal<net>(bytes);
  };
  CHECK(with(8, 2, true) == "a version of the format that this library cannot read");
  CHECK(with(9, 2, true) == "a version of the format that this library cannot read");
  CHECK(with(8, 2) == "a version that this library does not know, or a damaged header");
  CHECK(with(20, 1) == "the header's checksum is wrong");
  CHECK(with(29, whole[29] == std::byte{1} ? 2 : 1) == "the header's checksum is wrong");
  CHECK(with(10, 1, true) == "another bit order");
  CHECK(with(11, 32, true) == "another word size");
  CHECK(with(12, 1, true) == "unused bits are not zero");
  CHECK(with(40, 2) == "the checksum of the body is wrong: a byte of it has changed");
  using two_pools = sequential<layer::global_average_pool, layer::global_average_pool>;
  CHECK(refusal<two_pools>(whole) ==
        "another encoding, padding or number of layers than the network's type has here");
}

}  // namespace test_save_load

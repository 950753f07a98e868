#!/bin/sh
# Checks the rooms: a header includes its own rank or a lower one, no room does what it may not, no retired word returns.
#   check_rooms.sh <include directory>     prints file:line for every violation, exits 1 if there is one
set -eu
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

find lowbit -name '*.hpp' | sort >"$work/headers"
count=$(wc -l <"$work/headers")

# Ranks. An umbrella (lowbit/<name>.hpp) stands above all rooms, and may only include.
xargs awk -v edges="$work/edges" '
  function rank(path,    part) {
    if (path ~ /^lowbit\/(config|abi|version)\.hpp$/) return 0
    if (path ~ /^lowbit\/[^\/]*\.hpp$/) return 99
    split(path, part, "/")
    return part[2] in ranks ? ranks[part[2]] : -1
  }
  function room(path,    part) { split(path, part, "/"); return part[2] }
  # What must form no cycle: the sub-folders of rooms, and the headers that lie directly in a room.
  function node(path,    part) { return split(path, part, "/") > 3 ? part[2] "/" part[3] "/" : path }
  function report(text) { print FILENAME ":" FNR ": " text }
  function check_length() {
    if (length_so_far > 500) print name ":" length_so_far ": longer than 500 lines"
    else if (length_so_far > 300) print name ":" length_so_far ": note: longer than 300 lines" > "/dev/stderr"
  }
  BEGIN {
    split("core 0 arch 0 dispatch 1 executor 1 encoding 1 gradient 1 simd 1 quantize 2 epilogue 3 kernel 4 tensor 5 " \
          "encode 6 product 7 convolution 8 pooling 8 network 9 io 10 eigen 10 nn 11 compress 12", pair, " ")
    for (i = 1; i in pair; i += 2) ranks[pair[i]] = pair[i + 1]
  }
  FNR == 1 {
    check_length()
    name = FILENAME
    own = rank(name)
    if (own < 0) report("this folder is not a room")
  }
  { length_so_far = FNR }
  /^[ \t]*#[ \t]*include[ \t]*[<"]/ {
    target = $0
    sub(/^[^<"]*[<"]/, "", target)
    sub(/[>"].*/, "", target)
    if (target ~ /^lowbit\// && rank(target) > own) report("rank " own " includes " target " of rank " rank(target))
    if (own == 8 && rank(target) == 8 && room(target) != room(FILENAME)) report("convolution and pooling know nothing of each other: " target)
    if (target ~ /^lowbit\// && own < 99 && node(FILENAME) != node(target)) print node(FILENAME), node(target), FILENAME ":" FNR > edges
    if (target !~ /^lowbit\// && $0 ~ /"/) report("include \"" target "\" is not written from lowbit/")
    next
  }
  own == 99 && !/^[ \t]*(#|\/\/|$)/ { report("an umbrella only includes") }
  END { check_length() }' <"$work/headers" >"$work/violations"

# tsort names the members of a cycle on stderr; an include from one member to another is part of the fault.
cut -d' ' -f1,2 "$work/edges" | sort -u | tsort 2>"$work/cycle" >/dev/null ||
  awk 'NR == FNR { if ($2 ~ /\//) member[$2]; next }
       $1 != $2 && $1 in member && $2 in member { print $3 ": an include in a cycle of " $1 " and " $2 }' \
    "$work/cycle" "$work/edges" >>"$work/violations"

# The code without its comments, one "file:line:text" a line.
xargs awk '{ sub(/\/\/.*/, ""); print FILENAME ":" FNR ":" $0 }' <"$work/headers" >"$work/code"

# only_in <rooms> <pattern> <what>: the pattern occurs in these rooms only.     not_in: not in these.
only_in() {
  grep -vE "^lowbit/($1)" "$work/code" | grep -E "^[^:]*:[0-9]*:(.*[^A-Za-z0-9_])?($2)" | blame "$3"
}
not_in() {
  grep -E "^lowbit/($1)/" "$work/code" | grep -E "^[^:]*:[0-9]*:(.*[^A-Za-z0-9_])?($2)" | blame "$3"
}
blame() {
  sed "s|^\([^:]*:[0-9]*\):.*|\1: $1|" >>"$work/violations"
}

only_in '(config|abi)\.hpp' \
  '# *(if|ifdef|ifndef|elif).*(__GNUC__|__clang__|_MSC_VER|__AVX|__SSE|__FMA__|__POPCNT__|__ARM|__aarch64__|__x86_64__|__i386__|_M_X64)' \
  'an #if on the compiler or the ISA belongs to config.hpp'
only_in 'simd/|arch/|config\.hpp' 'xsimd::|xsimd/' 'xsimd belongs to simd/ and arch/'
only_in 'simd/' \
  '__m(128|256|512)|__mmask|_mm(256|512)?_[a-z]|u?int(8|16|32|64)x[0-9]+_t|v[a-z]+q?_[usp](8|16|32|64)\>' \
  'intrinsics belong to simd/'
only_in 'eigen/|nn/' 'Eigen::|(unsupported/)?Eigen/' 'Eigen belongs to eigen/ and nn/'
only_in 'dispatch/' '__builtin_cpu_(supports|init|is)|__get_cpuid|__cpuid' 'CPU detection belongs to dispatch/'
only_in 'dispatch/' '(secure_)?getenv\>' 'the environment belongs to dispatch/'
only_in 'executor/' 'std::(jthread|thread|async)\>|# *pragma +omp|omp_[a-z_]+|<(omp\.h|thread|future)>' 'threads belong to executor/'

not_in 'kernel|epilogue|encoding' \
  '(new|malloc|calloc|realloc|aligned_alloc)\>|std::(vector|string|make_unique|make_shared|allocator)\>' 'this room may not allocate'
not_in 'encoding' '(span|matrix_view|buffer|matrix)\>' 'this room may not touch memory'
not_in 'gradient' 'quantizer\>' 'this room may not know a quantizer'
not_in 'epilogue' '(packed_matrix|packed_tensor|quantized_matrix)\>' 'this room may not read weights'
# At -O0 such a function is a weak symbol of std::, compiled for the unit's flags: two objects would share it.
grep -E 'numeric_limits<(float|double)>' "$work/code" | grep -v constexpr | blame 'a limit of floats is read into a constexpr name'

not_in 'tensor' '(gemm|gemv|matmul) *\(' 'this room may not multiply'

xargs grep -nEH '\<(TODO|FIXME|XXX)\>' <"$work/headers" | blame 'unfinished work'

# Retired words, in code and in comments: one idea has one term (include/lowbit/README.md has the glossary). What a
# word begins with, then what to say instead.
while IFS='>' read -r words instead; do
  xargs grep -nEH "\\<($words)" <"$work/headers" | blame "a retired word: say $instead"
done <<'END'
both\(|add_both|bit_operation::both>and
differ\(|add_differ|bit_operation::differ>xor
gated>masked
finish(_|::|\b)>epilogue
reals\b|real_|conv2d_(reals|numbers)>float
conv2d_bits>conv2d_threshold
signed_tensor>floats_and_signs
packed_mlp|frozen_mlp|frozen_linear|deploy_mlp>sequential, freeze, deploy
staircases|set_falls|requantize\.hpp>multi_thresholds
climb|rising\.hpp>search, boundary_encoder, monotone
epilogue_apart|apart = (true|false)>outlined
doors?\b|lanes_with_doors>what the function takes
soon_read|next_is_new|ask\(>prefetch
fills_early>writes_before_stages
runs_both|run_behind>fuses_previous, run_fused
kept_in|put_numbers|keep_extreme>store_in, write_floats, store_extreme
same_(upper_)?border|borders?\b|bordered>padding, or edge
least\(>min_of
END

if [ -s "$work/violations" ]; then
  cat "$work/violations"
  echo "rooms: $(wc -l <"$work/violations") violations in $count headers"
  exit 1
fi
echo "rooms: $count headers, each in its place"

# Reads `objdump -d --no-show-raw-insn`; prints one line for every hot loop of a kernel and fails if one
# touches the stack: a running sum or an address that lives in memory costs a fifth of the speed or more.
#
# A loop is a jump back to an address of the same function, and hot if it is an innermost one that reads lhs
# rows (broadcasts, or look-ups) and has as many vector counts (vpopcnt, pshufb) as a whole tile has: one of the
# numbers in `sizes`. %rbp is the stack where the function made it so.

function hexadecimal(text,    value, i) {
  value = 0
  for (i = 1; i <= length(text); ++i)
    value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
  return value
}

function finish_function(    l, other, innermost, i, counts, reads, touches) {
  for (l = 1; l <= loops; ++l) {
    innermost = 1
    for (other = 1; other <= loops; ++other)
      if (other != l && first[other] >= first[l] && last[other] <= last[l] &&
          (first[other] > first[l] || last[other] < last[l])) innermost = 0
    if (!innermost) continue
    counts = reads = touches = 0
    for (i = 1; i <= lines; ++i) {
      if (address[i] < first[l] || address[i] > last[l]) continue
      if (text[i] ~ /v?pshufb|vpopcnt/) ++counts
      if (text[i] ~ /pshufb|vpbroadcastd.*\(|1to16/ && text[i] !~ /%rip/) ++reads
      if (text[i] ~ /\(%rsp/ || (frame && text[i] ~ /\(%rbp/)) ++touches
    }
    if (reads == 0 || index(" " sizes " ", " " counts " ") == 0) continue
    ++hot
    if (touches > 0) ++bad
    printf "%s: %d counts, %d stack accesses\n", name, counts, touches
  }
  lines = loops = frame = 0
}

/^[0-9a-f]+ <.*>:$/ {
  finish_function()
  name = $2
  inside = name ~ kernels
  next
}
inside && /^ *[0-9a-f]+:\t/ {
  split($0, part, ":")
  sub(/^ */, "", part[1])
  address[++lines] = hexadecimal(part[1])
  text[lines] = $0
  sub(/<.*/, "", text[lines])
  if ($0 ~ /mov +%rsp,%rbp/) frame = 1
  if ($2 ~ /^j/ && $3 ~ /^[0-9a-f]+$/) {
    target = hexadecimal($3)
    if (target < address[lines] && target >= address[1]) {
      first[++loops] = target
      last[loops] = address[lines]
    }
  }
}
END {
  finish_function()
  printf "%d hot loops, %d with stack accesses\n", hot, bad
  if (hot < expected) { printf "expected at least %d: this check no longer sees the kernels\n", expected; exit 1 }
  exit bad > 0
}

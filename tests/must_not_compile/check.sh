#!/bin/sh
# Each case must be refused by the compiler, for the reason its first line states ("// expect: <phrase>"). With
# LOWBIT_CONTROL defined, which removes the mistake, the same file must compile.
#   check.sh <directory of cases> <work directory> <compiler> [option]...
# One file includes all cases, each in a namespace of its own, because parsing lowbit's headers takes longer than the
# cases. That file is compiled twice, with the mistakes and without. What is not right there is compiled alone, which
# decides.
set -eu
export LC_ALL=C  # English diagnostics
cases=$1 work=$2
shift 2
rm -rf "$work"
mkdir -p "$work"

# compile <file> <compiler> [option]...
compile() {
  file=$1
  shift
  "$@" -fsyntax-only -fmessage-length=0 -ftemplate-backtrace-limit=0 "$file" 2>&1
}

# The headers outside of the namespaces: #pragma once leaves them out inside.
{
  sed -n 's/^ *# *include/#include/p' "$cases"/*.cpp | sort -u
  for case in "$cases"/*.cpp; do
    name=$(basename "$case" .cpp)
    printf 'namespace case_%s {\n#include "%s"\n}\n' "$name" "$case"
  done
} >"$work/all.cpp"

together=yes
compile "$work/all.cpp" "$@" -DLOWBIT_CONTROL >"$work/controls.txt" || together=no
case "$("$1" --version)" in
  *clang*) all_errors='-ferror-limit=0 -fno-caret-diagnostics' ;;
  *) all_errors='-fmax-errors=0 -fno-diagnostics-show-caret' ;;
esac
compile "$work/all.cpp" "$@" $all_errors >"$work/all.txt" || true

# One line per error: where the compiler came from, the error, and the notes behind it. A case is known by its file's
# name there; clang leaves that name out behind some errors.
awk '
  function flush() { if (error) print block; error = 0; block = "" }
  { gsub(/\t/, " ") }
  / error: / { flush(); error = 1; block = context "\t" $0; context = ""; next }
  / (note|warning): / { block = block "\t" context "\t" $0; context = ""; next }
  { context = context "\t" $0 }
  END { flush() }' "$work/all.txt" >"$work/errors.txt"

# check_alone <case> <phrase> <compiler> [option]...
check_alone() {
  source=$1 phrase=$2
  shift 2
  if [ "$together" = no ] && ! diagnostics=$(compile "$source" "$@" -DLOWBIT_CONTROL); then
    printf '%s\n%s: must compile with LOWBIT_CONTROL\n' "$diagnostics" "$source"
    return 1
  fi
  if diagnostics=$(compile "$source" "$@"); then
    echo "$source: compiles, but must not"
    return 1
  fi
  if ! printf '%s\n' "$diagnostics" | grep -qF -- "$phrase"; then
    printf '%s\n%s: refused, but the diagnostics lack: %s\n' "$diagnostics" "$source" "$phrase"
    return 1
  fi
}

status=0
for case in "$cases"/*.cpp; do
  phrase=$(sed -n '1s|^// expect: ||p' "$case")
  if [ -z "$phrase" ]; then
    echo "$case: the first line must be: // expect: <phrase>"
    status=1
  elif [ "$together" = yes ] && grep -F -- "$case:" "$work/errors.txt" | grep -qF -- "$phrase"; then
    echo "refused: $phrase"
  elif check_alone "$case" "$phrase" "$@"; then
    echo "refused: $phrase (compiled alone)"
  else
    status=1
  fi
done
exit "$status"

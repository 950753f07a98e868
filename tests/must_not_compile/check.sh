#!/bin/sh
# A case must be refused by the compiler, for the reason its first line states ("// expect: <phrase>"); and with
# LOWBIT_CONTROL defined, which removes the mistake, the same file must compile.
#   check.sh <case.cpp> <compiler> [option]...
set -eu
source=$1
shift
phrase=$(sed -n '1s|^// expect: ||p' "$source")
if [ -z "$phrase" ]; then
  echo "$source: the first line must be: // expect: <phrase>"
  exit 1
fi

compile() {
  "$@" -fsyntax-only -fmessage-length=0 "$source" 2>&1
}

if ! diagnostics=$(compile "$@" -DLOWBIT_CONTROL); then
  printf '%s\n%s: must compile with LOWBIT_CONTROL\n' "$diagnostics" "$source"
  exit 1
fi
if diagnostics=$(compile "$@"); then
  echo "$source: compiles, but must not"
  exit 1
fi
if ! printf '%s\n' "$diagnostics" | grep -qF -- "$phrase"; then
  printf '%s\n%s: refused, but the diagnostics lack: %s\n' "$diagnostics" "$source" "$phrase"
  exit 1
fi
echo "refused: $phrase"

#!/bin/sh
# An example trains on IDX files of any number of images, and says what is wrong with files that it cannot take.
#   idx_files.sh <work directory> <program> [option]...
set -eu
work=$1
shift
rm -rf "$work"
mkdir -p "$work"
cd "$work"

# Four bytes, most significant first.
number() {
  printf "\\$(printf %03o $(($1 >> 24 & 255)))\\$(printf %03o $(($1 >> 16 & 255)))"
  printf "\\$(printf %03o $(($1 >> 8 & 255)))\\$(printf %03o $(($1 & 255)))"
}
# images <prefix> <number> <height> <width>, labels <prefix> <number>: files as zlib reads them, compressed or not.
images() {
  {
    number 2051
    number "$2"
    number "$3"
    number "$4"
    head -c $(($2 * $3 * $4)) /dev/zero
  } > "data/$1-images-idx3-ubyte.gz"
}
labels() {
  {
    number 2049
    number "$2"
    head -c "$2" /dev/zero
  } > "data/$1-labels-idx1-ubyte.gz"
}
set_of() {
  rm -rf data
  mkdir data
  images train "$1" 28 28
  labels train "$1"
  images t10k "$2" 28 28
  labels t10k "$2"
}
expect() {
  if ! grep -qF -- "$1" output; then
    cat output
    echo "expected: $1"
    exit 1
  fi
}
accepts() {
  set_of "$1" "$2"
  shift 2
  "$@" --data data > output 2>&1 || { cat output; exit 1; }
}
refuses() {
  text=$1
  shift
  status=0
  "$@" --data data > output 2>&1 || status=$?
  [ "$status" = 2 ] || { cat output; echo "exit code $status instead of 2"; exit 1; }
  expect "$text"
}

accepts 130 70 "$@"
expect '130 images to train, 70 to test'
accepts 3 1 "$@"
expect '3 images to train, 1 to test'

set_of 3 2
labels train 4
refuses 'data/train-labels-idx1-ubyte.gz: offset 4: expected the number of labels, one per image: 3, found 4' "$@"
set_of 3 2
images t10k 2 28 27
refuses 'data/t10k-images-idx3-ubyte.gz: offset 12: expected the image width, 28, found 27' "$@"
set_of 3 2
images t10k 0 28 28
refuses 'data/t10k-images-idx3-ubyte.gz: offset 4: expected the number of images, at least 1, found 0' "$@"
set_of 3 2
{ number 2051; number 4294967295; number 28; number 28; } > data/train-images-idx3-ubyte.gz
refuses 'expected the pixels (3367254359280 bytes), found the end after 0 bytes' "$@"
set_of 3 2
rm data/t10k-labels-idx1-ubyte.gz
refuses 'data/t10k-labels-idx1-ubyte.gz: cannot open: No such file' "$@"
echo 'any number of images'

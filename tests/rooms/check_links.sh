#!/bin/sh
# Every link of the guides to a file of this tree leads to a file. Every link within a page leads to a heading.
#   check_links.sh <source directory>
set -eu
cd "$1"
broken=0

# anchors_of <page>: the names that headings get: lower case, without punctuation, hyphens for spaces.
anchors_of() {
  sed -n 's/^##* //p' "$1" | tr 'A-Z' 'a-z' | tr -d '`.,:()?!' | tr ' ' '-'
}

pages=$(find . -name '*.md' -not -path './build/*' | sort)
for page in $pages; do
  for link in $(grep -o '](\([^() ]*\))' "$page" | sed 's/^](//; s/)$//'); do
    case $link in
      http*) continue ;;
      '#'*) target=$page ;;
      *) target=$(dirname "$page")/${link%%#*} ;;
    esac
    if [ ! -e "$target" ]; then
      echo "$page: $link: there is no such file"
      broken=1
    else
      case $link in
        *.md'#'* | '#'*)
          anchors_of "$target" | grep -qx "${link#*#}" || { echo "$page: $link: there is no such heading"; broken=1; } ;;
      esac
    fi
  done
done
[ "$broken" -eq 0 ] && echo "links: $(echo "$pages" | wc -l) pages, every link leads somewhere"
exit "$broken"

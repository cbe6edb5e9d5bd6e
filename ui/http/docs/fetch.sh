#!/bin/sh
# Lays out the files of Swagger UI for the reference page. Usage: fetch.sh FOLDER [plain]
#
# The package comes through npm, in this version and with this checksum or not at all. Without npm,
# without a network or with "plain" the files are there and empty: then the program has the plain
# page. FOLDER/state says which it is.
set -eu
package=swagger-ui-dist
version=5.35.0
sha512=534eaba4cb56f55dd73c638179a993512af4674f63317e0826e00da44fc465b021c341bc0a0c2bcd4e18997927fe1d3008336c5dd19aad334d1c2dec53cc9551
files="swagger-ui-bundle.js swagger-ui-standalone-preset.js swagger-ui.css"

folder=$1
mkdir -p "$folder"
work=$(mktemp -d "$folder/new.XXXXXX")
trap 'rm -rf "$work"' EXIT

plain() { # WHY: what the build says
    [ -z "$1" ] || echo "  DOCS the reference is the plain page: $1" >&2
    for file in $files; do
        : >"$work/$file"
        : >"$work/$file.gz"
    done
    : >"$work/LICENSE"
    settle plain
}

settle() { # STATE: puts the files in place, the state last
    echo "$1 $version" >"$work/state"
    for file in $files; do
        mv "$work/$file" "$work/$file.gz" "$folder/"
    done
    mv "$work/LICENSE" "$folder/"
    mv "$work/state" "$folder/"
    exit 0
}

[ "${2:-}" != plain ] || plain ''
command -v npm >/dev/null || plain 'there is no npm.'
echo "  NPM  $package@$version" >&2
(cd "$work" && HOME=${HOME:-$PWD} timeout 120 npm pack --silent --fetch-retries=3 \
    --fetch-retry-mintimeout=1000 --fetch-timeout=30000 "$package@$version") >/dev/null 2>&1 ||
    plain "npm could not fetch $package@$version ('make docs-page' tries again)."
tarball=$work/$package-$version.tgz
[ -f "$tarball" ] || plain "npm brought no $package-$version.tgz."
if ! echo "$sha512  $tarball" | sha512sum -c --status -; then
    {
        echo "  ****************************************************************************"
        echo "  ** WRONG CHECKSUM: $package-$version.tgz is not the file that was pinned."
        echo "  ** It is not used. Find out who changed it before you trust this machine's"
        echo "  ** source of packages."
        echo "  ****************************************************************************"
    } >&2
    plain 'the package has a wrong checksum.'
fi
tar -xzf "$tarball" -C "$work" --strip-components=1
for file in $files; do
    gzip -9 -n -k "$work/$file"
done
settle clickable

#!/usr/bin/env bash
# Install a build to a temporary prefix and use it from there. Usage: check.sh BUILD_DIR
set -euo pipefail

build=$(realpath -- "$1")
here=$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")
source_dir=$(dirname -- "$(dirname -- "$here")")
temp=$(mktemp -d)
trap 'rm -rf -- "$temp"' EXIT

cache() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }

cmake --install "$build" --prefix "$temp/first" >/dev/null
# The installed tree must not depend on where it was installed first, nor on the source tree.
mv -- "$temp/first" "$temp/prefix"
if grep -rnF -e "$source_dir" -e "$temp" "$temp/prefix" --include='*.cmake'; then
    echo "check.sh: an installed CMake file names a path of the build" >&2
    exit 1
fi

cmake -G Ninja -S "$here" -B "$temp/build" -DCMAKE_PREFIX_PATH="$temp/prefix" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_COMPILER="$(cache CMAKE_CXX_COMPILER)" -DCMAKE_CXX_FLAGS="$(cache CMAKE_CXX_FLAGS)"
cmake --build "$temp/build"
"$temp/build/consumer"
"$temp/prefix/bin/cleave" --version
for file in man/man1/cleave-explore.1 bash-completion/completions/cleave zsh/site-functions/_cleave; do
    [[ -s $temp/prefix/share/$file ]] || {
        echo "check.sh: share/$file is not installed" >&2
        exit 1
    }
done

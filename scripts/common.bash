# shellcheck shell=bash
# Shared by the scripts of this folder, which set `self` to their own path and `root` to the source tree first.
: "${self:?}" "${root:?}"

# With ccache, a tree that lies elsewhere (a clone, a CI run) finds what this one compiled.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

say() { printf '%s: %s\n' "${self##*/}" "$*" >&2; }

# The packages of the named groups that are not installed, as `missing`.
find_missing_packages() {
    local group package status
    local -A wanted=() installed=()
    missing=()
    command -v dpkg-query >/dev/null || return 0 # not Debian: CMake says what it cannot find
    while read -r group package; do
        [[ " $* " == *" $group "* ]] && wanted[$package]=1
    done <"$root/scripts/packages"
    while read -r status package; do
        [[ $status == ?i ]] && installed[$package]=1
    done < <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${!wanted[@]}" 2>/dev/null)
    for package in "${!wanted[@]}"; do
        [[ -v installed[$package] ]] || missing+=("$package")
    done
}

# Install what is missing of the named groups, or say how to and fail.
install_packages() {
    local -a as_root=(env) missing
    local log
    find_missing_packages "$@"
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        if ! sudo -n true 2>/dev/null; then
            say "Debian packages are missing; install them with:"
            printf 'sudo apt-get install -y --no-install-recommends %s\n' "${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo -n env)
    fi
    say "installing ${missing[*]} ..."
    as_root+=(DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600)
    log=$("${as_root[@]}" update 2>&1 </dev/null) || say "apt-get update failed, trying with the lists as they are"
    if ! log+=$("${as_root[@]}" install -y --no-install-recommends "${missing[@]}" 2>&1 </dev/null); then
        printf '%s\n' "$log" >&2
        say "the packages could not be installed"
        return 1
    fi
}

# Run a command while no other script of this tree builds.
with_build_lock() {
    mkdir -p "$root/build" || return 1
    (
        flock 9 || exit 1
        "$@" 9>&-
    ) 9>"$root/build/.lock"
}

# Configure build/PRESET; a cache that belongs to a tree elsewhere (moved, copied) is thrown away.
# Usage: configure PRESET [CMAKE_OPTION...]
configure() {
    local preset=$1 cache=$root/build/$1/CMakeCache.txt
    shift
    [[ ! -e $cache ]] || grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache" || set -- --fresh "$@"
    (cd -- "$root" && cmake --preset "$preset" "$@" </dev/null)
}

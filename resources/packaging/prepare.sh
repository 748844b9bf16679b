# For run.sh and test.sh, from the project's root: installing, configuring, building. Quiet when there is nothing to do.

# install_named PACKAGE...: those of them that are missing.
install_named() {
    local missing=() package as_root=()
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    if [[ $(id -u) -ne 0 ]]; then
        command -v sudo >/dev/null || { echo "Missing packages, and neither root nor sudo to install them: ${missing[*]}" >&2; return 3; }
        as_root=(sudo)
    fi
    echo "Installing ${#missing[@]} packages: ${missing[*]}" >&2
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
    "${apt[@]}" update >&2 && "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null || {
        echo "The packages could not be installed; see the messages above." >&2
        return 3
    }
}

# install_packages run|test: the parts of debian-packages.txt.
install_packages() {
    local list
    list=$(if [[ $1 == run ]]; then sed '/^# --- to test/,$d' resources/packaging/debian-packages.txt
           else cat resources/packaging/debian-packages.txt; fi | sed 's/#.*//')
    # shellcheck disable=SC2086
    install_named $list
}

# configure NAME PRESET [cmake arguments]: a build folder build/NAME, if there is none yet.
configure() {
    [[ -f build/$1/build.ninja ]] || configure_anew "$@"
}

# configure_anew NAME PRESET [cmake arguments]: the same, whether there is one or not.
configure_anew() {
    local name=$1 preset=$2
    shift 2
    mkdir -p "build/$name"
    cmake --preset "$preset" -B "build/$name" "$@" >"build/$name/configure.log" 2>&1 || {
        tail -n 30 "build/$name/configure.log" >&2
        return 1
    }
}

# build NAME TARGET...: configures build/NAME after the preset of that name if need be, and builds.
build() {
    local name=$1 log=build/$1/build.log
    shift
    configure "$name" "$name" || return 1
    if ! ninja -C "build/$name" -n "$@" 2>/dev/null | grep -q 'no work to do'; then
        echo "Building ($name)…" >&2
    fi
    ninja -C "build/$name" "$@" >"$log" 2>&1 || {
        grep -E -A 12 'error|FAILED|undefined' "$log" | head -n 60 >&2
        return 1
    }
}

#!/usr/bin/env bash
# Installs what is missing, builds Tantrum and runs every test.
#   ./test.sh           the release build; ends with a line "N passed, N failed"
#   ./test.sh --full    also clang, the sanitizers and the optimisation levels
set -uo pipefail
cd "$(dirname "$0")"
. resources/packaging/prepare.sh

full=
[[ ${1:-} == --full ]] && full=yes && shift
[[ $# -eq 0 ]] || { sed -n '2,4p' "$0"; exit 2; }

install_packages test || exit 3
[[ -z $full ]] || install_named clang-16 libclang-rt-16-dev || exit 3

passed=0 failed=0
# test_build PRESET [TARGET [ctest arguments]]: builds a preset, or only TARGET of it, and runs its tests.
test_build() {
    local preset=$1 target=${2:-all} log summary
    shift $(($# < 2 ? $# : 2))
    log=build/$preset/tests.log
    if ! build "$preset" "$target"; then
        echo "$preset: the build failed"
        failed=$((failed + 1))
        return
    fi
    QT_QPA_PLATFORM=offscreen QT_SCALE_FACTOR=1 LC_ALL=C.UTF-8 \
        ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" --output-log "$log" "$@" >"build/$preset/ctest.out" 2>&1
    summary=$(grep -E 'tests passed, [0-9]+ tests failed out of [0-9]+' "$log" | tail -n 1)
    if [[ ! $summary =~ ([0-9]+)\ tests\ failed\ out\ of\ ([0-9]+) ]]; then
        echo "$preset: no test ran"
        failed=$((failed + 1))
        return
    fi
    failed=$((failed + BASH_REMATCH[1]))
    passed=$((passed + BASH_REMATCH[2] - BASH_REMATCH[1]))
    [[ ${BASH_REMATCH[1]} -eq 0 ]] || sed -n '/Start .*/!p' "build/$preset/ctest.out" | grep -vE '^ *[0-9]+/[0-9]+ Test .* Passed' | tail -n 200
    echo "$preset: $((BASH_REMATCH[2] - BASH_REMATCH[1])) passed, ${BASH_REMATCH[1]} failed"
}

# What was built only to be run knows nothing of the tests yet.
if grep -qs '^TANTRUM_TESTS:BOOL=OFF' build/release/CMakeCache.txt; then configure_anew release release -DTANTRUM_TESTS=ON || exit 1; fi
test_build release
if [[ -n $full ]]; then
    test_build clang
    test_build asan
    test_build tsan
    for level in O0 O1 O2; do
        configure "$level" release "-DCMAKE_CXX_FLAGS_RELEASE=-$level"
        test_build "$level" determinism_tests -R '^Determinism\.'
    done
fi
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]

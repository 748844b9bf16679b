#!/usr/bin/env bash
# Installs what is missing, builds Tantrum and starts it.
#   ./run.sh                 opens the window on the scenario retry-storm; without a display runs it in the terminal
#   ./run.sh ARGUMENTS...    runs `tantrum ARGUMENTS...`, e.g. ./run.sh run mm1 --json
set -euo pipefail
cd "$(dirname "$0")"
. resources/packaging/prepare.sh

install_packages run
configure release release -DTANTRUM_TESTS=OFF  # the first time; their packages are not needed to run it
build release tantrum tantrum-studio
bin=build/release/bin

if [[ $# -gt 0 ]]; then
    exec "$bin/tantrum" "$@"
fi
if [[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]]; then
    code=0
    "$bin/tantrum-studio" retry-storm || code=$?
    [[ $code -eq 3 ]] || exit "$code"
fi
echo "No display to open the window on: running the scenario here. (./run.sh --help shows what else there is.)" >&2
exec "$bin/tantrum" run retry-storm

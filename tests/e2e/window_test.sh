#!/usr/bin/env bash
# Opens the real window in an X server of its own, plays, clicks a fault, changes a parameter, saves, and runs the saved
# file in the terminal: both runs must have the same fingerprint. Waits for what the program says (--markers), never for
# a time to pass.
#   window_test.sh BIN_FOLDER PICTURE_FOLDER
set -euo pipefail
bin=$1 pictures=$2
source_folder=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$pictures"
folder=$(mktemp -d)
started=()
cleanup() {
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap cleanup EXIT
fail() {
    echo "FAILED: $*"
    import -window root "$pictures/failed.png" 2>/dev/null || true
    tail -n 30 "$folder/out" 2>/dev/null
    exit 1
}

Xvfb -displayfd 3 -screen 0 1600x1400x24 3>"$folder/display" >/dev/null 2>&1 &
started+=($!)
for _ in $(seq 300); do [[ -s $folder/display ]] && break; sleep 0.1; done
[[ -s $folder/display ]] || fail "no X server"
export DISPLAY=:$(cat "$folder/display") QT_QPA_PLATFORM=xcb LC_ALL=C.UTF-8
export XDG_RUNTIME_DIR=$folder/run XDG_CONFIG_HOME=$folder/config XDG_DATA_HOME=$folder/data
mkdir -m 700 "$XDG_RUNTIME_DIR"
openbox >/dev/null 2>&1 &
started+=($!)

# A short storm, so that the run ends soon.
sed -e 's/^duration: .*/duration: 30s/' -e 's/^warmup: .*/warmup: 1s/' -e 's/at: 60s, for: 10s/at: 20s, for: 1s/' \
    -e '/^expect:/,/^$/d' "$source_folder/scenarios/library/retry-storm.yaml" >"$folder/storm.yaml"
"$bin/tantrum-studio" "$folder/storm.yaml" --markers --size 1600x1300 --results "$folder/results.db" >"$folder/out" 2>"$folder/err" &
studio=$!
started+=("$studio")

# expect_line PATTERN [LINES_BEFORE]: waits until a line after the first LINES_BEFORE matches.
expect_line() {
    for _ in $(seq 600); do
        if tail -n "+$((${2:-0} + 1))" "$folder/out" | grep -qE "$1"; then return 0; fi
        kill -0 "$studio" 2>/dev/null || fail "the window is gone while waiting for: $1"
        sleep 0.1
    done
    fail "never said: $1"
}
lines() { wc -l <"$folder/out"; }
# click NAME: the middle of a widget or node, as last laid out.
click() {
    local place
    expect_line "^geometry $1 "
    place=$(grep -E "^geometry $1 " "$folder/out" | tail -n 1)
    # shellcheck disable=SC2086
    set -- $place
    xdotool mousemove $(($3 + $5 / 2)) $(($4 + $6 / 2)) click 1
}

expect_line '^ready'
expect_line '^laid out'
window=$(xdotool search --sync --onlyvisible --pid "$studio" | tail -n 1)
xdotool windowactivate --sync "$window" 2>/dev/null || xdotool windowfocus --sync "$window"
click node:payments
expect_line '^selected node payments'
before=$(lines)
click playButton
expect_line '^state playing' "$before"
import -window root "$pictures/playing.png"

click 'fault:slow'
before=$(lines)
click 'edit:payments.workers'
xdotool key ctrl+a type 6
xdotool key Return
expect_line '.' "$before" || true
import -window root "$pictures/intervened.png"
before=$(lines)
click toEndButton
expect_line '^ended fingerprint=' "$before"
import -window root "$pictures/ended.png"
fingerprint=$(grep -oE '^ended fingerprint=[0-9a-f]+' "$folder/out" | tail -n 1 | cut -d= -f2)
grep -q '^audit 0' "$folder/out" || fail "requests are unaccounted for"

before=$(lines)
xdotool key --clearmodifiers ctrl+s
expect_line '^saved ' "$before"
saved=$(grep -oE '^saved .*' "$folder/out" | tail -n 1 | cut -d' ' -f2-)
grep -q 'slow: *payments' "$saved" || fail "the fault is not in the saved file"
grep -q 'payments.workers' "$saved" || fail "the changed parameter is not in the saved file"
again=$("$bin/tantrum" run "$saved" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["fingerprint"])')
[[ $again == "$fingerprint" ]] || fail "the window's run was $fingerprint, the terminal's $again"
runs=$(sqlite3 "$folder/results.db" 'select count(*) from run' 2>/dev/null || sqlite3 "$folder/results.db" 'select count(*) from runs')
[[ $runs -ge 1 ]] || fail "the run is not in the results store"
echo "the window and the terminal agree: $fingerprint"

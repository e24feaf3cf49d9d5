#!/bin/bash
# Fuzzes everything that reads bytes from outside, with libFuzzer and AddressSanitizer.
# Usage: Scripts/fuzz.sh SECONDS [TARGET…]    (each target, or those named, for so many seconds)
# Corpora and crashes are kept in .build-fuzz; seeds come from Tests/Vectors, from the program
# itself, and from other people's vectors where ROGATORY_CONFORMANCE has them.
set -uo pipefail
cd "$(dirname "$0")/.."
. Scripts/requirements.sh
if ! [[ "${1:-}" =~ ^[1-9][0-9]*$ ]]; then
  echo "Usage: Scripts/fuzz.sh SECONDS [TARGET…]" >&2
  exit 2
fi
seconds=$1
shift
need_swift
need_packages libssl-dev zlib1g-dev
export ROGATORY_CONFORMANCE="${ROGATORY_CONFORMANCE:-$PWD/../shared/conformance}"
# Swift's own crash reports get in the way of the sanitizer's.
export SWIFT_BACKTRACE=enable=no

work=.build-fuzz
build --package-path Fuzz --scratch-path $work/build
fuzz=$work/build/release/Fuzz
mkdir -p $work/crashes $work/logs
all=$("$fuzz" list) || exit 1
[ $# -gt 0 ] || set -- $all
for target in "$@"; do
  if ! grep -qx -- "$target" <<<"$all"; then
    echo "There is no target $target; there are: ${all//$'\n'/ }" >&2
    exit 2
  fi
done

# fuzz_one TARGET: runs it and prints its line; fails where libFuzzer found something.
fuzz_one() {
  local log=$work/logs/$1 status runs took
  rm -rf "$work/seeds/$1"
  mkdir -p "$work/seeds/$1" "$work/corpus/$1"
  if ! "$fuzz" seeds "$1" "$work/seeds/$1" 2>"$log"; then
    echo "fuzz $1: no seeds; see $log"
    return 1
  fi
  "$fuzz" run "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$work/crashes/$1-" \
    "$work/corpus/$1" "$work/seeds/$1" >"$log" 2>&1
  status=$?
  runs=$(sed -nE 's/^stat::number_of_executed_units: *([0-9]+)/\1/p' "$log")
  if [ $status -eq 0 ]; then
    took=$(sed -nE 's/^Done [0-9]+ runs in ([0-9]+) second.*/\1/p' "$log")
    echo "fuzz $1: ${runs:-0} runs, ${took:-$seconds} s, clean"
    return 0
  fi
  local crash
  crash=$(sed -nE 's/.*Test unit written to (.*)/\1/p' "$log" | tail -1)
  echo "fuzz $1: FAILED after ${runs:-?} runs; see $log"
  echo "  to repeat: SWIFT_BACKTRACE=enable=no $fuzz run $1 ${crash:-$work/seeds/$1/*}"
  return 1
}

rm -f $work/failed
for target in "$@"; do
  [ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
  { fuzz_one "$target" || touch $work/failed; } &
done
wait
[ ! -e $work/failed ]

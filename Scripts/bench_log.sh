#!/bin/bash
# Measures the audit log on this machine and in these minutes: durable appends by 64 writers beside plain
# SQLite at the same batch size; verifying, proving and opening a log of a million entries.
# Usage: Scripts/bench_log.sh [ENTRIES [ROUNDS]]   default 1000000 and 3; needs about 1 GB on the disk
# FLUSH_MICROSECONDS=200 has every flush of both take as long, in memory (Bench/flush.c), and leaves out the rest:
# for a machine whose disk is busy. PRIORITY='chrt -r 10' runs both that way.
# Nothing here passes or fails by timing.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/requirements.sh
need_swift
need_packages libssl-dev libsqlite3-dev zlib1g-dev time
entries="${1:-1000000}"
rounds="${2:-3}"
bin="${ROGATORY_BIN:-}"
if [ -z "$bin" ]; then
  build --product rogatory
  build --product LogBench
  bin="$PWD/.build/release"
fi
root="$PWD"
place="${TMPDIR:-/tmp}"
[ -n "${FLUSH_MICROSECONDS:-}" ] && place=/dev/shm
work="$(mktemp -d "$place/rogatory-bench-log-XXXXXX")"
trap 'rm -rf "$work"' EXIT
cd "$work"
"${CC:-clang}" -O2 "$root/Bench/sqlite.c" -lsqlite3 -lcrypto -o sqlite
run=(${PRIORITY:-})
if [ -n "${FLUSH_MICROSECONDS:-}" ]; then
  "${CC:-clang}" -O2 -shared -fPIC "$root/Bench/flush.c" -o flush.so
  run+=(env "LD_PRELOAD=$work/flush.so")
fi

echo "Rogatory's log, $(date -u +%F), $(nproc) cores, $(sed -nE 's/^model name\s*: //p' /proc/cpuinfo | head -1)"
echo "load before: $(cut -d' ' -f1 /proc/loadavg)"
echo
echo "Durable appends (synchronous=FULL), 64 writers; plain SQLite writes 640 bytes a row at the same batch size"
for _ in $(seq "$rounds"); do
  rm -f log log-* raw raw-*
  "${run[@]}" "$bin/LogBench" append log 64 12800 >ours
  read -r _ count _ seconds _ speed _ commits <ours
  batch=$(((count + commits / 2) / commits))
  "${run[@]}" ./sqlite raw 12800 "$batch" >theirs
  read -r _ _ _ _ _ raw <theirs
  rm -f raw raw-*
  "${run[@]}" ./sqlite raw 12800 64 >theirs
  read -r _ _ _ _ _ all <theirs
  awk -v a="$speed" -v b="$raw" -v c="$commits" -v n="$batch" -v all="$all" \
    'BEGIN { printf "  log %d/s in %d commits of %d; SQLite %d/s; ratio %.2f (SQLite at 64 a commit %d/s)\n", a, c, n, b, a / b, all }'
done
rm -f log log-* raw raw-*
[ -z "${FLUSH_MICROSECONDS:-}" ] || exit 0

echo
echo "A log of $entries entries"
"$bin/LogBench" generate big "$entries"
/usr/bin/time -f '  verify %e s, peak %M KiB' "$bin/rogatory" log verify big >verified || { cat verified; exit 1; }
head -1 verified
for _ in $(seq "$rounds"); do
  "$bin/LogBench" open big | awk '{ printf "  open %.1f ms\n", $2 * 1000 }'
done
"$bin/LogBench" proofs big 2000 | sed 's/^/  /'
/usr/bin/time -f '  append of 1 entry, program and all: %e s' "$bin/LogBench" acknowledge big 1 >/dev/null

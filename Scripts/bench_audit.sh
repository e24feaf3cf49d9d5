#!/bin/bash
# Measures the audit reports on a generated log: what making the index costs once, and each report after.
# Usage: Scripts/bench_audit.sh [TRANSFERS...]    (default 10000 132500: the second has a million entries)
# Nothing here passes or fails by timing.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/requirements.sh
need_swift
need_packages libssl-dev libsqlite3-dev zlib1g-dev python3 time
build --product rogatory
build --product log-writer
program="$PWD/.build/release/rogatory"
writer="$PWD/.build/release/log-writer"
# Each commit of the writer is flushed: in memory that costs nothing.
memory=/dev/shm
[ -w "$memory" ] || memory="${TMPDIR:-/tmp}"
work="$(mktemp -d "$memory/rogatory-audit-XXXXXX")"
trap 'rm -rf "$work"' EXIT

# took COMMAND...: runs it, prints seconds and peak MiB.
took() {
  /usr/bin/time -f '%e %M' -o "$work/figures" "$@" >"$work/out" 2>"$work/err" || { cat "$work/err"; exit 1; }
  awk '{ printf "%7.2f s %5d MiB", $1, $2 / 1024 }' "$work/figures"
}

for transfers in "${@:-10000 132500}"; do
  for count in $transfers; do
    python3 Tests/audit_log_drafts.py --transfers "$count" >"$work/drafts"
    printf '%-44s %s\n' "$count transfers: written and signed in" "$(took "$writer" "$work/log" pt-ipcu <"$work/drafts")"
    rm "$work/drafts"
    report=("$program" audit report --log "$work/log" --skip-verification --index "$work/index" --at 2026-11-01)
    printf '%-44s %s\n' "  log verify" "$(took "$program" log verify "$work/log")"
    printf '%-44s %s\n' "  the index, once" "$(took "${report[@]}" Q21)"
    for question in 1 3 4 5 6 7 8 10 11 12 13 14 15 19 20 21; do
      printf '%-44s %s\n' "  Q$question" "$(took "${report[@]}" "Q$question" --limit 10)"
    done
    rm -f "$work"/log* "$work"/index*
  done
done

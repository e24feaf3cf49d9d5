#!/bin/bash
# The fault suite of the exchange, whole: real nodes over a link that misbehaves (Docs/Exchange.md, "Faults"),
# then a short soak. It builds the program unless ROGATORY_PROGRAM names one.
# Usage: Scripts/faults.sh [--seed N] [--only FAMILY|ROUND…] [--verbose] [--keep]
#        Scripts/faults.sh --tenth              what Scripts/test.sh runs
#        Scripts/faults.sh --soak [TRANSFERS]   the soak alone, 10,000 transfers
# The seed is printed; with it and the name of a round that failed, --only repeats that one.
set -uo pipefail
cd "$(dirname "$0")/.."
. Scripts/requirements.sh
need_packages python3 openssl
if [ -z "${ROGATORY_PROGRAM:-}" ]; then
  need_swift
  need_packages libssl-dev libsqlite3-dev zlib1g-dev
  build --product rogatory
  export ROGATORY_PROGRAM="$PWD/.build/release/rogatory"
fi

if [ "${1:-}" = "--soak" ]; then
  exec python3 Tests/Faults/soak.py --transfers "${2:-10000}"
fi
soak=1000 rounds=(--all)
if [ "${1:-}" = "--tenth" ]; then
  soak=120 rounds=()
  shift
fi
case " $* " in *" --only "*) soak=0 ;; esac

told="$(mktemp)"
trap 'rm -f "$told"' EXIT
python3 Tests/Faults/faults.py ${rounds[@]+"${rounds[@]}"} "$@" 2>&1 | tee "$told"
if [ "$soak" -gt 0 ]; then
  python3 Tests/Faults/soak.py --transfers "$soak" 2>&1 | tee -a "$told"
fi
awk -v expected="$((soak > 0 ? 2 : 1))" '
  /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { p += $1; f += $3; s += $5; n++ }
  END { f += expected - n; printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 }' "$told"

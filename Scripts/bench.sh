#!/bin/bash
# Measures, on this machine and in these minutes: one large file through every verb, with the time
# and the peak resident memory (VmHWM) of each process; and plain programs beside it for scale.
# Usage: Scripts/bench.sh [GIBIBYTES]      default 6; needs about eight times that on the disk
# Nothing here passes or fails by timing; --check compares memory with the limits of Docs/Exchange.md.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/requirements.sh
need_swift
need_packages libssl-dev libsqlite3-dev zlib1g-dev openssl age time
check=0
[ "${1:-}" = "--check" ] && { check=1; shift; }
gib="${1:-6}"
build --product rogatory
program="$PWD/.build/release/rogatory"
work="$(mktemp -d "${TMPDIR:-/tmp}/rogatory-bench-XXXXXX")"
nodes=()
trap 'kill "${nodes[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
over=0

# row NAME LIMIT_MIB COMMAND...: runs it, prints seconds and peak MiB.
row() {
  local name="$1" limit="$2" seconds kib
  shift 2
  /usr/bin/time -f '%e %M' -o figures "$@" >stdout 2>err || { echo "$name failed:"; cat err; exit 1; }
  read -r seconds kib < <(tail -1 figures)
  show "$name" "$seconds" "$kib" "$limit"
}
show() {
  printf '%-34s %8s s %6d MiB' "$1" "$2" "$(($3 / 1024))"
  if [ "$4" -gt 0 ]; then
    printf '   (limit %d MiB)' "$4"
    [ "$(($3 / 1024))" -gt "$4" ] && { printf '  OVER'; over=1; }
  fi
  printf '\n'
}
peak() { sed -nE 's/^VmHWM:\s*([0-9]+) kB/\1/p' "/proc/$1/status"; }
free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }

echo "Rogatory, $(date -u +%F), $(nproc) cores, $(sed -nE 's/^model name\s*: //p' /proc/cpuinfo | head -1)"
echo "A disk image of $gib GiB of noise, leaves of 4096 bytes; load before: $(cut -d' ' -f1 /proc/loadavg)"
head -c "$((gib * 1024 * 1024 * 1024))" /dev/zero |
  openssl enc -aes-256-ctr -pass pass:bench -nosalt -pbkdf2 2>/dev/null >image.raw

for node in pt fi; do
  "$program" --home $node init --node $node-bench --country "${node^^}" --development \
    --port "$(free_port)" >/dev/null
  "$program" --home $node peer card -o $node.card >/dev/null
done
"$program" --home pt peer add fi.card >/dev/null
"$program" --home fi peer add pt.card >/dev/null

row "openssl dgst -sha256 (for scale)" 0 openssl dgst -sha256 image.raw
row "cp (for scale)" 0 cp image.raw copy.raw
rm copy.raw
row "seal" 64 "$program" --quiet --home pt seal image.raw -o b.asice
row "verify" 64 "$program" --quiet verify b.asice --trust pt/pki/anchors.pem
recipient="$("$program" keygen -o key.txt)"
row "encrypt (hybrid)" 64 "$program" --quiet encrypt b.asice -r "$recipient" -o b.age
row "decrypt" 64 "$program" --quiet decrypt b.age -i key.txt -o b2.asice
cmp b.asice b2.asice
rm b2.asice b.age
plain="$("$program" keygen --x25519 -o x25519.txt)"
row "age -r (Debian, for scale)" 0 age -r "$plain" -o b.age b.asice
rm b.age
row "extract" 64 "$program" --quiet extract b.asice --trust pt/pki/anchors.pem -o out
cmp image.raw out/image.raw
rm -r out

for node in pt fi; do
  "$program" --home $node serve 2>$node.log &
  nodes+=($!)
done
for node in pt fi; do
  for _ in $(seq 100); do grep -q 'listens for peers' $node.log && break; sleep 0.1; done
done
row "send, until delivered (sender)" 96 "$program" --quiet --home pt send b.asice --to fi-bench
show "  receiving node meanwhile" "-" "$(peak "${nodes[1]}")" 96
tail -1 stdout
[ "$check" -eq 1 ] && exit "$over"
exit 0

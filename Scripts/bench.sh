#!/bin/bash
# Measures, on this machine and in these minutes: the verbs beside plain programs, in turns, and how cost
# grows with size and number (bench_compare.py); then
# redaction: ten ranges cut, in turns with cp; leaves hashed per second; sizes of views; the log and
# the reports of auditors, the exchange (bench_log.sh, bench_audit.sh, bench_exchange.sh).
# Usage: Scripts/bench.sh [--check] [--quick] [--verbs] [--publish] [GIBIBYTES [ROUNDS]]
# default 4 and 3; needs about eight times that on the disk, and 20 GiB for the largest file
#   --check    ends with 1 where a target of bench_compare.py or a limit of memory is missed
#   --quick    half a gibibyte, files up to 1 GB, 10,000 files
#   --verbs    the verbs beside openssl, cp and age alone, and how cost grows
#   --publish  puts the figures into Docs/figures
# No test passes or fails by timing.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/requirements.sh
need_swift
need_packages libssl-dev libsqlite3-dev zlib1g-dev openssl age time python3
check=0 quick=0 verbs=0 publish=0
while :; do
  case "${1:-}" in
    --check) check=1 ;;
    --quick) quick=1 ;;
    --verbs) verbs=1 ;;
    --publish) publish=1 ;;
    *) break ;;
  esac
  shift
done
gib="${1:-4}"
rounds="${2:-3}"
compare=(--rounds "$rounds")
if [ "$quick" -eq 1 ]; then
  gib="${1:-0.5}"
  compare+=(--largest 1000000000 --files 10000 --table-mb 50)
fi
program="${ROGATORY_PROGRAM:-$PWD/.build/release/rogatory}"
[ -n "${ROGATORY_PROGRAM:-}" ] || build --product rogatory
root="$PWD"
work="$(mktemp -d "${TMPDIR:-/tmp}/rogatory-bench-XXXXXX")"
nodes=()
trap 'kill "${nodes[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
over=0

mkdir compare
(cd compare && "$root/Scripts/bench_compare.py" "$program" "$work/results" --gib "$gib" "${compare[@]}" --check) ||
  over=$?
rm -rf compare
mkdir -p "$root/.build/bench"
cp results/* "$root/.build/bench/"
if [ "$publish" -eq 1 ]; then
  mkdir -p "$root/Docs/figures"
  cp results/*.svg "$root/Docs/figures/"
fi
echo "They are kept in .build/bench."
if [ "$verbs" -eq 1 ]; then
  [ "$check" -eq 1 ] && exit "$over"
  exit 0
fi
# Sizes below are whole gibibytes.
gib="$(awk -v g="$gib" 'BEGIN { printf "%d", g < 1 ? 1 : g }')"

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

# What redaction and the exchange below work on.
"$program" --quiet --home pt seal image.raw -o b.asice >/dev/null
"$program" --quiet verify b.asice --trust pt/pki/anchors.pem >/dev/null

# Redaction. Both sides read a file that is in the page cache (or that isn't, where it is larger than
# memory), write a new one on the same disk, and end when the disk has it, as redact always does; before
# each command nothing waits to be written. `b.asice` was checked above with the node's home or sealed
# by it, so redact doesn't read it in full again.
# policy FILE COUNT BYTES: COUNT ranges of two leaves, spread over so many bytes.
policy() {
  local file="$1" count="$2" bytes="$3" i start ranges=""
  for i in $(seq 1 "$count"); do
    start=$((bytes / (count + 1) * i / 4096 * 4096 + 4096))
    ranges+="${ranges:+, }$start-$((start + 8191))"
  done
  printf 'rules:\n  - item: "*.raw"\n    bytes: [%s]\n    code: SEC\n' "$ranges" >"$file"
}
# seconds NAME COMMAND...: runs it with a quiet disk, and appends its seconds to NAME.seconds.
seconds() {
  local name="$1" taken kib
  shift
  rm -f copy.raw r.asice
  sync
  /usr/bin/time -f '%e %M' -o figures "$@" >stdout 2>err || { echo "$name failed:"; cat err; exit 1; }
  read -r taken kib < <(tail -1 figures)
  echo "$taken" >>"$name.seconds"
  echo "$kib" >>"$name.kib"
}
median() { sort -n "$1" | awk '{ a[NR] = $1 } END { print NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'; }
# speed NAME: its median, and its speed as a share of cp's with the sync.
speed() {
  printf '%-34s %8s s   %s of cp and sync  (%s)\n' "$2" "$(median "$1.seconds")" \
    "$(awk -v a="$(median cp-sync.seconds)" -v b="$(median "$1.seconds")" 'BEGIN { printf "%.2f", a / b }')" \
    "$(tr '\n' ' ' <"$1.seconds" | sed 's/ $//')"
}
echo
echo "Ten ranges of 8192 bytes cut, medians of $rounds rounds in turns; every time in parentheses"
policy ten.yaml 10 "$((gib * 1024 * 1024 * 1024))"
cat image.raw b.asice >/dev/null
for _ in $(seq "$rounds"); do
  seconds cp cp image.raw copy.raw
  seconds cp-sync sh -c 'cp image.raw copy.raw && sync copy.raw'
  seconds redact "$program" --quiet --home pt redact b.asice --policy ten.yaml --skip-leak-test -o r.asice
done
speed cp "cp"
speed cp-sync "cp and sync"
speed redact "redact"
show "  its peak" "$(median redact.seconds)" "$(sort -n redact.kib | tail -1)" 64
# What the leak test adds: it reads the copy once more, and looks for every withheld leaf in it.
rm -f r.asice
row "redact with the leak test" 64 "$program" --quiet --home pt redact b.asice --policy ten.yaml -o r.asice
"$program" --quiet verify r.asice --trust pt/pki/anchors.pem >/dev/null
rm -f r.asice copy.raw

echo
echo "Leaves hashed by the kernel, one thread, CPU time"
"${CC:-clang}" -O2 -I"$root/Sources/CLeafHash/include" "$root/Bench/leaves.c" \
  "$root"/Sources/CLeafHash/*.c -lcrypto -o leaves
./leaves | while read -r bytes per_second megabytes; do
  printf '%6s bytes %12s leaves/s %6s MB/s\n' "$bytes" "$per_second" "$megabytes"
done

echo
echo "Views of an image of 65,536 leaves"
truncate -s 256M small.raw
"$program" --quiet --home pt seal small.raw -o small.asice >/dev/null
for count in 1 10; do
  policy small.yaml $count $((256 * 1024 * 1024))
  rm -f s.asice
  # The image is all zeros, so the copy is the same file, and the leak test would say so.
  "$program" --quiet --home pt redact small.asice --policy small.yaml --skip-leak-test -o s.asice \
    >/dev/null 2>&1
  python3 - "$count" <<'END'
import sys, zipfile
print(f"{sys.argv[1]:>6} range(s) {zipfile.ZipFile('s.asice').getinfo('disclosure/view.bin').file_size:>8} bytes, the whole view")
END
done
rm -f small.raw small.asice s.asice
echo

"$root/Scripts/bench_log.sh"
echo
"$root/Scripts/bench_audit.sh"
echo
checking=()
[ "$check" -eq 1 ] && checking=(--check)
ROGATORY_PROGRAM="$program" "$root/Scripts/bench_exchange.sh" ${checking[@]+"${checking[@]}"} || over=1
echo

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


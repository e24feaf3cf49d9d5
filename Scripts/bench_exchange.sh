#!/bin/bash
# Measures the exchange on this machine and in these minutes, over loopback and mutual TLS 1.3:
# a large bundle against `curl -T` to nginx with the same certificates, in turns; peak resident memory of
# both sides, also of a download from a mailbox while the one who fetches is stopped now and then; complete small
# exchanges per second between two `serve` processes.
# Usage: Scripts/bench_exchange.sh [--check] [GIBIBYTES [ROUNDS [EXCHANGES]]]
# default 2, 3 and 400; needs about six times the bytes on the disk (TMPDIR)
# Nothing here passes or fails by timing; --check compares memory with the limits of Docs/Exchange.md.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/requirements.sh
need_packages openssl curl time python3 nginx-light
check=0
[ "${1:-}" = "--check" ] && { check=1; shift; }
gib="${1:-2}" rounds="${2:-3}" exchanges="${3:-400}"
program="${ROGATORY_PROGRAM:-}"
if [ -z "$program" ]; then
  need_swift
  need_packages libssl-dev libsqlite3-dev zlib1g-dev
  build --product rogatory
  program="$PWD/.build/release/rogatory"
fi
work="$(mktemp -d "${TMPDIR:-/tmp}/rogatory-bench-exchange-XXXXXX")"
children=()
trap 'kill "${children[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
over=0

free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
# node NAME [--pull]: a new home, which takes as many offers as come; with --pull it isn't called.
node() {
  local name="$1"
  shift
  rm -rf "$name" "$name.card"
  "$program" --home "$name" init --node "$name-bench" --country "${name^^}" --development --port "$(free_port)" "$@" >/dev/null
  sed -i 's/offersPerMinute:.*/offersPerMinute: 1000000/' "$name/node.yaml"
  "$program" --home "$name" peer card -o "$name.card" >/dev/null
}
# introduce ONE OTHER: they know each other.
introduce() {
  "$program" --home "$1" peer add "$2.card" >/dev/null
  "$program" --home "$2" peer add "$1.card" >/dev/null
}
nodes() {
  node pt
  node fi
  introduce pt fi
}
# serve NODE: starts it, waits until it listens, and leaves its process in $served.
serve() {
  "$program" --home "$1" serve 2>"$1.log" &
  served=$!
  children+=($served)
  for _ in $(seq 300); do grep -q 'listens for peers' "$1.log" && return; sleep 0.1; done
  echo "$1 doesn't listen:"; cat "$1.log"; exit 1
}
stop() { kill "$1"; wait "$1" || true; }
peak() { sed -nE 's/^VmHWM:\s*([0-9]+) kB/\1/p' "/proc/$1/status"; }
# memory NAME KIB: beside the limit for network verbs.
memory() {
  printf '%-40s %6d MiB   (limit 96 MiB)' "$1" "$(($2 / 1024))"
  [ "$(($2 / 1024))" -gt 96 ] && { printf '  OVER'; over=1; }
  printf '\n'
}
# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -ge "$end" ] && { echo "not within the time: $*"; exit 1; }
    sleep 0.3
  done
}
state_is() { "$program" --home pt outbox --json | grep -m1 '"state"' | grep -q "$1"; }
# relayed TRANSFER: seconds by the sender's log from its `send` to the receipt for all bytes.
relayed() {
  "$program" --home pt transfer show "$1" --json | python3 -c '
import datetime, json, sys
at = lambda entry: datetime.datetime.fromisoformat(entry["time"].replace("Z", "+00:00"))
entries = json.load(sys.stdin)["entries"]
start = next(at(e) for e in entries if e["event"] == "send")
end = next(at(e) for e in entries if e["event"] == "receipt-in" and e["kind"] == "RELAY_ACCEPTANCE")
print(f"{(end - start).total_seconds():.3f}")'
}
median() { sort -n "$1" | awk '{ a[NR] = $1 } END { print NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'; }

echo "Rogatory's exchange, $(date -u +%F), $(nproc) cores, $(sed -nE 's/^model name\s*: //p' /proc/cpuinfo | head -1)"
echo "load before: $(cut -d' ' -f1 /proc/loadavg)"
nodes

# A large bundle. nginx takes the very file that waits in the outbox, under the receiver's certificate, from a
# client with the sender's; it doesn't hash, and leaves the bytes to the page cache. Ours hashes and syncs.
head -c "$((gib * 1024 * 1024 * 1024))" /dev/zero |
  openssl enc -aes-256-ctr -pass pass:bench -nosalt -pbkdf2 2>/dev/null >image.raw
"$program" --quiet --home pt seal image.raw -o b.asice >/dev/null
rm image.raw
mkdir -p stored body
chmod 777 stored body
port="$(free_port)"
cat >nginx.conf <<EOF
daemon off;
user $(id -un);
worker_processes 1;
pid $work/nginx.pid;
error_log $work/nginx.error;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path $work/body;
  server {
    listen 127.0.0.1:$port ssl;
    ssl_certificate $work/fi/pki/tls.pem;
    ssl_certificate_key $work/fi/keys/tls.key;
    ssl_client_certificate $work/pt/pki/anchors.pem;
    ssl_verify_client on;
    ssl_protocols TLSv1.3;
    client_max_body_size 0;
    location / { root $work/stored; dav_methods PUT; }
  }
}
EOF
PATH="$PATH:/usr/sbin" nginx -e "$work/nginx.error" -c "$work/nginx.conf" 2>nginx.out &
children+=($!)
wait_for 10 test -s nginx.pid
serve fi
receiver=$served
put() {
  curl -sf -o /dev/null -w '%{time_total}\n' -T "$1" -H 'Expect:' --tlsv1.3 --cacert fi/pki/anchors.pem \
    --cert pt/pki/tls.pem --key pt/keys/tls.key "https://localhost:$port/put" ||
    { echo "curl failed:"; cat nginx.error; exit 1; }
}
for _ in $(seq "$rounds"); do
  id="$("$program" --home pt send b.asice --to fi-bench --queue-only --json 2>queue.err |
    sed -nE 's/.*"transfer": "([^"]+)".*/\1/p')" || { cat queue.err; exit 1; }
  cat "pt/outbox/$id.age" >/dev/null
  rm -f stored/put
  sync
  put "pt/outbox/$id.age" >>curl.seconds
  rm -f stored/put
  sync
  /usr/bin/time -f '%M' -a -o send.kib "$program" --home pt outbox --retry >/dev/null 2>send.err || { cat send.err; exit 1; }
  wait_for 600 state_is delivered
  relayed "$id" >>ours.seconds
  rm -f "fi/inbox/$id.asice"
done
echo
echo "A bundle of $gib GiB, $rounds rounds in turns; seconds, medians; every time in parentheses"
printf '%-40s %8s s   (%s)\n' "curl to nginx, to disk" "$(median curl.seconds)" "$(tr '\n' ' ' <curl.seconds | sed 's/ $//')"
printf '%-40s %8s s   (%s)\n' "send to relayed, hashed and synced" "$(median ours.seconds)" "$(tr '\n' ' ' <ours.seconds | sed 's/ $//')"
printf '%-40s %8s\n' "speed of ours as a share of curl's" \
  "$(awk -v a="$(median curl.seconds)" -v b="$(median ours.seconds)" 'BEGIN { printf "%.2f", a / b }')"
memory "sender, peak" "$(sort -n send.kib | tail -1)"
memory "receiver, peak, checks included" "$(peak "$receiver")"
stop "$receiver"

# The same bundle from a mailbox: sg fetches by range, and is stopped now and then, so that what isn't taken would
# pile up where nobody paces it.
node sg --pull
introduce pt sg
"$program" --quiet --home pt send b.asice --to sg-bench --queue-only >/dev/null 2>send.err || { cat send.err; exit 1; }
rm -f b.asice
serve pt
sender=$served
serve sg
receiver=$served
for _ in $(seq 1200); do
  compgen -G 'sg/inbox/*.asice' >/dev/null && break
  sleep 0.3
  kill -STOP "$receiver"
  sleep 0.5
  kill -CONT "$receiver"
done
compgen -G 'sg/inbox/*.asice' >/dev/null || { echo "it isn't fetched in time"; cat sg.log; exit 1; }
echo
echo "The same, fetched from a mailbox by a node that is stopped half of the time"
memory "giving node, peak" "$(peak "$sender")"
memory "fetching node, peak, checks included" "$(peak "$receiver")"
stop "$sender"
stop "$receiver"

# Small ones: queued first, then both nodes run and the sender's delivers. The rate is by the sender's log, from
# the first `send` to the last receipt of delivery: offered, uploaded, checked, receipted, logged durably on both.
nodes
head -c 4000 /dev/urandom >note
"$program" --quiet --home pt seal note -o s.asice >/dev/null
start=$SECONDS
seq "$exchanges" | xargs -P "$(nproc)" -I{} "$program" --quiet --home pt send s.asice --to fi-bench --queue-only >/dev/null 2>queue.err ||
  { cat queue.err; exit 1; }
echo
echo "$exchanges small bundles; released, signed, encrypted and queued by a program each in $((SECONDS - start)) s"
sleep 16 # what was queued is its own program's to deliver for 15 seconds
serve fi
receiver=$served
serve pt
sender=$served
figures="$(sed -nE 's/.*figures on port ([0-9]+).*/\1/p' pt.log)"
delivered() { curl -sf "http://127.0.0.1:$figures/metrics" | grep -q "transfers{direction=\"out\",state=\"delivered\"} $exchanges\$"; }
wait_for 600 delivered
memory "sender, peak" "$(peak "$sender")"
memory "receiver, peak" "$(peak "$receiver")"
for node in sender receiver; do
  read -ra fields <"/proc/${!node}/stat"
  awk -v t="$((fields[13] + fields[14]))" -v hz="$(getconf CLK_TCK)" -v n="$exchanges" -v name="$node" \
    'BEGIN { printf "%-40s %6.1f ms an exchange\n", name ", processor", t * 1000 / hz / n }'
done
stop "$sender"
stop "$receiver"
{
  "$program" --home pt log show --event send --json
  "$program" --home pt log show --event receipt-in --json
} >entries
python3 - "$exchanges" <<'EOF'
import datetime, json, sys
times = {}
for line in open('entries'):
    entry = json.loads(line)
    kind = entry.get('kind', entry['event'])
    times.setdefault(kind, []).append(datetime.datetime.fromisoformat(entry['time'].replace('Z', '+00:00')))
assert len(times['DELIVERY']) == int(sys.argv[1]), times.keys()
seconds = (max(times['DELIVERY']) - min(times['send'])).total_seconds()
print(f'{int(sys.argv[1]) / seconds:.1f} complete exchanges a second ({sys.argv[1]} in {seconds:.2f} s)')
EOF
[ "$check" -eq 1 ] && exit "$over"
exit 0

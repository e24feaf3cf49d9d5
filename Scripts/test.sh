#!/bin/bash
# Installs what the tests need, builds once (release), runs every test, ends with the counts.
# Vectors of others are found through ROGATORY_CONFORMANCE (default ../shared/conformance); where
# they are absent, those tests are skipped and say so.
set -uo pipefail
cd "$(dirname "$0")/.."
. Scripts/requirements.sh
need_swift
need_packages libssl-dev libsqlite3-dev zlib1g-dev openssl unzip python3 python3-venv sqlite3 age curl strace \
  zip p7zip-full libarchive-tools netpbm poppler-utils libtiff-tools weasyprint chromium faketime \
  systemd man-db dpkg-dev binutils patchelf lintian \
  bubblewrap libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui \
  default-jdk-headless libbcprov-java libbcpkix-java libbcutil-java \
  gcc-aarch64-linux-gnu qemu-user
export ROGATORY_CONFORMANCE="${ROGATORY_CONFORMANCE:-$PWD/../shared/conformance}"

logs="$(mktemp -d)"
trap 'rm -rf "$logs"' EXIT
passed=0 failed=0 skipped=0

# Python checks that other programs make (PyPI); a test says so where they can't be had.
prepare_python() {
  local venv="$PWD/.build/python"
  if [ ! -x "$venv/bin/case_validate" ]; then
    python3 -m venv "$venv" >"$logs/venv" 2>&1 &&
      "$venv/bin/pip" -q install 'cryptography>=47' case-utils jsonschema PyYAML >>"$logs/venv" 2>&1 ||
      echo "skipped: PyPI packages couldn't be installed; the checks made with them are skipped"
  fi
  [ -x "$venv/bin/case_validate" ] && export ROGATORY_CASE_VALIDATE="$venv/bin/case_validate"
  [ -x "$venv/bin/python3" ] && export ROGATORY_PYTHON="$venv/bin/python3" PATH="$venv/bin:$PATH"
}

# count NAME STATUS LOG: adds the counts of one suite; a suite that ran nothing has failed.
count_python() {
  local ran skips
  ran=$(sed -nE 's/^Ran ([0-9]+) tests?.*/\1/p' "$2" | tail -1)
  skips=$(sed -nE 's/.*skipped=([0-9]+).*/\1/p' "$2" | tail -1)
  local bad
  bad=$(sed -nE 's/^FAILED .*(failures|errors)=([0-9]+).*/\2/p' "$2" | tail -1)
  [ -z "${ran:-}" ] && ran=0 bad=1
  [ "$1" -ne 0 ] && [ -z "${bad:-}" ] && bad=1
  passed=$((passed + ran - ${skips:-0} - ${bad:-0}))
  skipped=$((skipped + ${skips:-0}))
  failed=$((failed + ${bad:-0}))
}

prepare_python
build --build-tests

echo "== Python tests"
python3 -m unittest discover -s Tests -p '*_test.py' -v >"$logs/python" 2>&1
count_python $? "$logs/python"
grep -E '^(FAIL|ERROR|OK|FAILED|Ran)|skipped' "$logs/python" || true

echo "== Faults"
tenth=--tenth
[ "${ROGATORY_FAULTS:-}" = all ] && tenth=
ROGATORY_PROGRAM="${ROGATORY_PROGRAM:-$PWD/.build/release/rogatory}" Scripts/faults.sh $tenth >"$logs/faults" 2>&1
grep -E '^(FAILED|  |fault suite|soak)' "$logs/faults" || true
read -r good _ bad _ skips _ < <(tail -1 "$logs/faults" | grep -E '^[0-9]+ passed' || echo "0 - 1 - 0 -")
passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skips))

# swift_tests LOG OPTION…: runs some of the Swift tests, and adds their counts.
swift_tests() {
  local log="$logs/$1" status ran bad skips
  shift
  swift test -c release --skip-build "$@" 2>&1 | tee "$log" |
    grep -vE '^[◇✔] (Test|Suite)|^\[[0-9]+/[0-9]+\]|passed after|started\.$' || true
  status=${PIPESTATUS[0]}
  ran=$(sed -nE 's/.*Test run with ([0-9]+) tests?.*/\1/p' "$log" | tail -1)
  bad=$(grep -E '^✘ Test .* failed after' "$log" | grep -cv '^✘ Test run ')
  skips=$(grep -cE '^➜ Test .* skipped|(^|[^a-z])[Ss]kipped: ' "$log")
  [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
  [ -z "${ran:-}" ] && ran=0 bad=1
  passed=$((passed + ran - bad > 0 ? passed + ran - bad : passed))
  failed=$((failed + bad))
  skipped=$((skipped + skips))
}

# Nodes that speak with each other have time limits, and the other tests take all processors for minutes.
echo "== Swift tests of the exchange"
swift_tests swift-exchange --filter '^ExchangeTests\.'
echo "== Other Swift tests"
swift_tests swift --skip '^ExchangeTests\.'

echo "== Results of other people's vectors"
grep -hE '^conformance/|conformance/[a-z/]+: [0-9]+' "$logs"/swift* "$logs/python" | sort -u || true

echo "== Format"
if swift format lint --strict -r Package.swift Sources Tests; then
  passed=$((passed + 1))
else
  failed=$((failed + 1))
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

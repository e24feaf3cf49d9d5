#!/bin/bash
# Builds Rogatory and shows what it does: three nodes, one fictional case, real processes and sockets.
# Usage: Scripts/demo.sh [--keep DIR]
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/requirements.sh
need_swift
need_packages libssl-dev libsqlite3-dev zlib1g-dev openssl unzip python3 netpbm poppler-utils
build --product rogatory
exec .build/release/rogatory demo "$@"

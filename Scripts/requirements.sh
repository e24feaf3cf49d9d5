# Sourced by the other scripts: what they all need, installed with apt where it is missing.

# need_swift: ends with a sentence where there is no Swift toolchain.
need_swift() {
  if ! command -v swift >/dev/null 2>&1; then
    echo "Swift isn't installed. Rogatory needs Swift 6.3 (https://www.swift.org/install/linux/)." >&2
    exit 1
  fi
}

# need_packages PACKAGE...: installs the Debian packages that are missing.
need_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      echo "These packages are missing: ${missing[*]}" >&2
      echo "Install them as root (apt-get install ${missing[*]}), then run this again." >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  echo "Installing: ${missing[*]}"
  if ! { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
      --no-install-recommends "${missing[@]}"; } >/tmp/rogatory-apt.$$ 2>&1; then
    tail -5 /tmp/rogatory-apt.$$ >&2
    rm -f /tmp/rogatory-apt.$$
    echo "apt couldn't install ${missing[*]}: is there a network? Nothing else was changed." >&2
    exit 1
  fi
  rm -f /tmp/rogatory-apt.$$
}

# build ARGUMENT...: builds the release configuration, the only one there is.
build() {
  if ! swift build -c release "$@"; then
    echo "The build failed. If packages couldn't be fetched, check the network; then try again." >&2
    exit 1
  fi
}

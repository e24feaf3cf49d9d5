#!/bin/bash
# Makes a Debian package of the program that is built: Scripts/package.sh [FOLDER], default .build/package.
# ROGATORY_PROGRAM names another program than .build/release/rogatory. Prints the package's path.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/requirements.sh
need_packages binutils dpkg-dev patchelf python3
program="${ROGATORY_PROGRAM:-.build/release/rogatory}"
target="${1:-.build/package}"
if [ ! -x "$program" ]; then
  echo "There is no program at $program: build it first (swift build -c release --product rogatory)." >&2
  exit 1
fi
version="$("$program" --version)"
architecture="$(dpkg --print-architecture)"
root="$(mktemp -d)"
trap 'rm -rf "$root"' EXIT
install -d -m 0755 "$root/package" && tree="$root/package"

# The program, and beside it the Swift libraries that it needs: Debian has none of them. Each finds
# the others beside itself, and nowhere that somebody else could write to.
install -d "$tree/usr/lib/rogatory" "$tree/usr/bin"
install -m 0755 "$program" "$tree/usr/lib/rogatory/rogatory"
ldd "$program" | awk '$3 ~ /\/swift\// { print $3 }' | while read -r library; do
  install -m 0644 "$library" "$tree/usr/lib/rogatory/"
done
for file in "$tree"/usr/lib/rogatory/*; do
  strip --strip-unneeded "$file"
  patchelf --set-rpath '$ORIGIN' "$file"
done
ln -s ../lib/rogatory/rogatory "$tree/usr/bin/rogatory"
install -d "$tree/usr/lib/rogatory/Examples"
cp -r Examples/Northlight "$tree/usr/lib/rogatory/Examples/"

install -D -m 0644 Package/rogatory.service "$tree/lib/systemd/system/rogatory.service"
install -d "$tree/usr/share/bash-completion/completions" "$tree/usr/share/zsh/vendor-completions" \
  "$tree/usr/share/fish/vendor_completions.d" "$tree/usr/share/man/man1" "$tree/usr/share/man/man5"
# Completions are read by a shell, not run.
"$program" --generate-completion-script bash | sed '1{/^#!/d}' >"$tree/usr/share/bash-completion/completions/rogatory"
"$program" --generate-completion-script zsh >"$tree/usr/share/zsh/vendor-completions/_rogatory"
"$program" --generate-completion-script fish >"$tree/usr/share/fish/vendor_completions.d/rogatory.fish"
"$program" --experimental-dump-help |
  python3 Scripts/man_pages.py "$version" Docs/CommandLine.md Config/node.yaml "$tree/usr/share/man"
gzip -9n "$tree"/usr/share/man/man?/*

documents="$tree/usr/share/doc/rogatory"
install -d "$documents/examples"
install -m 0644 README.md Docs/*.md Scripts/check_bundle.py "$documents/"
install -m 0644 Package/copyright "$documents/copyright"
install -D -m 0644 Package/lintian-overrides "$tree/usr/share/lintian/overrides/rogatory"
install -m 0644 Config/node.yaml Config/redaction-policy.yaml "$documents/examples/"
printf 'rogatory (%s) stable; urgency=medium\n\n  * Packaged from the source of this version.\n\n -- %s  %s\n' \
  "$version" "Rogatory <rogatory@rogatory.example>" "$(date -R -r Package/control)" |
  gzip -9n >"$documents/changelog.gz"

# What Debian has to bring: asked of its own tool, which wants a source package to stand in.
install -d "$root/debian"
printf 'Source: rogatory\n\nPackage: rogatory\nArchitecture: any\n' >"$root/debian/control"
depends="$(cd "$root" && dpkg-shlibdeps -O --ignore-missing-info -lpackage/usr/lib/rogatory \
  package/usr/lib/rogatory/rogatory package/usr/lib/rogatory/*.so 2>/dev/null |
  sed -n 's/^shlibs:Depends=//p')"
if [ -z "$depends" ]; then
  echo "dpkg-shlibdeps didn't say what the program depends on." >&2
  exit 1
fi

install -d "$tree/DEBIAN"
size="$(du -k -s --apparent-size "$tree" | cut -f1)"
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$size/" \
  -e "s/@DEPENDS@/$depends/" Package/control >"$tree/DEBIAN/control"
for script in postinst prerm postrm; do install -m 0755 "Package/$script" "$tree/DEBIAN/$script"; done
(cd "$tree" && find usr lib -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
chmod -R go-w,a+rX "$tree"
mkdir -p "$target"
package="$target/rogatory_${version}_${architecture}.deb"
dpkg-deb --root-owner-group -Zxz -z"${ROGATORY_PACKAGE_LEVEL:-6}" --build "$tree" "$package" >&2
echo "$package"

#!/usr/bin/env bash
# Installs the Debian packages that Konsil builds with, if any is missing, and says which.
set -eu
want="gcc clang libclang-rt-14-dev libc6-dev make pkg-config libssl-dev libsodium-dev libgmp-dev libnng-dev
libcmocka-dev libcjson-dev libinih-dev libcsv-dev libunistring-dev
libprotobuf-c-dev protobuf-c-compiler python3 git valgrind"
missing=""
for p in $want; do
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
echo "konsil: installing$missing" >&2
sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null

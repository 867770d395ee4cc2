#!/usr/bin/env bash
# Installs the Debian packages that some tests use and are skipped without: faketime (a clock set back),
# spin and a C compiler (the Promela model), iproute2, iptables and util-linux (the drills).
set -eu
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  printf 'skipped: Debian packages need apt-get and root\n'
  exit 0
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends faketime spin gcc libc6-dev \
  iproute2 iptables util-linux

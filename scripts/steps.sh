# Sourced by the commands beside it: steps that print their time, and the installing of packages.

# What the build needs.
build_packages=(g++ cmake ninja-build pkg-config libboost1.81-dev libboost-context1.81-dev libboost-json1.81-dev libspdlog-dev
                libsodium-dev libcurl4-openssl-dev libtomlplusplus-dev libsqlite3-dev libcli11-dev libflatbuffers-dev)

# step "what it does" command...   Runs a command; says how long it took.
step() {
  local name=$1 begin=$SECONDS
  shift
  printf '==> %s\n' "$name"
  "$@"
  printf '==> %s: %d s\n' "$name" "$((SECONDS - begin))"
}

# as_root command...   Runs a command as root, by sudo where one is not.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# install_packages name...   Installs the Debian packages that are missing, as root or by sudo. Servers among them
# are not started, unless the machine has a policy of its own for that.
install_packages() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    printf 'These packages are missing; install them as root:\n  apt-get install %s\n' "${missing[*]}" >&2
    return 1
  fi
  as_root apt-get update -qq
  (
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      trap 'as_root rm -f "$policy"' EXIT
      printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
      as_root chmod 755 "$policy"
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  )
}

# start_servers_in_memory   Starts the servers with their data in memory where there is room: an empty database is
# made for each test, and disks are no part of benchmarks. Their folder, which is to be stopped in the end, comes into
# `servers`.
start_servers_in_memory() {
  local base=/dev/shm mebibytes
  mebibytes=$(df --output=avail -m "$base" 2>/dev/null | tail -n 1) || true
  [ -w "$base" ] && [ "${mebibytes:-0}" -ge 4096 ] || base=${TMPDIR:-/tmp}
  servers=$(mktemp -d -p "$base" psa-servers.XXXXXX)
  scripts/servers start "$servers"
  # shellcheck source=/dev/null
  . "$servers/env"
}

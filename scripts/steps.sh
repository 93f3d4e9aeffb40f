# Sourced by the commands beside it: steps that print their time, and the installing of packages.

# What the build needs.
build_packages=(g++ cmake ninja-build pkg-config libboost1.81-dev libboost-json1.81-dev libspdlog-dev
                libsodium-dev libsqlite3-dev)

# step "what it does" command...   Runs a command; says how long it took.
step() {
  local name=$1 begin=$SECONDS
  shift
  printf '==> %s\n' "$name"
  "$@"
  printf '==> %s: %d s\n' "$name" "$((SECONDS - begin))"
}

# install_packages name...   Installs the Debian packages that are missing, as root or by sudo.
install_packages() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      printf 'These packages are missing; install them as root:\n  apt-get install %s\n' "${missing[*]}" >&2
      return 1
    }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
}

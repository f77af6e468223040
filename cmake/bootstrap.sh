# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What apps/run, tests/run and .ci/run share: Debian packages, configure, build, environment of the programs. Sourced; needs `set -euo pipefail`.
# Messages go to standard error, so that standard output is the program's own.
#
# Reads ${root} (the source tree), ${preset} and ${install} (yes or no), set by the caller.
packages_file=${root}/cmake/debian-packages.txt
build=${root}/build/${preset}
# Optional packages that could not be installed: not tried again until this file is deleted.
skipped_file=${root}/build/packages-skipped
os_release=${OS_RELEASE_FILE:-/etc/os-release}

say() { printf 'ansatz: %s\n' "$*" >&2; }
stop() { say "$@"; exit 2; }

# packages GROUP... : the "name|alternative" fields of these groups
packages() {
  awk -v groups=" $* " '!/^#/ && NF && index(groups, " " $2 " ") {print $1}' "${packages_file}"
}

# describe FIELD... : one line for each with its purpose
describe() {
  local field
  for field in "$@"; do
    awk -v field="${field}" '$1 == field {name = $1; sub(/\|.*/, "", name); $1 = $2 = ""; sub(/^ +/, ""); printf "  %-24s %s\n", name, $0}' "${packages_file}" >&2
  done
}

# missing GROUP... : those fields of which no alternative is installed. One dpkg-query for all of them.
missing() {
  local fields installed field
  mapfile -t fields < <(packages "$@")
  # dpkg-query fails as soon as one name is unknown to it; what it prints for the others is still right.
  installed=" $(printf '%s\n' "${fields[@]//|/ }" | xargs dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null |
    awk '$1 == "installed" {printf "%s ", $2}') " || true
  for field in "${fields[@]}"; do
    local name found=no
    for name in ${field//|/ }; do
      [[ ${installed} == *" ${name} "* ]] && found=yes
    done
    [[ ${found} == yes ]] || echo "${field}"
  done
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" >&2
}

# plan_removes NAME... : true if installing these would remove something; prints what
plan_removes() {
  local removed
  removed=$(apt-get install -s --no-install-recommends "$@" 2>/dev/null | grep '^Remv ') || return 1
  say "installing $* would remove:"
  sed 's/^Remv /  /' <<<"${removed}" >&2
}

# explain FIELD... : what is missing and the one line that installs it
explain() {
  say "these Debian packages are missing:"
  describe "$@"
  say "install them with:"
  printf 'sudo apt-get install --no-install-recommends %s\n' "${*%%|*}" >&2
}

skip_optional() {
  say "going on without these optional packages (delete ${skipped_file} to try again):"
  describe "$@"
  mkdir -p "${root}/build"
  printf '%s\n' "$@" >>"${skipped_file}"
}

# ensure_packages GROUP... : returns when all packages of the groups are there, else exits 2. "optional" may stay incomplete.
ensure_packages() {
  local required optional field
  if ! grep -qs '^ID=debian$' "${os_release}" || ! grep -qs '^VERSION_ID="12"$' "${os_release}" || ! command -v dpkg-query >/dev/null; then
    if [[ ! -e ${build}/build.ninja ]]; then
      say "this is not Debian 12; going on with what is here. The packages it needs are called there:"
      mapfile -t required < <(packages "$@")
      describe "${required[@]}"
    fi
    return 0
  fi
  mapfile -t required < <(missing "${@/optional/}")
  optional=()
  while read -r field; do
    grep -qsxF "${field}" "${skipped_file}" || optional+=("${field}")
  done < <([[ " $* " != *" optional "* ]] || missing optional)
  ((${#required[@]} + ${#optional[@]})) || return 0

  if [[ ${install} == no || $(id -u) != 0 ]]; then
    ((${#required[@]} == 0)) || { explain "${required[@]}"; exit 2; }
    skip_optional "${optional[@]}"
    return 0
  fi
  say "installing: ${required[*]%%|*} ${optional[*]%%|*}"
  apt-get update -q >&2 || say "apt-get update failed; trying with the package lists that are here"
  if ((${#required[@]})); then
    if plan_removes "${required[@]%%|*}" || ! apt_install "${required[@]%%|*}"; then
      explain "${required[@]}"
      exit 2
    fi
  fi
  for field in "${optional[@]}"; do
    if plan_removes "${field%%|*}" || ! apt_install "${field%%|*}"; then skip_optional "${field}"; fi
  done
}

# One job needs up to 1.5 GiB (the JSON and command-line headers).
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ {print int($2 / 1572864)}' /proc/meminfo)
  echo $((memory < 1 ? 1 : memory < cores ? memory : cores))
}

# configure TESTS : TESTS is ON to have the tests, OFF to take the build folder as it is. ninja itself notices changed CMake files.
configure() {
  if [[ ! -e ${build}/build.ninja ]] || { [[ $1 == ON ]] && ! grep -q '^ANSATZ_TESTS:BOOL=ON$' "${build}/CMakeCache.txt"; }; then
    (cd "${root}" && cmake --preset "${preset}" -DANSATZ_TESTS="$1") >&2 || stop "CMake could not configure ${build} (see above)"
  fi
}

# build_targets [TARGET...] : everything if none is named
build_targets() {
  ninja -C "${build}" -j "$(jobs)" "$@" >&2 || stop "the build in ${build} failed (see above)"
}

# Environment of everything that is started: Open MPI refuses root and more ranks than cores unless told otherwise.
program_environment() {
  if [[ $(id -u) == 0 ]]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  fi
  if ((${1:-1} > $(nproc))); then
    export OMPI_MCA_rmaps_base_oversubscribe=1
  fi
}

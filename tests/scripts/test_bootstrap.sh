#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# apps/run and tests/run in a copy of the tree whose path holds spaces, with stub system programs first in PATH that write down how they were called.
# usage: test_bootstrap.sh SOURCE CASE
set -euo pipefail
source_root=$1
work=$(mktemp -d)
trap 'rm -rf "${work}"' EXIT
tree="${work}/a tree with spaces"
stubs=${work}/stubs
calls=${work}/calls
mkdir -p "${tree}/apps/poisson" "${tree}/apps/inspect" "${tree}/apps/common" "${tree}/tests" "${tree}/cmake" "${tree}/build/meshes" "${stubs}"
cp "${source_root}/apps/run" "${tree}/apps/"
cp "${source_root}/tests/run" "${tree}/tests/"
cp "${source_root}/cmake/bootstrap.sh" "${source_root}/cmake/debian-packages.txt" "${tree}/cmake/"
touch "${tree}/apps/poisson/CMakeLists.txt" "${tree}/apps/inspect/CMakeLists.txt" "${tree}/apps/common/CMakeLists.txt" "${tree}/build/meshes/bunny.off" "${calls}"

# stub NAME BODY : a program that logs its arguments and runs BODY
stub() {
  printf '#!/bin/bash\necho "%s $*" >>"%s"\n%s\n' "$1" "${calls}" "$2" >"${stubs}/$1"
  chmod +x "${stubs}/$1"
}
user=0 absent="" removes="" refuses=""
system=$'ID=debian\nVERSION_ID="12"'
install_stubs() {
  stub id "echo ${user}"
  stub dpkg-query 'code=0; for name in "${@:3}"; do case " '"${absent}"' " in *" ${name} "*) code=1 ;; *) echo "installed ${name}" ;; esac; done; exit ${code}'
  stub apt-get '[[ "$*" == *" -s "* ]] || echo noise; for word in "$@"; do
    [[ "$*" == *" -s "* && " '"${removes}"' " == *" ${word} "* ]] && echo "Remv valuable [1.0]"
    [[ "$*" != *" -s "* && " '"${refuses}"' " == *" ${word} "* ]] && { echo "E: Could not get lock" >&2; exit 100; }
  done; exit 0'
  stub cmake 'echo noise; mkdir -p build/release/apps/poisson build/release/apps/inspect
    touch build/release/build.ninja
    printf "MPIEXEC_EXECUTABLE:FILEPATH='"${stubs}"'/mpiexec\n%s:BOOL=%s\n" ANSATZ_TESTS "${@: -1}" | sed "s/-DANSATZ_TESTS=//" >build/release/CMakeCache.txt
    for app in poisson inspect; do cp "'"${stubs}"'/ansatz-${app}" build/release/apps/${app}/; done'
  stub ninja 'echo "[1/1] noise"; exit '"${ninja_code:-0}"
  stub ctest 'echo "100% tests passed"'
  stub mpiexec 'shift 2; exec "$@"'
  stub ansatz-poisson 'echo "poisson speaks"'
  stub ansatz-inspect 'echo "inspect speaks"'
  stub nproc 'echo 2'
  printf '%s\n' "${system}" >"${work}/os-release"
}

# launch CODE SCRIPT ARGUMENTS... : runs it from another folder and checks the exit code
launch() {
  local expected=$1 code=0
  shift
  (cd / && PATH=${stubs}:${PATH} OS_RELEASE_FILE=${work}/os-release "${tree}/$1" "${@:2}") >"${work}/out" 2>"${work}/err" || code=$?
  [[ ${code} == "${expected}" ]] || fail "exit code ${code}, expected ${expected}"
}
fail() {
  echo "FAILED: $*"
  head -n 50 "${work}/out" "${work}/err" "${calls}"
  exit 1
}
called() { grep -qE -- "$1" "${calls}" || fail "no call matches: $1"; }
not_called() { if grep -qE -- "$1" "${calls}"; then fail "a call matches: $1"; fi; }
said() { grep -qF -- "$1" "${work}/err" || fail "standard error lacks: $1"; }
real_install='^apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120'

nothing_missing() {
  install_stubs
  launch 0 apps/run poisson --grid 8
  not_called '^apt-get'
  called '^cmake --preset release -DANSATZ_TESTS=OFF'
  [[ $(cat "${work}/out") == "poisson speaks" ]] || fail "standard output is not the app's alone"
  [[ $(grep -c '^dpkg-query' "${calls}") -le 2 ]] || fail "more than one dpkg-query for each of required and optional"
}
one_missing_root() {
  absent="libassimp-dev"
  install_stubs
  launch 0 apps/run poisson --grid 8
  called '^apt-get update'
  called '^apt-get install -s .*libassimp-dev$'
  called "${real_install} libassimp-dev\$"
}
one_missing_user() {
  user=1000 absent="libassimp-dev libboost-test-dev"
  install_stubs
  launch 2 apps/run poisson --grid 8
  not_called '^(apt-get|cmake|ninja)'
  said "libassimp-dev            triangle mesh formats"
  said "sudo apt-get install --no-install-recommends libassimp-dev"
  launch 2 tests/run fast
  said "sudo apt-get install --no-install-recommends libassimp-dev libboost-test-dev"
}
no_install() {
  absent="cmake gnuplot-nox gnuplot-qt gnuplot-x11"
  install_stubs
  launch 2 apps/run --no-install poisson
  not_called '^apt-get'
  said "sudo apt-get install --no-install-recommends cmake gnuplot-nox"
}
apt_fails() {
  absent="libassimp-dev" refuses="libassimp-dev"
  install_stubs
  launch 2 apps/run poisson
  called "${real_install}"
  said "Could not get lock"
  said "sudo apt-get install --no-install-recommends libassimp-dev"
  not_called '^cmake'
}
update_fails() {
  absent="libassimp-dev" refuses="update"
  install_stubs
  launch 0 apps/run poisson --grid 8
  said "apt-get update failed"
  called "${real_install} libassimp-dev\$"
}
plan_removes() {
  absent="libassimp-dev" removes="libassimp-dev"
  install_stubs
  launch 2 apps/run poisson
  said "would remove"
  said "valuable [1.0]"
  not_called "${real_install}"
}
optional_fails() {
  absent="help2man" refuses="help2man"
  install_stubs
  launch 0 apps/run poisson --grid 8
  said "help2man                 man pages"
  : >"${calls}"
  launch 0 apps/run poisson --grid 8
  not_called '^apt-get'
}
alternative_installed() {
  absent="gnuplot-nox gnuplot-x11"
  install_stubs
  launch 0 apps/run poisson --grid 8
  not_called '^apt-get'
}
unknown_system() {
  system=$'ID=fedora\nVERSION_ID="40"' absent="libassimp-dev"
  install_stubs
  launch 0 apps/run poisson --grid 8
  not_called '^(apt-get|dpkg-query)'
  said "not Debian 12"
  said "libassimp-dev            triangle mesh formats"
}
main_command() {
  install_stubs
  launch 0 apps/run poisson
  called "^ansatz-poisson --mesh ${tree}/build/meshes/bunny.off --grid 128 --output ${tree}/build/results/poisson.h5 --overwrite\$"
  called "^ansatz-inspect ${tree}/build/results/poisson.h5 --png ${tree}/build/results/poisson\$"
  launch 0 apps/run
  called "^ansatz-poisson --output ${tree}/build/results/built-in.h5 --overwrite\$"
}
arguments_and_ranks() {
  install_stubs
  launch 0 apps/run -n 4 poisson --scene "my scene.json"
  called '^mpiexec -n 4 .*/ansatz-poisson --scene my scene.json$'
  not_called '^ansatz-inspect'
}
unknown_app() {
  install_stubs
  launch 2 apps/run poison
  said 'there is no app "poison"'
  said "inspect poisson"
}
unknown_label() {
  install_stubs
  launch 2 tests/run fats
  said '"fats" is not a label'
  not_called '^(cmake|ctest)'
}
tests_configured_once() {
  install_stubs
  launch 0 apps/run poisson --grid 8
  launch 0 tests/run fast -- -R voxmg
  called '^cmake --preset release -DANSATZ_TESTS=ON'
  called "^ctest --test-dir ${tree}/build/release .*-L \^fast\\$ -R voxmg\$"
  launch 0 tests/run
  launch 0 apps/run poisson --grid 8
  [[ $(grep -c '^cmake' "${calls}") == 2 ]] || fail "configured again though nothing changed"
}
build_fails() {
  ninja_code=1
  install_stubs
  launch 2 apps/run poisson --grid 8
  said "the build in"
  not_called '^ansatz-poisson'
}

"$2"

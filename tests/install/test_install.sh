#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs to a fresh prefix whose path holds a space, and builds and runs a program of a user against it.
# usage: test_install.sh MODE SOURCE BUILD CXX FLAGS     MODE: prefix, find_package, pkg_config, add_subdirectory, apps
set -euo pipefail
mode=$1 source=$2 build=$3 cxx=$4 flags=$5
here=${source}/tests/install
work=${build}/tests/install
prefix="${work}/a prefix"
out=${work}/${mode}
rm -rf "${out}"
mkdir -p "${out}"
generator=(-G Ninja -D CMAKE_CXX_COMPILER="${cxx}" -D CMAKE_CXX_FLAGS="${flags}" -D CMAKE_BUILD_TYPE=None)

case ${mode} in
  prefix)
    rm -rf "${prefix}"
    cmake --install "${build}" --prefix "${prefix}" >"${out}/log"
    # Each public header must do without the source tree.
    if grep -rlF "${source}" "${prefix}/include" "${prefix}"/lib*/cmake "${prefix}"/lib*/pkgconfig; then
      echo "these installed files name the source tree"
      exit 1
    fi
    ;;
  find_package)
    cmake -S "${here}/find_package" -B "${out}" "${generator[@]}" -D CMAKE_PREFIX_PATH="${prefix}"
    cmake --build "${out}"
    "${out}/consumer"
    ;;
  pkg_config)
    pc=$(dirname "$(find "${prefix}" -name ansatz.pc)")
    # pkg-config quotes the space of the prefix as a shell would.
    eval "set -- ${flags} $(PKG_CONFIG_PATH=${pc} pkg-config --cflags --libs ansatz)"
    "${cxx}" -std=c++20 "${here}/consumer.cpp" -o "${out}/consumer" "$@"
    "${out}/consumer"
    ;;
  add_subdirectory)
    cmake -S "${here}/add_subdirectory" -B "${out}" "${generator[@]}" -D ansatz_source="${source}"
    cmake --build "${out}" --target consumer
    "${out}/consumer"
    ;;
  apps)
    for app in "${prefix}"/bin/ansatz-*; do
      "${app}" --version
    done
    ;;
esac

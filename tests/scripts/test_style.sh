#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Form of the tree: licence line first, words that mark unfinished work, executable bits, file sizes, tabs and trailing blanks.
# usage: test_style.sh SOURCE
set -euo pipefail
cd "$1"
failed=0
complain() {
  echo "$*"
  failed=1
}
# Files under version control; without git, everything but build folders. Another user's clone is "dubious" to git.
if ! mapfile -d '' files < <(git -c safe.directory="${PWD}" ls-files -z 2>/dev/null) || ((${#files[@]} == 0)); then
  mapfile -d '' files < <(find . -name 'build*' -prune -o -name .git -prune -o -type f -printf '%P\0')
fi
((${#files[@]} > 20)) || complain "only ${#files[@]} files found"

licence="SPDX-License-Identifier: ""Apache-2.0"
# Spelt in two parts so that this file passes its own test.
unfinished="\\b(TO""DO|FIX""ME|XX""X|HA""CK)\\b"
for file in "${files[@]}"; do
  [[ -f ${file} ]] || continue
  (($(stat -c %s "${file}") <= 1048576)) || complain "${file}: larger than 1 MB"
  if [[ $(head -c 2 "${file}") == '#!' ]]; then
    [[ -x ${file} ]] || complain "${file}: a script that is not executable"
    [[ $(sed -n 2p "${file}") == *"${licence}"* ]] || complain "${file}: line 2 is not the licence line"
  else
    [[ ! -x ${file} ]] || complain "${file}: executable but no script"
    case ${file} in
      *.hpp | *.cpp | *.h | *.c | *.cmake | *CMakeLists.txt | *.py | *.sh | *.in | *.def | .clang-*)
        [[ $(head -n 1 "${file}") == *"${licence}"* ]] || complain "${file}: line 1 is not the licence line" ;;
    esac
  fi
  case ${file} in
    LICENSE | *.png | *.gif | *.h5 | *.off | *.stl | *.ply | *.obj) continue ;;
  esac
  if grep -nE "${unfinished}" "${file}"; then complain "${file}: unfinished work"; fi
  if grep -nP '\t| +$' "${file}"; then complain "${file}: tab or trailing blank"; fi
done
exit ${failed}

#!/usr/bin/env bash
# Run pytest; what fails is run once more, alone. A test that passes only then is told: it is
# unstable and to be mended, but a browser that lost its breath on a full machine stops nobody.
set -uo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." || exit 1
SOME_FAILED=1

.venv/bin/pytest "$@"
code=$?
[ "$code" -eq "$SOME_FAILED" ] || exit "$code"
printf '▸ 再试未通过的  what failed, once more\n'
.venv/bin/pytest "$@" -n 0 --last-failed --last-failed-no-failures none || exit 1
printf '⚠ 这些测试不稳定，第二次才通过  unstable: the tests above passed only now\n'

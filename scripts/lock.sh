#!/usr/bin/env bash
# Write the locks anew from pyproject.toml: exact versions with hashes, for Python 3.11 to 3.13, and
# without the address of any registry. Needs uv; with --upgrade it takes newer versions.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() {
  local to="$1"
  shift
  echo "$to"
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-annotate --no-header --output-file "$to" "$@"
}

lock requirements-build.lock --group build "$@"
lock requirements.lock pyproject.toml "$@"
lock requirements-dev.lock pyproject.toml --group dev --constraint requirements.lock "$@"
lock requirements-node.lock --group node "$@"

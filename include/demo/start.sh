#!/bin/sh
# Finds a Python that serves and hands over to include/demo/bootstrap.py. Needs nothing but a shell.
#
#   sh include/demo/start.sh <command> [arguments]

cd "$(dirname "$0")/../.." || exit 1

serves='import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 12): sys.exit(1)
import ensurepip, sqlite3, ssl, venv'

# A name on the PATH may be a version manager's shim for a Python that is not there: so each is tried, not looked up.
start_with() {
    candidate=$1
    shift
    if "$candidate" -c "$serves" >/dev/null 2>&1; then
        exec "$candidate" -m include.demo.bootstrap "$@"
    fi
    tried="$tried $candidate"
}

if [ -n "${PYTHON:-}" ]; then
    start_with "$PYTHON" "$@"
else
    for name in python3.11 python3.12 python3; do start_with "$name" "$@"; done
fi
echo "Needs Python 3.11 or 3.12 with its venv module; tried:$tried." \
     "Install one (Debian, Ubuntu: apt install python3.11-venv) or name it: make run PYTHON=/path/to/python3.11" >&2
exit 1

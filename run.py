#!/usr/bin/env python3
"""The command line: serve (default), import, verify, doctor, simulate, operator, routes."""
from __future__ import annotations

import sys

from server.process.memory import LEAST_BYTES, allowed_bytes

if __name__ == "__main__":
    allowed = allowed_bytes()
    if allowed is not None and allowed < LEAST_BYTES:
        sys.exit(f"run.py: there is not enough memory: {LEAST_BYTES >> 20} MB are needed, {allowed >> 20} MB allowed (ulimit -v)")

    from server.commands import main

    sys.exit(main(sys.argv[1:]))

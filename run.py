#!/usr/bin/env python3
"""The command line: serve (default), import, verify, doctor, simulate, operator, routes."""
from __future__ import annotations

import sys

from server.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

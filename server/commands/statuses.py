"""What a command's exit status says, beside 0 for success."""
from __future__ import annotations

import sys

FAILED = 1
BAD_USAGE = 2


def fail(line: str) -> int:
    """Says why, on standard error; gives the status."""
    print(line, file=sys.stderr)
    return FAILED

"""What a command's exit status says, beside 0 for success."""
from __future__ import annotations

FAILED = 1
BAD_USAGE = 2

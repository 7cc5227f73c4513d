"""What memory a command needs, and whether that is what a failure comes from.

CPython 3.11 has no way out where it runs out of memory deep in a long function with a `try`, as its importer is: it asks for the
same few bytes for ever. So what cannot suffice for the modules is refused before the first of them is read.
"""
from __future__ import annotations

import resource
from pathlib import Path

LEAST_BYTES = 256 * 2**20  # of address space; the modules of a command take up to 190 MB while they are read
HARDLY_ANY_BYTES = 16 * 2**20


def allowed_bytes() -> int | None:
    """Address space that this process may have (`ulimit -v`); None: any."""
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if most == resource.RLIM_INFINITY else most


def is_used_up() -> bool:
    """Whether this process has used up what it may have: the interpreter then fails in other ways too, while it reads a module."""
    most = allowed_bytes()
    if most is None:
        return False
    try:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except MemoryError:
        return True
    return most - used < HARDLY_ANY_BYTES

"""How many files and sockets this process may have open."""
from __future__ import annotations

import resource


def raise_limit_of_open_files() -> None:
    """Up to what this user may have: the soft limit of 1,024 that most systems start programs with is used up by as many sockets."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

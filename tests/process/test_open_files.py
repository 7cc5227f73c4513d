"""A worker may open as many files as its user may."""
from __future__ import annotations

import subprocess
import sys


def test_the_limit_of_open_files_is_raised_as_far_as_it_may_be() -> None:
    # In a process of its own: the limit cannot be put back for the other tests.
    program = """
import resource
from server.process.open_files import raise_limit_of_open_files
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (100, most))
raise_limit_of_open_files()
assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most)
"""
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0

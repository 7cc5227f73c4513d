"""`furnish`: fills the demo's mall beside the server that `serve --demo` has started."""
from __future__ import annotations

import argparse
import logging

from server.config import Config


def furnish(config: Config, options: argparse.Namespace) -> int:
    """Started by the supervisor alone; reads everything from the environment."""
    from server.demo.mall import furnish_mall

    # The server has said what is a sandbox.
    logging.getLogger("server.domain").setLevel(logging.ERROR)
    furnish_mall(config.with_secret())
    return 0

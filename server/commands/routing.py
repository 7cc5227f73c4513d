"""`routes`: lists every endpoint of every document."""
from __future__ import annotations

import argparse
import json

from handlers import DOCUMENTS
from server.config import Config

COLUMNS = ("method", "path", "access", "document", "summary")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as a JSON list of objects")


def print_routes(config: Config, options: argparse.Namespace) -> int:
    """In the order of the documents."""
    rows = _list_routes()
    if options.json:
        print(json.dumps([dict(zip(COLUMNS, row)) for row in rows], ensure_ascii=False, indent=1))
        return 0
    *widths, _ = (max(map(len, column)) for column in zip(COLUMNS, *rows))
    for *cells, summary in rows:
        print(*(cell.ljust(width) for cell, width in zip(cells, widths)), summary, sep="  ")
    return 0


def _list_routes() -> list[tuple[str, ...]]:
    return [
        (route.method, path, route.access.name, document.name, route.summary.partition("\n")[0])
        for document in DOCUMENTS
        for path, route in document.routes()
    ]

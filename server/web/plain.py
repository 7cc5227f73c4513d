"""What pages and files have in common: their methods, and headers on every answer, an error too."""
from __future__ import annotations

from typing import Any

from tornado.web import RequestHandler

METHODS = ("GET", "HEAD", "OPTIONS")


class Plain(RequestHandler):
    """Says with every answer how a browser is to treat it, by the application's setting `page_headers`."""

    SUPPORTED_METHODS = METHODS

    def set_default_headers(self) -> None:
        # Tornado's own Server header tells its version; nobody needs it.
        self.clear_header("Server")
        for name, value in self.settings["page_headers"].items():
            self.set_header(name, value)

    def options(self, *_: str) -> None:
        self.set_header("Allow", ", ".join(METHODS))
        self.set_status(204)

    def write_error(self, status_code: int, **about: Any) -> None:
        if status_code == 405:
            self.set_header("Allow", ", ".join(METHODS))
        super().write_error(status_code, **about)

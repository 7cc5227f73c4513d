"""Browser pages: static HTML that the page's own script fills."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from tornado.web import HTTPError, RequestHandler, StaticFileHandler

STATIC = Path(__file__).resolve().parent.parent / "static"

# path → file in static/pages
PAGES = {
    r"/": "index.html",
    r"/goods/[0-9]+": "goods.html",
    r"/my": "my.html",
    r"/history": "history.html",
    r"/history/[0-9]+": "history_group.html",
    r"/sign-in": "sign_in.html",
    r"/register": "register.html",
    r"/account": "account.html",
    r"/groupbuy": "groupbuy.html",
    r"/groupbuy/[0-9]+": "groupbuy_offer.html",
    r"/docs": "docs.html",
}

SECURITY = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: https: http:; connect-src 'self' ws: wss:",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


METHODS = ("GET", "HEAD", "OPTIONS")


class Plain(RequestHandler):
    """What pages and files have in common: every answer, an error too, says how a browser is to treat it."""

    SUPPORTED_METHODS = METHODS

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in SECURITY.items():
            self.set_header(name, value)

    def options(self, *_: str) -> None:
        self.set_header("Allow", ", ".join(METHODS))
        self.set_status(204)

    def write_error(self, status_code: int, **about: Any) -> None:
        if status_code == 405:
            self.set_header("Allow", ", ".join(METHODS))
        super().write_error(status_code, **about)


class Page(Plain):
    """One page; its file is read at each request, which a page load can afford. `data-sandbox` tells scripts that a nickname signs in."""

    template = "pages"

    def initialize(self, file: str, is_sandbox: bool) -> None:
        self._file = file
        self._is_sandbox = is_sandbox

    def get(self) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        content = (STATIC / "pages" / self._file).read_bytes()
        self.write(content.replace(b"<html ", b"<html data-sandbox ", 1) if self._is_sandbox else content)

    head = get


class StaticFile(Plain, StaticFileHandler):
    """A file under static/, checked for a newer one at each use."""

    template = "/static"

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Raises HTTPError for what is no file, also for a name that no file can have."""
        try:
            return super().validate_absolute_path(root, absolute_path)
        except (ValueError, OSError):
            raise HTTPError(404) from None

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "no-cache")

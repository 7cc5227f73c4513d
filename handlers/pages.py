"""Browser pages: static HTML that the page's own script fills."""
from __future__ import annotations

from pathlib import Path

from tornado.web import RequestHandler, StaticFileHandler

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


class Page(RequestHandler):
    """One page; its file is read at each request, which a page load can afford. `data-sandbox` tells scripts that a nickname signs in."""

    template = "pages"

    def initialize(self, file: str, is_sandbox: bool) -> None:
        self._file = file
        self._is_sandbox = is_sandbox

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in SECURITY.items():
            self.set_header(name, value)

    def get(self) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        content = (STATIC / "pages" / self._file).read_bytes()
        self.write(content.replace(b"<html ", b"<html data-sandbox ", 1) if self._is_sandbox else content)

    head = get


class StaticFile(StaticFileHandler):
    """A file under static/, checked for a newer one at each use."""

    template = "/static"

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("X-Content-Type-Options", "nosniff")

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "no-cache")

"""Pages: templates that their scripts fill. Each is declared by its path, and shown with status 404 where its thing is not."""
from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher
from tornado.template import DictLoader, Template

from server.domain.errors import DomainError, NotFound
from server.services import Services
from server.web.assets import Assets
from server.web.call import Call, choose_language
from server.web.compression import accepts_gzip, compress
from server.web.in_flight import InFlight
from server.web.plain import Plain
from server.web.routing import LARGEST_ID, Router

WAIT_SECONDS = 1.0  # for what a page is to bring along; its script asks again, and says what is wrong
LANGUAGES = {"zh": "zh-CN", "en": "en"}
UNLOADED = "js/unloaded.js"  # stands in the page itself: it watches over the loading of everything else


@dataclass(frozen=True)
class Missing:
    """What is said of a thing that there is not, and which way leads on, each in Chinese and English."""

    text: tuple[str, str]
    way: tuple[str, str]
    href: str


@dataclass(frozen=True)
class Thing:
    """What a page with a number in its path shows. `find` raises NotFound where there is none."""

    find: Callable[[Call, int], Awaitable[object]]
    missing: Missing


@dataclass(frozen=True)
class PageRoute:
    """One page. `name` is that of its template and of its script; `bring` gives answers to the first questions of that script.

    `bring`: a question, path and query as the script asks it → the answer's data. The same for every reader.
    """

    path: str
    name: str
    thing: Thing | None = None
    bring: Callable[[Call], Awaitable[dict[str, Any]]] | None = None


@dataclass(frozen=True)
class Prepared:
    """A page's template and its modules: those its script needs at once, and those that come later."""

    template: Template
    modules: list[str]
    later: list[str]


class Site:
    """What all pages have in common: the templates, read once, the files they name, what browsers may do with them."""

    def __init__(self, folder: Path, assets: Assets, missing: Missing, *, is_sandbox: bool, mall: str = "mall"):
        texts = {path.name: path.read_text() for path in folder.glob("*.html")}
        self.missing = missing
        self._assets = assets
        self._loader = DictLoader(texts, namespace={"static": assets.address, "is_sandbox": is_sandbox, "mall": mall})
        self._prepared: dict[str, Prepared] = {}
        self._unloaded = assets.read(UNLOADED)
        digest = base64.b64encode(hashlib.sha256(self._unloaded.encode()).digest()).decode()
        policy = (
            "default-src 'self'",
            f"script-src 'self' 'sha256-{digest}'",
            "img-src 'self' data: https: http:",
            "connect-src 'self' ws: wss:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
        self.headers = {
            "Content-Security-Policy": "; ".join(policy),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "X-Frame-Options": "DENY",
        }

    def render(self, name: str, *, language: str, origin: str, path: str, given: dict[str, Any] | None = None, **more: Any) -> bytes:
        """`origin` as the reader sees it; `given` is what the page brings along."""
        prepared = self._prepare(name)
        return prepared.template.generate(
            script=_script(name),
            modules=prepared.modules,
            later=prepared.later,
            unloaded=self._unloaded,
            language=LANGUAGES[language],
            origin=origin,
            path=path,
            given=_within_html(given) if given else None,
            **more,
        )

    def _prepare(self, name: str) -> Prepared:
        if name not in self._prepared:
            modules, later = self._assets.modules(_script(name))[1:], self._assets.later_modules(_script(name))
            self._prepared[name] = Prepared(self._loader.load(f"{name}.html"), modules, later)
        return self._prepared[name]


def _script(name: str) -> str:
    return f"js/{name}.js"


def _within_html(given: dict[str, Any]) -> str:
    """As JSON in which nothing ends the element around it, whatever a nickname holds."""
    return msgspec.json.encode(given).decode().replace("<", "\\u003c")


class Page(Plain):
    """One page. `data-sandbox` tells scripts that a nickname signs in, `data-mall` in which folder the mall's API is."""

    template = "pages"

    def initialize(self, site: Site, services: Services, in_flight: InFlight, page: PageRoute | None = None) -> None:
        self._site = site
        self._services = services
        self._in_flight = in_flight
        self._page = page

    async def get(self, number: str = "") -> None:
        self._in_flight.begin()
        if self._in_flight.is_draining:
            self.set_header("Connection", "close")
        try:
            missing = await self._find_missing(number)
            if missing is None:
                await self._show()
            else:
                self._show_missing(missing)
            await self.finish()
        finally:
            self._in_flight.end()

    head = get

    async def _find_missing(self, number: str) -> Missing | None:
        """What is to be said if the page, or what it is to show, does not exist."""
        if self._page is None:
            return self._site.missing
        thing = self._page.thing
        if thing is None:
            return None
        if int(number) > LARGEST_ID:
            return thing.missing
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await thing.find(self._call(), int(number))
        except NotFound:
            return thing.missing
        except (DomainError, TimeoutError):
            pass  # nobody knows just now; the page's script asks again and says so
        return None

    async def _show(self) -> None:
        assert self._page is not None
        given = None
        if self._page.bring is not None:
            # Going back to the page asks for it again: what it brings would be old.
            self.set_header("Cache-Control", "no-store")
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    given = await self._page.bring(self._call())
            except (DomainError, TimeoutError):
                pass
        else:
            self.set_header("Cache-Control", "no-cache")
        self._send(self._page.name, given=given)

    def _show_missing(self, missing: Missing) -> None:
        self.set_status(404)
        self.set_header("Cache-Control", "no-store")
        words = zip(LANGUAGES.values(), missing.text, missing.way)
        self._send("missing", words=words, href=missing.href)

    def _send(self, name: str, **about: Any) -> None:
        request = self.request
        language = choose_language(request.headers.get("Accept-Language"))
        content = self._site.render(name, language=language, origin=f"{request.protocol}://{request.host}", path=request.path, **about)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.add_header("Vary", "Accept-Encoding, Accept-Language")
        compressed = compress(content) if accepts_gzip(request.headers.get("Accept-Encoding")) else None
        if compressed is not None:
            self.set_header("Content-Encoding", "gzip")
        self.write(compressed or content)

    def _call(self) -> Call:
        """Of a reader who is nobody in particular: a page is asked for without a token."""
        return Call(
            services=self._services,
            login=None,
            token=None,
            client_address=self.request.remote_ip or "",
            language="zh",
            request_id="",
            idempotency_key=None,
            arrived_at=self._services.clock.now(),
            origin=f"{self.request.protocol}://{self.request.host}",
        )


class UnknownPath(Matcher):
    """Matches what a browser asks for as a page and nobody has; in the APIs' own folders programs are answered as ever."""

    def __init__(self, router: Router):
        self._router = router

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        if request.method not in ("GET", "HEAD") or self._router.is_known(request.path):
            return None
        return {} if _reads_html(request.headers.get("Accept", "")) else None


def _reads_html(accept: str) -> bool:
    kinds = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return "text/html" in kinds or kinds == {"*/*"}

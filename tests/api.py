"""The whole application on a free port, and a client that asks it over HTTP."""
from __future__ import annotations

import asyncio
import contextlib
import json as json_text
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders
from tornado.ioloop import IOLoop
from tornado.testing import bind_unused_port

from handlers.pages import STATIC
from server.app import make_tornado_application
from server.bootstrap import Application
from server.config import Config
from server.domain.accounts.claims import AccessToken
from server.domain.accounts.users import User
from server.domain.auctions.goods import Lot
from server.domain.clock import Clock
from server.domain.events import Event, GroupChanged
from server.web.assets import Assets
from server.web.bodies import LARGEST_BODY_BYTES
from server.web.in_flight import InFlight
from tests.services import has_indexes

ABSENT: Any = object()  # no JSON body; None is the body `null`
PATIENCE_SECONDS = 20
MOST_AT_ONCE = 200  # connections: a crowd asks at once
LOOK_AGAIN_SECONDS = 0.05


@cache
def read_assets() -> Assets:
    """Read once for all tests of a process; they are the same for all."""
    return Assets(STATIC)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: HTTPHeaders
    body: bytes

    @property
    def json(self) -> Any:
        return json_text.loads(self.body)

    @property
    def without_receipt(self) -> Any:
        """The answer to a bid but for its receipt, which is there: beyond the document, and another one each time."""
        answer = self.json
        receipt = (answer["data"] if self.status == 200 else answer).pop("receipt")
        assert receipt.keys() == {"statement", "path", "key", "signature"}
        return answer

    @property
    def data(self) -> Any:
        """Of a success."""
        assert self.status == 200, self.body
        return self.json["data"]


@contextlib.contextmanager
def serving(io_loop: IOLoop, config: Config, clock: Clock | None = None) -> Iterator[Api]:
    """Another process of the server, on that config's database and Redis, for as long as it is asked."""
    built = Application(config, clock)
    io_loop.run_sync(partial(built.start, makes_indexes=not has_indexes(config)))
    asking = Api(built)
    yield asking
    io_loop.run_sync(built.drain)
    io_loop.run_sync(built.stop)
    io_loop.run_sync(asking.close)


class Api:
    """Asks a started application; `close` ends the port, the application is its owner's."""

    def __init__(self, application: Application, in_flight: InFlight | None = None):
        self.application = application
        self.in_flight = in_flight or InFlight()
        self._tokens: dict[int, AccessToken] = {}
        listening, self.port = bind_unused_port()
        serving = make_tornado_application(application, self.in_flight, read_assets())
        self._server = HTTPServer(serving, max_body_size=LARGEST_BODY_BYTES)
        self._server.add_sockets([listening])
        self._client = AsyncHTTPClient(force_instance=True, max_clients=MOST_AT_ONCE)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def get(self, path: str, **about: Any) -> Answer:
        return await self.ask("GET", path, **about)

    async def post(self, path: str, **about: Any) -> Answer:
        return await self.ask("POST", path, **about)

    async def put(self, path: str, **about: Any) -> Answer:
        return await self.ask("PUT", path, **about)

    async def delete(self, path: str, **about: Any) -> Answer:
        return await self.ask("DELETE", path, **about)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        as_user: User | None = None,
        token: str | None = None,
        json: Any = ABSENT,
        form: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        is_unpacked: bool = True,
    ) -> Answer:
        """One request. The body is `json`, `form` or `body`; `as_user` signs in, `token` is sent as it is.

        `is_unpacked`: asks for gzip, and the answer's body is what was compressed.
        """
        sent = HTTPHeaders()
        if as_user is not None:
            token = self.token_of(as_user)
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if json is not ABSENT:
            body, sent["Content-Type"] = json_text.dumps(json).encode(), "application/json"
        elif form is not None:
            body, sent["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        sent.update(headers or {})
        request = HTTPRequest(
            f"{self.url}{path}" + (f"?{urlencode(query)}" if query else ""),
            method,
            headers=sent,
            body=body,
            follow_redirects=False,
            allow_nonstandard_methods=True,
            request_timeout=PATIENCE_SECONDS,
            decompress_response=is_unpacked,
        )
        response = await self._client.fetch(request, raise_error=False)
        if response.code == 599:
            response.rethrow()
        return Answer(response.code, response.headers, response.body)

    def token_of(self, user: User) -> str:
        """An access token of that user that is not expired; an operator's is as one of the command line."""
        kept = self._tokens.get(user.id)
        if kept is None or kept.expires_at <= self.application.clock.now():
            kept = self._tokens[user.id] = self.application.services.accounts.tokens.issue(user, has_second_factor=user.is_operator)
        return kept.access_token

    def keep_token(self, user: User, token: AccessToken) -> None:
        """What that user is signed in with from now on."""
        self._tokens[user.id] = token

    async def bid(self, user: User, goods: Lot, price: int, **more: Any) -> Answer:
        """A bid on goods of their own group."""
        offer = {"goods_id": goods.id, "group_id": goods.group_id, "price": price, **more}
        return await self.post("/api/group", as_user=user, json=offer)

    async def wait_until_ended(self, group_id: int) -> None:
        """Until all lots of a group whose time is over are settled and told."""
        ended = asyncio.Event()

        def notice(event: Event) -> None:
            if isinstance(event, GroupChanged) and event.group.id == group_id and event.group.ended_at is not None:
                ended.set()

        self.application.ground.floor.listen(notice)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not ended.is_set():
                # Settling, telling and finishing are steps of several looks.
                self.application.auctions.looks.wake()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), LOOK_AGAIN_SECONDS)

    async def close(self) -> None:
        self._client.close()
        self._server.stop()
        await self._server.close_all_connections()

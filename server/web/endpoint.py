"""The only REST handler: finds the caller, reads input, calls the endpoint, answers, turns errors into answers."""
from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import time
import uuid
from collections.abc import Awaitable
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from server.domain.accounts.users import User
from server.domain.errors import DomainError, InvalidInput, NotAllowed, NotSignedIn
from server.domain.operators.logins import MAX_AGENT_CHARACTERS
from server.services import Services
from server.web.call import Call, choose_language
from server.web.connections import end_after_answer, has_client_gone
from server.web.dialect import Dialect, Reply
from server.web.in_flight import InFlight
from server.web.known import KnownAnswers
from server.web.origins import Origins
from server.web.replies import Download, Raw, Redirect
from server.web.routing import Mounted, Route, Router

log = logging.getLogger("server.access")

MAX_KEY_CHARACTERS = 128
PIECE_BYTES = 64 * 1024  # of a file that is sent
REQUEST_ID = re.compile(r"[A-Za-z0-9._~:/+=-]{1,64}")  # what UUIDs, trace ids and base64 are made of
CLIENT_GONE = (499, "Client Closed Request")  # nginx's word for it, in logs and numbers; nobody receives it


class Endpoint(RequestHandler):
    """Answers every path of every API document."""

    template: str  # the path as its document writes it; set once a route is found
    SUPPORTED_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")

    def initialize(self, router: Router, services: Services, in_flight: InFlight, origins: Origins, known: KnownAnswers) -> None:
        self._router = router
        self._known = known
        self._origins = origins
        self._services = services
        self._in_flight = in_flight
        self._language = "zh"
        self._note: dict[str, Any] = {}

    def set_default_headers(self) -> None:
        # Tornado's own Server header tells its version; nobody needs it.
        self.clear_header("Server")

    def compute_etag(self) -> None:
        """Answers change with every bid: a hash of each would cost more than it saves."""

    async def _serve(self, *_: str) -> None:
        self._in_flight.begin()
        if self._in_flight.is_draining:
            end_after_answer(self.request)
        started = time.perf_counter()
        request = self.request
        self._language = choose_language(request.headers.get("Accept-Language"))
        request_id = request.headers.get("X-Request-Id", "")
        if not REQUEST_ID.fullmatch(request_id):
            request_id = uuid.uuid4().hex
        self.set_header("X-Request-Id", request_id)
        self._set_headers(self._origins.headers(request.headers))
        user: User | None = None
        dialect: Dialect | None = None
        try:
            if request.method == "OPTIONS":
                self._allow(request.path)
                return
            mounted, path_values = self._router.find(request.method or "", request.path)
            self.template = mounted.path
            if mounted.others:
                mounted = mounted.choose(request)
            route, dialect = mounted.route, mounted.dialect
            limit = route.max_body_bytes or self._services.config.max_body_bytes
            if len(request.body) > limit:
                raise InvalidInput({"body": [f"body_too_long:{limit}"]})
            call = await self._call(route, request_id)
            user = call.user
            if has_client_gone(request):
                # What nobody would be told of is not done.
                self.set_status(*CLIENT_GONE)
                return
            made_of = route.version and self._known.version_of(request, route.version)
            value = await route.call(call, request, path_values)
            if isinstance(value, Download):
                await self._send_file(value)
            else:
                self._send(mounted, value, made_of)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            if not isinstance(error, DomainError):
                log.exception("request failed", extra={"request_id": request_id, "path": request.path})
            self._note["error"] = type(error).__name__
            self._reply((dialect or self._router.dialect(request.path)).failure(error, self._language))
        finally:
            self._in_flight.end()
            log.info(
                "request",
                extra={
                    "request_id": request_id,
                    "method": request.method,
                    "path": request.path,
                    "status": self.get_status(),
                    "ms": round((time.perf_counter() - started) * 1000, 2),
                    "user_id": user.id if user else None,
                    "address": request.remote_ip,
                    **self._note,
                },
            )

    get = head = post = put = delete = patch = options = _serve

    async def _call(self, route: Route, request_id: str) -> Call:
        headers = self.request.headers
        arrived_at = self._services.clock.now()
        if route.pace is not None:
            self._services.accounts.paces.admit(route.pace, self.request.remote_ip or "")
        token = route.manner.find_token(self.request)
        login = None
        if token is not None and not route.access.leaves_token:
            try:
                login = await route.manner.tokens(self._services).check(token)
            except (NotSignedIn, NotAllowed) as error:
                if route.access.needs_user:
                    raise
                # Open to anyone, so it is answered; the client learns that its token is of no use.
                self.set_header("WWW-Authenticate", f'Bearer error="invalid_token", error_description="{type(error).__name__}"')
        route.access.check(login)
        if route.access.is_dangerous and login is not None:
            factors, code = self._services.operators.factors, headers.get("X-Second-Factor")
            await factors.confirm(login, code, self.request.remote_ip or "", is_first_step=route.access.is_first_step)
        key = headers.get("Idempotency-Key") if route.takes_key else None
        if key == "":
            raise InvalidInput({"Idempotency-Key": ["too_short:1"]})
        if key is not None and len(key) > MAX_KEY_CHARACTERS:
            raise InvalidInput({"Idempotency-Key": [f"too_long:{MAX_KEY_CHARACTERS}"]})
        return Call(
            services=self._services,
            login=login,
            token=token,
            client_address=self.request.remote_ip or "",
            language=self._language,
            request_id=request_id,
            idempotency_key=key,
            arrived_at=arrived_at,
            origin=f"{self.request.protocol}://{self.request.host}",
            agent=headers.get("User-Agent", "")[:MAX_AGENT_CHARACTERS],
        )

    def _allow(self, path: str) -> None:
        methods = self._router.methods(path)
        self.set_header("Allow", ", ".join(methods))
        self._set_headers(self._origins.preflight_headers(self.request.headers, methods))
        self.set_status(204)

    def _send(self, mounted: Mounted, value: Any, made_of: object | None) -> None:
        if isinstance(value, Redirect):
            self.redirect(value.location)
        elif isinstance(value, Raw):
            self.set_status(value.status)
            self.set_header("Content-Type", value.content_type)
            self.set_header("X-Content-Type-Options", "nosniff")
            self.set_header("Cache-Control", value.cache_control)
            self.write(value.content)
        else:
            body = mounted.dialect.success(value)
            if mounted.route.version is not None:
                self._known.keep(self.request, mounted.route.version, made_of, body)
            self._reply(Reply(mounted.route.status, body))
            if mounted.route.kept_seconds:
                self.set_header("Cache-Control", f"public, max-age={mounted.route.kept_seconds}")

    async def _send_file(self, value: Download) -> None:
        with value.file as file:
            length = file.seek(0, os.SEEK_END)
            file.seek(0)
            self.set_header("Content-Type", value.content_type)
            self.set_header("Content-Disposition", f'attachment; filename="{value.name}"')
            self.set_header("Content-Length", str(length))
            self.set_header("X-Content-Type-Options", "nosniff")
            self.set_header("Cache-Control", "no-store")
            # Who does not wait for the end has gone.
            with contextlib.suppress(StreamClosedError):
                while self.request.method != "HEAD" and (piece := file.read(PIECE_BYTES)):
                    self.write(piece)
                    await self.flush()

    def _reply(self, reply: Reply) -> None:
        self.set_status(reply.status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self._set_headers(reply.headers)
        self.write(reply.body)

    def _set_headers(self, headers: dict[str, str]) -> None:
        for name, value in headers.items():
            self.set_header(name, value)

    def write_error(self, status_code: int, **about: Any) -> None:
        """What goes wrong around an endpoint: a method that HTTP does not know, a form that tornado cannot read."""
        error = about["exc_info"][1] if "exc_info" in about else Exception()
        self._language = choose_language(self.request.headers.get("Accept-Language"))
        self._set_headers(self._origins.headers(self.request.headers))
        if isinstance(error, HTTPError):
            error = self._in_our_words(error)
        else:
            log.error("request failed", extra={"path": self.request.path}, exc_info=error)
        self._reply(self._router.dialect(self.request.path).failure(error, self._language))

    def _in_our_words(self, error: HTTPError) -> Exception:
        try:
            self._router.find(self.request.method or "", self.request.path)
        except DomainError as found:
            return found  # whatever was sent there
        return error if error.status_code == 405 else InvalidInput({"body": ["wrong_form"]})

    def log_exception(self, *args: Any) -> None:
        """Errors are logged where they are answered."""

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        raise NotImplementedError  # abstract in tornado; bodies arrive whole

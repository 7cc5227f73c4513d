"""Pages of other origins, whose browsers may ask and read answers (Fetch standard, CORS)."""
from __future__ import annotations

from collections.abc import Collection, Sequence

from tornado.httputil import HTTPHeaders

# Credentials travel in a header that scripts set, never in cookies: nothing has to be allowed for them.
HEADERS_TAKEN = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Last-Event-ID", "X-Request-Id", "X-Second-Factor")
HEADERS_SHOWN = ("Allow", "ETag", "Retry-After", "WWW-Authenticate", "X-Request-Id")
PREFLIGHT_KEPT_SECONDS = 3600


class Origins:
    """The configured origins. Without any, answers say nothing of origins."""

    def __init__(self, allowed: Collection[str]):
        self._allowed = frozenset(allowed)

    def headers(self, request: HTTPHeaders) -> dict[str, str]:
        """What any answer of the API says to the browser that asked."""
        if not self._allowed:
            return {}
        origin = request.get("Origin")
        if origin not in self._allowed:
            return {"Vary": "Origin"}
        return {"Vary": "Origin", "Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": ", ".join(HEADERS_SHOWN)}

    def preflight_headers(self, request: HTTPHeaders, methods: Sequence[str]) -> dict[str, str]:
        """What the answer to OPTIONS says beside that, for a path with these methods."""
        if request.get("Origin") not in self._allowed or "Access-Control-Request-Method" not in request:
            return {}
        return {
            "Access-Control-Allow-Methods": ", ".join(methods),
            "Access-Control-Allow-Headers": ", ".join(HEADERS_TAKEN),
            "Access-Control-Max-Age": str(PREFLIGHT_KEPT_SECONDS),
        }

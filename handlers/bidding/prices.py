"""The current price as polled: from the floor's memory while it is true, with an ETag; else by the endpoint."""
from __future__ import annotations

from tornado.httputil import HTTPServerRequest

from server.domain.auctions.floor import Floor
from server.web.texts import WHOLE_NUMBER

PATH = "/api/group/current/price/"


class PriceAnswer:
    """Answers `GET /api/group/current/price/{goods_id}` for running lots, byte for byte as the endpoint does."""

    def __init__(self, floor: Floor):
        self._floor = floor

    def __call__(self, request: HTTPServerRequest) -> tuple[int, dict[str, str], bytes] | None:
        number = request.path[len(PATH) :]
        if len(number) > 16 or not WHOLE_NUMBER.fullmatch(number) or not self._floor.is_current:
            return None
        known = self._floor.find_lot(int(number))
        if known is None:
            return None
        tag = f'"{number}-{known.state.revision}"'
        headers = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-cache", "ETag": tag}
        if request.headers.get("If-None-Match") == tag:
            return 304, headers, b""
        return 200, headers, b'{"code":1,"message":"","data":%d}' % known.state.price

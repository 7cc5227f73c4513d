"""Stand-ins for those whom the mall asks small things: Tencent's map, Kdniao for parcels, the operator's gateway of text messages.

`python -m tests.outside.questioned` runs all three by themselves, and prints the settings that lead to them.
"""
from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.ioloop import IOLoop
from tornado.web import Application, RequestHandler

from tests.outside.stand_in import StandIn

MAP_KEY = "MAPKY-ABCDE-FGHIJ"
BUSINESS_ID, BUSINESS_KEY = "1234567", "0f2a4e6b-kdniao"
SECRET = "a-secret-of-text-messages"
Answered = tuple[int, Any]


class Weather(str, Enum):
    """How they are today."""

    FAIR = "fair"
    BROKEN = "broken"  # status 502, a page of HTML
    GARBLED = "garbled"  # half an answer
    SPENT = "spent"  # no more questions are answered
    SLOW = "slow"  # answers when the weather changes


class QuestionedStandIn(StandIn[Weather]):
    """One of them on a port of its own."""

    def __init__(self) -> None:
        super().__init__(Weather.FAIR)
        self.asked = 0

    def _application(self) -> Application:
        return Application([(r"/.*", Anything, {"place": self})], log_function=lambda handler: None)

    async def answer(self, request: HTTPServerRequest) -> Answered:
        self.asked += 1
        while self._weather is Weather.SLOW:
            await self._weather_changed.wait()
        if self._weather is Weather.BROKEN:
            return 502, "<html><body>Bad Gateway</body></html>"
        if self._weather is Weather.GARBLED:
            return 200, '{"status":'
        return self.know(request)

    def know(self, request: HTTPServerRequest) -> Answered:
        raise NotImplementedError  # abstract: each knows something else


class Anything(RequestHandler):
    """Whatever is asked."""

    def initialize(self, place: QuestionedStandIn) -> None:
        self._place = place

    async def get(self) -> None:
        status, content = await self._place.answer(self.request)
        self.set_status(status)
        self.write(content)

    post = get


def _given(request: HTTPServerRequest) -> dict[str, str]:
    return {name: values[-1].decode() for name, values in request.arguments.items()}


class MapStandIn(QuestionedStandIn):
    """Tencent's map, in which there is one street."""

    ADDRESS = "浙江省杭州市西湖区文三路"

    def know(self, request: HTTPServerRequest) -> Answered:
        given = _given(request)
        if given.get("key") != MAP_KEY:
            return 200, {"status": 311, "message": "key格式错误"}
        if self._weather is Weather.SPENT:
            return 200, {"status": 120, "message": "此key每秒请求量已达到上限"}
        if request.path == "/ws/geocoder/v1/":
            latitude, longitude = given["location"].split(",")
            if not -90 <= float(latitude) <= 90:
                return 200, {"status": 348, "message": "参数错误"}
            return 200, {"status": 0, "result": {"address": self.ADDRESS, "location": {"lat": float(latitude), "lng": float(longitude)}}}
        found = [{"id": "1", "title": given["keyword"], "address": self.ADDRESS, "location": {"lat": 30.27, "lng": 120.15}}]
        return 200, {"status": 0, "count": 1, "data": found[: int(given["page_size"])]}


class KdniaoStandIn(QuestionedStandIn):
    """Kdniao, with one parcel on its way."""

    PARCEL, CARRIER = "SF1234567890", "SF"
    TRACES = [{"AcceptTime": "2036-06-01 10:00:00", "AcceptStation": "已揽收"}, {"AcceptTime": "2036-06-01 12:00:00", "AcceptStation": "运输中"}]

    def know(self, request: HTTPServerRequest) -> Answered:
        given = _given(request)
        digest = hashlib.md5((given["RequestData"] + BUSINESS_KEY).encode()).hexdigest()
        if given["EBusinessID"] != BUSINESS_ID or base64.b64decode(given["DataSign"]).decode() != digest:
            return 200, {"Success": False, "Reason": "数据验证不通过"}
        if self._weather is Weather.SPENT:
            return 200, {"EBusinessID": BUSINESS_ID, "Success": False, "Reason": "超过当日查询次数"}
        wanted = json.loads(given["RequestData"])
        is_there = wanted["LogisticCode"] == self.PARCEL
        told: dict[str, Any] = {"EBusinessID": BUSINESS_ID, "LogisticCode": wanted["LogisticCode"]}
        if given["RequestType"] == "2002":
            return 200, {**told, "Success": True, "Shippers": [{"ShipperCode": self.CARRIER, "ShipperName": "顺丰"}] if is_there else []}
        if not is_there or wanted["ShipperCode"] != self.CARRIER:
            return 200, {**told, "Success": False, "Reason": "暂无轨迹信息"}
        return 200, {**told, "ShipperCode": self.CARRIER, "Success": True, "State": "2", "Traces": self.TRACES}


class TextGatewayStandIn(QuestionedStandIn):
    """The operator's gateway, which knows one template."""

    TEMPLATE = "SMS_1"

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []

    def know(self, request: HTTPServerRequest) -> Answered:
        if request.headers.get("Authorization") != f"Bearer {SECRET}":
            return 403, {}
        message = json.loads(request.body)
        if message["template"] != self.TEMPLATE:
            return 404, {}
        if self._weather is Weather.SPENT:
            return 422, {}
        self.sent.append(message)
        return 202, {}


@contextmanager
def standing_in(io_loop: IOLoop, *places: QuestionedStandIn) -> Iterator[None]:
    """On that loop, for as long as they are needed."""

    async def start() -> None:
        for place in places:
            place.start()

    io_loop.run_sync(start)
    yield
    for place in places:
        io_loop.run_sync(place.stop)


async def serve() -> None:
    """Runs until it is interrupted."""
    places = MapStandIn(), KdniaoStandIn(), TextGatewayStandIn()
    for place in places:
        place.start()
    maps, parcels, texts = places
    print(f"TENCENT_MAP_KEY={MAP_KEY} TENCENT_MAP_API_BASE={maps.url}", flush=True)
    print(f"KDNIAO_ID={BUSINESS_ID} KDNIAO_KEY={BUSINESS_KEY} KDNIAO_URL={parcels.url}", flush=True)
    print(f"MALL_MESSAGES_URL={texts.url} MALL_MESSAGES_SECRET={SECRET}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(serve())
    except KeyboardInterrupt:
        pass

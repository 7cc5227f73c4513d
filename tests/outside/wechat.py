"""A stand-in for WeChat's server: codes of wx.login and of the telephone button, the data it seals, access tokens, and its bad days.

`python -m tests.outside.wechat --port N` runs it by itself, without a limit on who may register users:
POST /stand-in/codes {openid, nickname?, avatar?, watermark_app_id?} gives {code, iv, encryptedData};
POST /stand-in/phone-codes {phone, country?} gives {code};
GET /stand-in/messages gives the subscribe messages that were sent; POST /stand-in/grants {openid, template_id} lets one more through;
PUT /stand-in/weather {weather} sets one of fair, busy, broken, garbled, slow, late.
"""
from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from msgspec import Struct
from tornado.ioloop import IOLoop
from tornado.web import Application, RequestHandler

from tests.belongings import picture
from tests.outside.stand_in import StandIn

APP_ID = "wx0123456789abcdef"
SECRET = "0123456789abcdef0123456789abcdef"
LOGINS_A_MINUTE = 100
ACCESS_SECONDS = 7200
MESSAGES_A_DAY = 3_000_000


class Weather(str, Enum):
    """How WeChat is today."""

    FAIR = "fair"
    BUSY = "busy"  # errcode -1
    BROKEN = "broken"  # status 502, a page of HTML
    GARBLED = "garbled"  # half an answer
    SLOW = "slow"  # answers when the weather changes
    LATE = "late"  # does what it is asked, and answers when the weather changes


class Person(Struct, kw_only=True):
    """A user of WeChat. `key` is the one of their present session."""

    openid: str
    nickname: str
    avatar: str
    key: bytes
    is_risky: bool = False
    logins: int = 0


class Handed(Struct, frozen=True):
    """What the mini-program sends to its server."""

    code: str
    iv: str
    encrypted_data: str


class WechatStandIn(StandIn[Weather]):
    """WeChat's server on a port of its own; users are registered, codes work once."""

    def __init__(self, app_id: str = APP_ID, secret: str = SECRET):
        super().__init__(Weather.FAIR)
        self.app_id = app_id
        self.secret = secret
        self.questions: list[dict[str, str]] = []  # every question asked, oldest first
        self.people: dict[str, Person] = {}
        self._codes: dict[str, Person | None] = {}  # None: used
        self._phone_codes: dict[str, tuple[str, str] | None] = {}  # number and country; None: used
        self.access_given: list[str] = []  # the last is the one that is good
        self.access_asked = 0
        self.pages = {"pages/index/index"}  # of the mini-program that everybody has
        self.codes_drawn: list[dict[str, object]] = []
        self.access_seconds = ACCESS_SECONDS
        self.messages: list[dict[str, Any]] = []  # that were sent, oldest first
        self.grants: Counter[tuple[str, str]] = Counter()  # openid, template → how many messages the person said yes to
        self.quota = MESSAGES_A_DAY
        self.messages_tried = 0

    def register(self, openid: str, nickname: str = "", avatar: str = "") -> Person:
        """A user with a session; registered again, the same user under another name."""
        person = self.people.setdefault(openid, Person(openid=openid, nickname="", avatar="", key=os.urandom(16)))
        person.nickname, person.avatar = nickname, avatar
        return person

    def new_code(self, person: Person) -> str:
        """What wx.login gives."""
        code = "0" + secrets.token_hex(15)
        self._codes[code] = person
        return code

    def new_phone_code(self, number: str, country: str = "86") -> str:
        """What the telephone button gives."""
        code = secrets.token_hex(32)
        self._phone_codes[code] = (number, country)
        return code

    def end_access(self) -> None:
        """The access token is good no longer, though its time is not over."""
        self.access_given.append(f"access-{secrets.token_hex(30)}")

    def user_info(self, person: Person, *, app_id: str | None = None, at: float | None = None) -> dict[str, object]:
        """What wx.getUserProfile says, before it is sealed."""
        return {
            "openId": person.openid,
            "nickName": person.nickname,
            "gender": 0,
            "language": "zh_CN",
            "city": "",
            "province": "",
            "country": "",
            "avatarUrl": person.avatar,
            "watermark": {"timestamp": int(time.time() if at is None else at), "appid": app_id or self.app_id},
        }

    def hand_over(self, person: Person, *, app_id: str | None = None, at: float | None = None) -> Handed:
        """A new code and the person's data; `app_id` and `at` forge the watermark."""
        content = json.dumps(self.user_info(person, app_id=app_id, at=at), ensure_ascii=False).encode()
        iv, sealed = seal(content, person.key)
        return Handed(self.new_code(person), iv, sealed)

    async def answer(self, question: Mapping[str, str]) -> tuple[int, str]:
        """Status and body for a jscode2session."""
        self.questions.append(dict(question))
        return await self._answer_in_this_weather(lambda: self._exchange(question))

    async def answer_access(self, wanted: Mapping[str, object]) -> tuple[int, str]:
        """For a stable_token: the same one again while it is good, unless another is forced."""
        self.access_asked += 1
        return await self._answer_in_this_weather(lambda: self._give_access(wanted))

    async def answer_phone(self, access_token: str, code: str) -> tuple[int, str]:
        """For a getuserphonenumber."""
        return await self._answer_in_this_weather(lambda: self._tell_phone(access_token, code))

    async def draw_code(self, access_token: str, wanted: Mapping[str, object]) -> tuple[int, str | bytes]:
        """For a getwxacodeunlimit: a picture, as WeChat sends it in place of its JSON."""
        status, body = await self._answer_in_this_weather(lambda: self._refuse_code(access_token, wanted))
        if (status, body) != (200, "{}"):
            return status, body
        self.codes_drawn.append(dict(wanted))
        return 200, picture()

    async def send_message(self, access_token: str, wanted: Mapping[str, Any]) -> tuple[int, str]:
        """For a message/subscribe/send."""
        self.messages_tried += 1
        if self._weather is not Weather.LATE:
            return await self._answer_in_this_weather(lambda: self._take_message(access_token, wanted))
        taken = self._take_message(access_token, wanted)
        while self._weather is Weather.LATE:
            await self._weather_changed.wait()
        return 200, json.dumps(taken)

    def _take_message(self, access_token: str, wanted: Mapping[str, Any]) -> dict[str, object]:
        if not self.access_given or access_token != self.access_given[-1]:
            return _error(40001, "invalid credential, access_token is invalid or not latest")
        if wanted["touser"] not in self.people:
            return _error(40003, "invalid openid")
        if len(self.messages) >= self.quota:
            return _error(45009, "reach max api daily quota limit")
        if any(len(field["value"]) > 20 for name, field in wanted["data"].items() if name.startswith("thing")):
            return _error(47003, "argument invalid! data.thing1.value invalid")
        who = (wanted["touser"], wanted["template_id"])
        if not self.grants[who]:
            return _error(43101, "user refuse to accept the msg")
        self.grants[who] -= 1
        self.messages.append(dict(wanted))
        return {"errcode": 0, "errmsg": "ok", "msgid": len(self.messages)}

    def _refuse_code(self, access_token: str, wanted: Mapping[str, object]) -> dict[str, object]:
        """Empty if it is drawn."""
        if not self.access_given or access_token != self.access_given[-1]:
            return _error(40001, "invalid credential, access_token is invalid or not latest")
        if not re.fullmatch(r"[0-9A-Za-z!#$&'()*+,/:;=?@._~-]{1,32}", str(wanted.get("scene", ""))):
            return _error(40129, "invalid scene")
        if wanted.get("check_path", True) and wanted.get("page", "") not in ("", *self.pages):
            return _error(41030, "invalid page")
        return {}

    async def _answer_in_this_weather(self, answer: Callable[[], dict[str, object]]) -> tuple[int, str]:
        while self._weather is Weather.SLOW:
            await self._weather_changed.wait()
        if self._weather is Weather.BROKEN:
            return 502, "<html><body>502 Bad Gateway</body></html>"
        if self._weather is Weather.GARBLED:
            return 200, '{"session_key":"'
        if self._weather is Weather.BUSY:
            return 200, json.dumps(_error(-1, "system error"))
        return 200, json.dumps(answer())

    def _give_access(self, wanted: Mapping[str, object]) -> dict[str, object]:
        if wanted.get("grant_type") != "client_credential":
            return _error(40002, "invalid grant_type")
        if wanted.get("appid") != self.app_id:
            return _error(40013, "invalid appid")
        if wanted.get("secret") != self.secret:
            return _error(40125, "invalid appsecret")
        if wanted.get("force_refresh") or not self.access_given:
            self.end_access()
        return {"access_token": self.access_given[-1], "expires_in": self.access_seconds}

    def _tell_phone(self, access_token: str, code: str) -> dict[str, object]:
        if not self.access_given or access_token != self.access_given[-1]:
            return _error(40001, "invalid credential, access_token is invalid or not latest")
        found = self._phone_codes.get(code)
        if found is None:
            return _error(40029, "invalid code")
        self._phone_codes[code] = None
        number, country = found
        watermark = {"timestamp": int(time.time()), "appid": self.app_id}
        whole = number if country == "86" else f"+{country}{number}"
        info = {"phoneNumber": whole, "purePhoneNumber": number, "countryCode": country, "watermark": watermark}
        return {"errcode": 0, "errmsg": "ok", "phone_info": info}

    def _exchange(self, question: Mapping[str, str]) -> dict[str, object]:
        if question.get("appid") != self.app_id:
            return _error(40013, "invalid appid")
        if question.get("secret") != self.secret:
            return _error(40125, "invalid appsecret")
        if question.get("grant_type") != "authorization_code":
            return _error(40002, "invalid grant_type")
        code = question.get("js_code", "")
        if not code:
            return _error(41008, "missing code")
        if code not in self._codes:
            return _error(40029, "invalid code")
        person, self._codes[code] = self._codes[code], None
        if person is None:
            return _error(40163, "code been used")
        person.logins += 1
        if person.logins > LOGINS_A_MINUTE:
            return _error(45011, "api minute-quota reach limit  mustslower  retry next minute")
        if person.is_risky:
            return _error(40226, "code blocked")
        return {"session_key": base64.b64encode(person.key).decode(), "openid": person.openid}

    def _application(self) -> Application:
        return Application(
            [
                (r"/sns/jscode2session", JsCode2Session, {"wechat": self}),
                (r"/cgi-bin/stable_token", StableToken, {"wechat": self}),
                (r"/wxa/business/getuserphonenumber", GetUserPhoneNumber, {"wechat": self}),
                (r"/wxa/getwxacodeunlimit", GetWxaCodeUnlimit, {"wechat": self}),
                (r"/cgi-bin/message/subscribe/send", SubscribeSend, {"wechat": self}),
                (r"/stand-in/messages", Messages, {"wechat": self}),
                (r"/stand-in/grants", Grants, {"wechat": self}),
                (r"/stand-in/phone-codes", PhoneCodes, {"wechat": self}),
                (r"/stand-in/codes", Codes, {"wechat": self}),
                (r"/stand-in/weather", WeatherStation, {"wechat": self}),
            ],
            log_function=lambda handler: None,
        )


@contextmanager
def standing_in(io_loop: IOLoop) -> Iterator[WechatStandIn]:
    """On that loop, for as long as it is needed."""
    server = WechatStandIn()

    async def start() -> None:
        server.start()

    io_loop.run_sync(start)
    yield server
    io_loop.run_sync(server.stop)


def seal(content: bytes, key: bytes, iv: bytes | None = None) -> tuple[str, str]:
    """iv and content in base64, as WeChat seals: AES-128-CBC, PKCS#7."""
    padder = PKCS7(128).padder()
    return encrypt(padder.update(content) + padder.finalize(), key, iv)


def encrypt(blocks: bytes, key: bytes, iv: bytes | None = None) -> tuple[str, str]:
    """As `seal`, with the padding already there."""
    iv = iv or os.urandom(16)
    encryptor = Cipher(AES(key), CBC(iv)).encryptor()
    sealed = encryptor.update(blocks) + encryptor.finalize()
    return base64.b64encode(iv).decode(), base64.b64encode(sealed).decode()


def _error(errcode: int, errmsg: str) -> dict[str, object]:
    return {"errcode": errcode, "errmsg": f"{errmsg}, rid: {secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"}


class StandInHandler(RequestHandler):
    """Knows its stand-in."""

    def initialize(self, wechat: WechatStandIn) -> None:
        self.wechat = wechat


class JsCode2Session(StandInHandler):
    """Who a code belongs to."""

    async def get(self) -> None:
        question = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        status, body = await self.wechat.answer(question)
        self.set_status(status)
        self.set_header("Content-Type", "text/plain")  # as WeChat itself, though it is JSON
        self.write(body)


class StableToken(StandInHandler):
    """An access token for calls from server to server."""

    async def post(self) -> None:
        status, body = await self.wechat.answer_access(json.loads(self.request.body))
        self.set_status(status)
        self.write(body)


class GetUserPhoneNumber(StandInHandler):
    """Whose number the telephone button's code stands for."""

    async def post(self) -> None:
        code = json.loads(self.request.body)["code"]
        status, body = await self.wechat.answer_phone(self.get_query_argument("access_token", ""), code)
        self.set_status(status)
        self.write(body)


class GetWxaCodeUnlimit(StandInHandler):
    """A code that opens the mini-program."""

    async def post(self) -> None:
        status, body = await self.wechat.draw_code(self.get_query_argument("access_token", ""), json.loads(self.request.body))
        self.set_status(status)
        self.set_header("Content-Type", "image/png" if isinstance(body, bytes) else "application/json; encoding=utf-8")
        self.write(body)


class SubscribeSend(StandInHandler):
    """A subscribe message."""

    async def post(self) -> None:
        status, body = await self.wechat.send_message(self.get_query_argument("access_token", ""), json.loads(self.request.body))
        self.set_status(status)
        self.write(body)


class Messages(StandInHandler):
    """What was sent."""

    def get(self) -> None:
        self.write({"messages": self.wechat.messages})


class Grants(StandInHandler):
    """Somebody says yes to one more message."""

    class Wanted(Struct):
        openid: str
        template_id: str

    def post(self) -> None:
        wanted = msgspec.json.decode(self.request.body, type=self.Wanted)
        self.wechat.grants[wanted.openid, wanted.template_id] += 1


class PhoneCodes(StandInHandler):
    """Gives a code of the telephone button."""

    class Wanted(Struct):
        phone: str
        country: str = "86"

    def post(self) -> None:
        wanted = msgspec.json.decode(self.request.body, type=self.Wanted)
        self.write({"code": self.wechat.new_phone_code(wanted.phone, wanted.country)})


class Codes(StandInHandler):
    """Registers a user and hands over what their mini-program would send."""

    class Wanted(Struct):
        openid: str
        nickname: str = ""
        avatar: str = ""
        watermark_app_id: str | None = None

    def post(self) -> None:
        wanted = msgspec.json.decode(self.request.body, type=self.Wanted)
        person = self.wechat.register(wanted.openid, wanted.nickname, wanted.avatar)
        handed = self.wechat.hand_over(person, app_id=wanted.watermark_app_id)
        self.write({"code": handed.code, "iv": handed.iv, "encryptedData": handed.encrypted_data})


class WeatherStation(StandInHandler):
    """Changes the weather."""

    class Wanted(Struct):
        weather: Weather

    def put(self) -> None:
        self.wechat.change_weather(msgspec.json.decode(self.request.body, type=self.Wanted).weather)
        self.set_status(204)


async def serve(port: int, app_id: str, secret: str) -> None:
    """Runs until it is interrupted."""
    wechat = WechatStandIn(app_id, secret)
    wechat.start(port)
    print(f"WECHAT_API_BASE={wechat.url} WECHAT_APPID={app_id} WECHAT_SECRET={secret}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A stand-in for WeChat's server")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--app-id", default=APP_ID)
    parser.add_argument("--secret", default=SECRET)
    arguments = parser.parse_args()
    try:
        asyncio.run(serve(arguments.port, arguments.app_id, arguments.secret))
    except KeyboardInterrupt:
        pass

"""Tests of server/outside/wechat_support.py, with WeChat as a stand-in that takes replies."""
from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from tornado.ioloop import IOLoop
from tornado.web import Application, RequestHandler

from server.domain.errors import Unavailable
from server.domain.mall.community.support import PictureUnusable, RepliesSpent
from server.outside.wechat import WechatClient
from server.outside.wechat_support import WechatMessenger
from tests.outside.wechat import APP_ID, SECRET, WechatStandIn


class TakesReplies(WechatStandIn):
    """WeChat, as far as replies go. `errcode` is what it answers to the next ones."""

    def __init__(self) -> None:
        super().__init__()
        self.token = "access-1"
        self.errcode = 0
        self.sent: list[dict[str, object]] = []
        self.raw: list[bytes] = []

    def _application(self) -> Application:
        application = super()._application()
        about = {"wechat": self}
        application.add_handlers(
            ".*", [(r"/cgi-bin/message/custom/send", CustomSend, about), (r"/cgi-bin/media/upload", MediaUpload, about)]
        )
        return application


class Replies(RequestHandler):
    """Knows its stand-in."""

    def initialize(self, wechat: TakesReplies) -> None:
        self.wechat = wechat

    def find_errcode(self) -> int:
        return self.wechat.errcode if self.get_query_argument("access_token") == self.wechat.token else 40001


class CustomSend(Replies):
    """A reply to somebody."""

    def post(self) -> None:
        errcode = self.find_errcode()
        if not errcode:
            self.wechat.raw.append(self.request.body)
            self.wechat.sent.append(json.loads(self.request.body))
        self.write({"errcode": errcode, "errmsg": ""})


class MediaUpload(Replies):
    """A picture that is to be sent."""

    def post(self) -> None:
        errcode = self.find_errcode()
        (file,) = self.request.files["media"]
        if file.content_type != "image/jpeg" or self.get_query_argument("type") != "image":
            errcode = errcode or 40004
        self.write({"errcode": errcode} if errcode else {"type": "image", "media_id": f"{file.filename}:{len(file.body)}", "created_at": 1})


class Access:
    """Implements AccessKeeper: gives one token, and another once that was refused."""

    def __init__(self) -> None:
        self.token = "access-0"

    async def get_token(self) -> str:
        return self.token

    async def replace_token(self, refused: str) -> str:
        assert refused == self.token
        self.token = "access-1"
        return self.token


@pytest.fixture
def wechat(io_loop: IOLoop) -> Iterator[TakesReplies]:
    server = TakesReplies()

    async def start() -> None:
        server.start()

    io_loop.run_sync(start)
    yield server
    io_loop.run_sync(server.stop)


async def test_replies_are_brought_with_the_token_that_is_good_now(wechat: TakesReplies) -> None:
    client = WechatClient(APP_ID, SECRET, wechat.url)
    messenger = WechatMessenger(client, Access())
    await messenger.send_text("o-1", "您好 \N{GRINNING FACE}")
    await messenger.send_picture("o-1", b"\xff\xd8" + bytes(1000), "image/jpeg")
    assert wechat.sent == [
        {"touser": "o-1", "msgtype": "text", "text": {"content": "您好 \N{GRINNING FACE}"}},
        {"touser": "o-1", "msgtype": "image", "image": {"media_id": "picture.jpeg:1002"}},
    ]
    assert "您好".encode() in wechat.raw[0]  # WeChat shows what is written otherwise as it is written
    for errcode, error in ((45047, RepliesSpent), (45015, RepliesSpent), (40007, PictureUnusable), (-1, Unavailable), (48001, Unavailable)):
        wechat.errcode = errcode
        with pytest.raises(error):
            await messenger.send_text("o-1", "您好")
    wechat.errcode = 0
    with pytest.raises(PictureUnusable):
        await messenger.send_picture("o-1", b"RIFF", "image/webp")
    client.close()

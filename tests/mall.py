"""The mall asked over HTTP, as its clients do: forms in, `{code, msg, data}` out."""
from __future__ import annotations

from typing import Any

from server.bootstrap import Application
from server.domain.mall.ledger import Cause, Posting, Sums
from tests.api import Api

DOMAIN = "mall"


class Shopper:
    """Somebody at the mall; a guest without a token."""

    def __init__(self, api: Api, token: str = "", uid: int = 0):
        self._api = api
        self.token = token
        self.uid = uid

    @property
    def application(self) -> Application:
        return self._api.application

    async def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """The whole answer."""
        return await self.ask("GET", f"/{DOMAIN}{path}", query=self._with_token(parameters))

    async def post(self, path: str, **parameters: Any) -> dict[str, Any]:
        return await self.ask("POST", f"/{DOMAIN}{path}", form=self._with_token(parameters))

    async def ask(self, method: str, path: str, **about: Any) -> dict[str, Any]:
        """Any request. The mall says 200 to everything."""
        answer = await self._api.ask(method, path, **about)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json; charset=utf-8"), answer.body
        assert type(answer.json["code"]) is int and answer.json["msg"]
        return answer.json

    async def give(self, *, balance: int = 0, points: int = 0, growth: int = 0, key: str = "gift") -> None:
        """Fen, points and growth, by the ledger."""
        change = Sums(balance=balance, points=points, growth=growth)
        posting = Posting(user_id=self.uid, cause=Cause.ADJUSTMENT, key=f"{key}:{self.uid}", change=change)
        await self.application.services.mall.ledger.post(posting)

    def _with_token(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return {"token": self.token, **parameters} if self.token else parameters


async def sign_in(api: Api, name: str = "alice") -> Shopper:
    """A member of that name."""
    answer = await Shopper(api).post("/user/wxapp/authorize", code=name)
    assert answer["code"] == 0, answer
    return Shopper(api, answer["data"]["token"], answer["data"]["uid"])


def data_of(answer: dict[str, Any]) -> Any:
    """Of a success."""
    assert answer["code"] == 0, answer
    return answer["data"]

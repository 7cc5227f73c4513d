"""How clients of the PHP application ask."""
from __future__ import annotations

import json
from typing import Any

from tests.api import Api

PATH = "/index.php"


async def ask(api: Api, met: str, **parameters: Any) -> Any:
    """The data of a success."""
    answer = await api.get(PATH, query={"ctl": "GroupBuy", "met": met, "typ": "json", **parameters})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    reply = answer.json
    assert {**reply, "data": ...} == {"cmd_id": -140, "status": 200, "msg": "success", "data": ...}, reply
    return reply["data"]


async def refusal(api: Api, met: str, **parameters: Any) -> str:
    """The message of a failure."""
    answer = await api.get(PATH, query={"ctl": "GroupBuy", "met": met, "typ": "json", **parameters})
    assert answer.status == 200
    reply = answer.json
    assert {**reply, "msg": ...} == {"cmd_id": -140, "status": 250, "msg": ..., "data": []}, reply
    return reply["msg"]


def as_text(value: Any) -> str:
    """In the order of its fields; tells 1 from 1.0 and true, as `==` does not, and differs line by line."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def names(page_set: Any) -> list[str]:
    return [item["groupbuy_name"] for item in page_set["items"]]

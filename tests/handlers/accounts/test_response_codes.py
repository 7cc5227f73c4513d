"""general: what the codes mean."""
from __future__ import annotations

import pytest

from tests.api import Api

CODES = {
    "10001": "参数有误",
    "10003": "数据有误",
    "20001": "操作成功",
    "40001": "禁止访问",
    "40003": "权限不足",
    "40004": "查询为空",
    "40005": "请求过期",
    "50001": "操作失败",
}


async def test_the_document_s_table_is_told(api: Api) -> None:
    answer = await api.get("/api/response_code")
    assert answer.status == 200
    assert answer.json == {"code": 20001, "message": "操作成功", "data": CODES}


async def test_the_document_s_request_asks_for_all_of_them(api: Api) -> None:
    query = "10001=sed&10003=aut&20001=eveniet&40001=ipsam&40003=inventore&40004=est&40005=recusandae&50001=totam"
    assert (await api.get(f"/api/response_code?{query}")).data == CODES


@pytest.mark.parametrize("query", ["40004=x&10001=y", "10001=1&40004=1&12345=1&of=no+interest"])
async def test_given_some_of_the_codes_those_only_are_told(api: Api, query: str) -> None:
    assert (await api.get(f"/api/response_code?{query}")).data == {"10001": "参数有误", "40004": "查询为空"}


async def test_english_readers_are_told_in_english(api: Api) -> None:
    answer = await api.get("/api/response_code?40004=x", headers={"Accept-Language": "en"})
    assert answer.data == {"40004": "Nothing was found"}

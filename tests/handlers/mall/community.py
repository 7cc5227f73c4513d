"""What the staff puts up for members to do, and moves that tests of it repeat."""
from __future__ import annotations

from typing import Any

from server.composition.mall import build_mall_audit
from server.domain.accounts.users import User
from tests.api import Api
from tests.handlers.mall.ordering import OPS


async def put_up(api: Api, operator: User, noun: str, **terms: Any) -> dict[str, Any]:
    """One more of them."""
    answer = await api.post(f"{OPS}/{noun}", as_user=operator, json=terms)
    assert answer.status in (200, 201), answer.body
    return dict(answer.data)


async def look_at(api: Api, operator: User, noun: str, id: int) -> dict[str, Any]:
    return dict((await api.get(f"{OPS}/{noun}/{id}", as_user=operator)).data)


async def find_problems(api: Api) -> list[str]:
    """What the audit of the mall finds."""
    found = await build_mall_audit(api.application.stores.mall, api.application.clock).audit()
    return [str(one) for one in found.findings]

"""The server keeps what its own description says, whatever it is sent."""
from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
import schemathesis
from schemathesis.engine import events, from_schema

from server.config import Config
from server.domain.accounts.users import Role, User
from tests.api import Api
from tests.builders import Goods, make_group, make_user
from tests.mall import sign_in

SEED = 1
EXAMPLES = 5  # random ones for each operation, beside the bounds of every field that are always tried
TRIAL_SECONDS = 18  # on a slow machine the last random ones are left out
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
WHOLE, WHOLE_SECONDS = "bidding", 50  # of this part every operation has to succeed once: it is tried to its end
# A request that ends the token it came with has to be the last; these are tried apart.
ENDS_TOKENS = r"/(api/(auth/(refresh|logout)|user/password)|mall/user/(loginout|delete))"

# part of the API → who asks
PARTS: dict[str, tuple[str, Sequence[Role]]] = {
    "bidding": (r"^/api/(banners|group|wechat|auth/(login|me)|live)", ()),
    "tokens": (rf"^{ENDS_TOKENS}", ()),
    "accounts": (r"^/api/(auth|captchas|response_code|user|avatars|regions|ops/accounts)", (Role.ADMIN,)),
    "mall": (r"^/mall/", ()),
    "groupbuy": (r"^/(index\.php|api/ops/(groupbuy|log))", (Role.OPERATOR,)),
    "sale": (r"^/api/ops/auctions", (Role.OPERATOR,)),
    "staff": (r"^/api/ops/mall", (Role.OPERATOR,)),
    "aftersale": (r"^/api/(settlements|second-offers)", ()),
    "reminders": (r"^/api/(reminders|ops/auctions/reminders)", ()),
    "proof": (r"^/api/(keys|proof)", ()),
    "door": (r"^/api/ops/auth", (Role.ADMIN,)),
    "machines": (r"^/(openapi\.json|livez|readyz)", ()),
}


@dataclass
class Trial:
    """What came of it: the operations that succeeded at least once, and everything that was not as described."""

    tried: set[str] = field(default_factory=set)
    succeeded: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def note(self, event: events.EngineEvent) -> None:
        if isinstance(event, events.ScenarioFinished):
            recorder = event.recorder
            self.tried.add(recorder.label)
            answers = [one.response for one in recorder.interactions.values() if one.response is not None]
            # 204 is the answer to OPTIONS, which is tried too.
            if any(200 <= answer.status_code < 300 and answer.status_code != 204 for answer in answers):
                self.succeeded.add(recorder.label)
            for checks in recorder.checks.values():
                found = [check.failure_info for check in checks if check.failure_info is not None]
                self.faults += [f"{recorder.label}: {one.failure.title}: {one.failure.message}\n{one.code_sample}" for one in found]
        elif isinstance(event, events.NonFatalError):
            self.faults.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            self.faults.append(repr(event.exception))


def try_out(url: str, token: str, path: str, *, but: str | None, seconds: float = TRIAL_SECONDS) -> Trial:
    """Tries every operation of these paths over HTTP, with good and bad input, the same ones each time, for so long at most."""
    config = schemathesis.Config.from_dict(
        {
            "seed": SEED,
            "base-url": url,
            "headers": {"Authorization": f"Bearer {token}"},
            "generation": {"mode": "all", "max-examples": EXAMPLES, "deterministic": True},
            "cache": {"enabled": False},
            "checks": {"enabled": False, **{check: {"enabled": True} for check in CHECKS}},
            "phases": {"stateful": {"enabled": False}},
            "parameters": {"wait": 0.05},  # seconds; a trial does not hold on for 25
        }
    )
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config).include(path_regex=path)
    trial, deadline = Trial(), time.monotonic() + seconds
    stream = from_schema(schema.exclude(path_regex=but) if but else schema).execute()
    for event in stream:
        trial.note(event)
        if time.monotonic() > deadline:
            stream.stop()
    return trial


async def mall_token(api: Api, caller: User) -> str:
    """Of the same person at the mall."""
    return (await sign_in(api, caller.nickname)).token


@pytest.fixture
def config(config: Config) -> Config:
    """A user may ask as often as the trial wants."""
    return replace(config, bids_per_second_per_user=100_000)


@pytest.mark.parametrize("part", PARTS)
async def test_every_answer_is_as_described(api: Api, part: str) -> None:
    path, roles = PARTS[part]
    await make_group(api.application, Goods(id=145, low_price=1, top_price=2**53 - 1), Goods(id=146), id=7)
    caller, rival = await make_user(api.application, "Alice", roles=roles), await make_user(api.application, "Bob")
    for user, price in ((caller, 1), (rival, 2)):
        await api.post("/api/group", as_user=user, json={"goods_id": 145, "group_id": 7, "price": price})
    but = None if part == "tokens" else ENDS_TOKENS
    token = api.token_of(caller) if part != "mall" else await mall_token(api, caller)
    seconds = WHOLE_SECONDS if part == WHOLE else TRIAL_SECONDS
    trial = await asyncio.to_thread(try_out, api.url, token, path, but=but, seconds=seconds)
    assert trial.faults == []
    assert trial.tried
    if part == WHOLE:
        assert trial.tried - trial.succeeded == set()

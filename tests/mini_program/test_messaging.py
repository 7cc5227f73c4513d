"""Messages by WeChat, by the SDK's functions."""
from __future__ import annotations

from tests.api import Api
from tests.mini_program.sdk import Sdk
from tests.mini_program.test_window import sign_in


async def test_messages_are_asked_for(sdk: Sdk, api: Api) -> None:
    alice = await sign_in(sdk, api)
    await sdk.data_of("addTempleMsgFormid", alice.token, "form", "a-form-id")
    words = {"module": "immediately", "type": 0, "template_id": "tpl", "postJsonString": '{"thing1":{"value":"好"}}'}
    await sdk.data_of("sendTempleMsg", token=alice.token, **words)

"""The reference of the mall: its chapters in the document's order, and every example on it run as it stands there."""
from __future__ import annotations

import asyncio
import json
import shlex
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page

from handlers import mall
from tests.belongings import picture
from tests.processes.server import ServerProcess

PATIENCE_MS = 60_000
UNDERSTOOD_BADLY = {300, 404, 405, 600, 601, 2000}  # codes that say that a request was none
SHOWN = """() => [...document.querySelectorAll('details.endpoint[id^="mall-get-"], details.endpoint[id^="mall-post-"]')].map((one) => ({
  chapter: one.closest('section').querySelector('h2').textContent,
  method: one.querySelector('.endpoint__method').textContent,
  path: one.querySelector('.endpoint__path').textContent,
  request: one.querySelector('.sample__text')?.textContent ?? null,
}))"""
# What is told of things that are not there, or were not set up; an operation that is not there is told otherwise.
ROWS = mall.DOCUMENT.dialect.failures()
NOT_THERE = {row.zh for row in ROWS.values() if row.error == "404"}
ON_THE_WEB = "/mall/dfs/upload/url"  # whose picture is wherever the reader has one
OPEN = "() => document.querySelectorAll('details.endpoint[id^=\"mall-\"]').forEach((one) => { one.open = true; })"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path / "data", workers=1)
    process.launch()
    # In a thread of its own: the browser's driver runs a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, process.wait_until_ready()).result()
    yield process
    process.stop()


def read_reference(page: Page) -> list[dict[str, str]]:
    page.locator("details.endpoint").first.wait_for()
    page.evaluate(OPEN)
    page.wait_for_function(f"() => ({SHOWN})().every((one) => one.request !== null)", polling=500)
    return page.evaluate(SHOWN)


def test_the_malls_operations_stand_in_its_own_order_with_examples_that_run(browser: Browser, server: ServerProcess) -> None:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{server.url}/docs")
    shown = read_reference(page)
    titles = list(dict.fromkeys(one["chapter"].removesuffix(" (mall)") for one in shown))
    headings = mall.DOCUMENT.headings()
    assert titles == [title for title, _ in headings]
    assert [(one["method"], one["path"]) for one in shown] == [
        (route.method, path.replace("{domain}", "mall")) for _, routes in headings for path, route in routes
    ]
    misunderstood = []
    for one in shown:
        answer = run(one["request"], sign_in(server))
        code, text = (0, "") if answer is None else (answer["code"], answer["msg"])
        is_bad = code in UNDERSTOOD_BADLY and text not in NOT_THERE or text == ROWS[Exception].zh
        if is_bad and one["path"] != ON_THE_WEB:
            misunderstood.append((one["path"], one["request"], answer))
    assert misunderstood == []


def sign_in(server: ServerProcess) -> str:
    """Anew: some examples end the token that they are asked with."""
    asked = Request(f"{server.url}/mall/user/wxapp/authorize", data=b"code=zhangsan")
    with urlopen(asked) as answer:
        return json.load(answer)["data"]["token"]


def run(command: str, token: str) -> Any:
    """What curl does with it; the answer's JSON, or None where that is none."""
    words = shlex.split(command.replace("\\\n", " ").replace("TOKEN", token))
    assert words[0] == "curl"
    options = [name for name in words if name in ("-G", "-X", "-F", "--data-urlencode")]
    given = [word for before, word in zip(words, words[1:]) if before in ("-F", "--data-urlencode")]
    pairs = {name: value for name, _, value in (word.partition("=") for word in given)}
    url = next(word for word in words if word.startswith("http"))
    body: bytes | None = None
    headers: dict[str, str] = {}
    if "-F" in options:
        body, headers = _multipart(pairs)
    elif "-G" in options:
        url += "?" + urlencode(pairs)
    elif pairs or "-X" in options:
        body = urlencode(pairs).encode()
    with urlopen(Request(url, data=body, headers=headers)) as answer:
        content = answer.read()
    return json.loads(content) if content.startswith(b"{") else None


def _multipart(pairs: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    mark, parts = uuid.uuid4().hex, []
    for name, value in pairs.items():
        is_file = value.startswith("@")
        told = f'Content-Disposition: form-data; name="{name}"' + ('; filename="1.png"' if is_file else "")
        parts.append(f"--{mark}\r\n{told}\r\n\r\n".encode() + (picture() if is_file else value.encode()) + b"\r\n")
    return b"".join(parts) + f"--{mark}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={mark}"}

"""A site of another origin in a real browser: signs in over REST, bids, and falls back from the socket to stream and poll."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from tornado.httpclient import AsyncHTTPClient

from tests.browser.bidders import apart
from tests.browser.chromium import PATIENCE_MS
from tests.processes.server import ROOT, ServerProcess

pytestmark = pytest.mark.browser

GOODS_ID = 145

# What the other site's own script does, with its own copy of the live client.
SCRIPT = """
import { LiveClient } from '/js/live.js';

const api = new URLSearchParams(location.search).get('api');

window.ask = async (method, path, { body, headers } = {}) => {
  const sent = body ? { 'Content-Type': 'application/json', ...headers } : headers;
  const answer = await fetch(api + path, { method, headers: sent, body: body && JSON.stringify(body), cache: 'no-store' });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
};

window.listen = async (token, transports) => {
  const prices = [];
  const until = (found) => new Promise((resolve) => {
    const look = () => (found() ? resolve() : setTimeout(look, 20));
    look();
  });
  const live = new LiveClient({
    url: api,
    token,
    ...transports,
    onEvent: ({ type, price }) => type === 'price' && prices.push(price),
    onState: (_, { state }) => state?.forEach(({ price }) => prices.push(price)),
  });
  live.subscribe('group:7');
  live.subscribe('me');
  live.start();
  await until(() => live.status.via);
  return { live, until, prices, via: live.status.via };
};

window.bidAndHear = async (token, price, transports) => {
  const { live, until, prices, via } = await window.listen(token, transports);
  const { participation } = await live.bid({ goods_id: 145, group_id: 7, price });
  await until(() => prices.includes(price));
  live.stop();
  return { via, price: participation.price };
};

window.isReady = true;
"""


class OwnSite(SimpleHTTPRequestHandler):
    """The other site: its page, its script, and its copy of our client."""

    def do_GET(self) -> None:
        if self.path.startswith("/js/"):
            super().do_GET()
            return
        content = f"<!doctype html><script type=module>{SCRIPT}</script>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Nothing."""


def serve_site() -> Iterator[str]:
    site = ThreadingHTTPServer(("127.0.0.1", 0), partial(OwnSite, directory=str(ROOT / "static")))
    thread = threading.Thread(target=site.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{site.server_port}"
    site.shutdown()
    thread.join()
    site.server_close()


own_site = pytest.fixture(scope="module")(serve_site)
strange_site = pytest.fixture(scope="module")(serve_site)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, own_site: str) -> Iterator[ServerProcess]:
    """Knows the one site and not the other."""
    process = ServerProcess(tmp_path_factory.mktemp("origins") / "data", workers=1, settings={"PUBLIC_ORIGINS": own_site})
    process.launch()

    async def prepare() -> None:
        await process.wait_until_ready()
        await process.open_group(low_price=20000, top_price=40000, step=10)
        AsyncHTTPClient().close()

    apart(prepare)
    yield process
    process.stop()


def visit(browser: Browser, site: str, server: ServerProcess) -> Page:
    page = browser.new_context().new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{site}/?api={server.url}")
    page.wait_for_function("window.isReady")
    return page


def sign_in(page: Page, nickname: str) -> str:
    return page.evaluate(
        """async (code) => JSON.parse((await ask('POST', '/api/auth/login', { body: { code } })).text).data.access_token""", nickname
    )


def test_a_page_of_a_configured_origin_signs_in_and_falls_back_from_the_socket(
    browser: Browser, own_site: str, server: ServerProcess
) -> None:
    page = visit(browser, own_site, server)
    token = sign_in(page, "Alice")
    hear = "([token, price]) => bidAndHear(token, price, {})"
    assert page.evaluate(hear, [token, 20000]) == {"via": "socket", "price": 20000}

    page.evaluate("() => { window.WebSocket = class { constructor() { throw new Error('no sockets in this network'); } }; }")
    assert page.evaluate(hear, [token, 20010]) == {"via": "stream", "price": 20010}

    found = page.evaluate(
        """async ([token, price]) => {
          const { browserTransports } = await import('/js/live.js');
          return bidAndHear(token, price, { ...browserTransports(), openStream: null });
        }""",
        [token, 20020],
    )
    assert found == {"via": "poll", "price": 20020}


def test_its_script_reads_what_clients_go_by(browser: Browser, own_site: str, server: ServerProcess) -> None:
    page = visit(browser, own_site, server)
    ask = "([method, path, about]) => ask(method, path, about)"
    price = f"/api/group/current/price/{GOODS_ID}"
    first = page.evaluate(ask, ["GET", price, {}])
    assert first["status"] == 200 and first["headers"]["etag"]
    again = page.evaluate(ask, ["GET", price, {"headers": {"If-None-Match": first["headers"]["etag"]}}])
    assert (again["status"], again["text"]) == (304, "")
    refused = page.evaluate(ask, ["PUT", "/api/user_profiles/1", {"body": {"name": "x"}, "headers": {"X-Request-Id": "mine"}}])
    assert refused["status"] == 401
    assert (refused["headers"]["x-request-id"], refused["headers"]["www-authenticate"]) == ("mine", "Bearer")
    assert page.evaluate(ask, ["DELETE", "/api/auth/logout", {"headers": {"Authorization": "Bearer x"}}])["status"] == 401
    wrong = page.evaluate(ask, ["POST", "/api/live/stream", {"body": {}}])
    assert (wrong["status"], wrong["headers"]["allow"]) == (405, "GET, OPTIONS")


def test_a_page_of_another_origin_reads_nothing(browser: Browser, strange_site: str, server: ServerProcess) -> None:
    page = visit(browser, strange_site, server)
    tried = """([method, path, about]) => ask(method, path, about).then(() => 'answered', (error) => error.name)"""
    for method, path, about in (
        ("GET", "/api/banners", {}),
        ("GET", f"/api/group/current/price/{GOODS_ID}", {}),
        ("POST", "/api/auth/login", {"body": {"code": "Mallory"}}),
        ("GET", "/api/live/stream?channels=group:7", {}),
    ):
        assert page.evaluate(tried, [method, path, about]) == "TypeError", path

"""The files in deploy/ speak of series, settings and paths that there are, and nginx's settings do what they say."""
from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tornado.ioloop import IOLoop

from server.bootstrap import Application
from server.config import Config
from tests.api import Api
from tests.builders import make_goods, make_user
from tests.clock import HandClock
from tests.numbers import Numbers, read_numbers
from tests.processes.server import free_port
from tests.realtime.listening import Listener
from tests.realtime.raw import RawSocket

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))  # where Debian keeps nginx
NGINX, PROMTOOL = shutil.which("nginx", path=PATH), shutil.which("promtool", path=PATH)
CLIENT = "203.0.113.5"

needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")


class Asked(dict[str, str]):
    """An environment that notes which names it is asked for."""

    def __init__(self, **given: str):
        super().__init__(given)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def known_settings() -> set[str]:
    asked = Asked()
    Config.from_environment(asked)
    return asked.names


def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "docker-compose.yml").read_text())


def server_environment() -> dict[str, str]:
    """What the server is given, with x for every secret and the default of everything else."""
    given = compose()["services"]["server"]["environment"]
    return {name: re.sub(r"\$\{\w+(?::-(\w*)|:\?)?\}", lambda found: found[1] or "x" * 40, str(text)) for name, text in given.items()}


def alert_expressions() -> list[str]:
    groups = yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def board_expressions() -> list[str]:
    board = json.loads((DEPLOY / "grafana/auction.json").read_text())
    expressions = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    expressions += [annotation["expr"] for annotation in board["annotations"]["list"]]
    return expressions + [f"{found}" for found in re.findall(r"label_values\((\w+),", json.dumps(board))]


def series_in(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each series of an expression with the labels it is chosen by."""
    for name, chosen in re.findall(r"\b((?:auction|process|python)_\w+)(\{[^}]*\})?", expression):
        yield name, set(re.findall(r"(\w+)\s*=?[=!~]", chosen))


# What the files say


@pytest.fixture
def numbers(io_loop: IOLoop, api: Api) -> Numbers:
    """Of an application in which a little of everything has happened."""

    async def live() -> Numbers:
        lot = await make_goods(api.application)
        await api.bid(await make_user(api.application), lot, 20000)
        listener = await Listener.open(api.url)
        cursor = (await listener.ask("subscribe", channel=f"group:{lot.group_id}"))["cursor"]
        await listener.ask("subscribe", channel=f"group:{lot.group_id}", cursor=cursor)
        await listener.close()
        while api.application.live.hub.sessions:
            await asyncio.sleep(0)
        await api.get("/livez")
        return await read_numbers(api)

    return io_loop.run_sync(live)


@pytest.mark.parametrize("expressions", [alert_expressions, board_expressions])
def test_alerts_and_board_speak_of_series_that_there_are(numbers: Numbers, expressions: Callable[[], list[str]]) -> None:
    spoken_of = [series for expression in expressions() for series in series_in(expression)]
    assert len(spoken_of) > 15
    for name, labels in spoken_of:
        assert name in numbers.names
        assert labels - {"job"} <= set().union(*(labels.keys() for labels in numbers.labels(name))), name


def test_compose_gives_the_server_settings_that_it_knows_and_can_start_with() -> None:
    environment = server_environment()
    assert environment.keys() <= known_settings()
    config = Config.from_environment(environment).with_secret()
    assert config.is_production and not config.has_embedded_services


def test_the_files_tell_of_no_setting_that_there_is_not() -> None:
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", (DEPLOY / "nginx.conf").read_text() + (DEPLOY / "prometheus.yml").read_text()))
    assert named == {"TRUSTED_PROXIES", "METRICS_PORT"}
    assert named <= known_settings()


def test_what_compose_asks_for_is_listed_to_be_filled_in() -> None:
    listed = set(re.findall(r"^(\w+)=", (DEPLOY / ".env.example").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?<!\$)\$\{(\w+)", (DEPLOY / "docker-compose.yml").read_text())) == listed


def test_nginx_is_the_one_proxy_that_is_trusted_and_finds_the_server() -> None:
    services = compose()["services"]
    environment = server_environment()
    assert services["nginx"]["networks"]["front"]["ipv4_address"] == environment["TRUSTED_PROXIES"]
    assert f"server server:{environment['PORT']}" in (DEPLOY / "nginx.conf").read_text()


def test_prometheus_asks_every_worker() -> None:
    environment = server_environment()
    [job] = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())["scrape_configs"]
    first, workers = int(environment["METRICS_PORT"]), int(environment["WORKERS"])
    assert job["static_configs"][0]["targets"] == [f"server:{first + index}" for index in range(workers)]


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_alerts_are_raised_when_they_should(tmp_path: Path) -> None:
    run(str(PROMTOOL), "check", "config", str(DEPLOY / "prometheus.yml"))
    run(str(PROMTOOL), "test", "rules", str(DEPLOY / "alerts_test.yml"))


@needs_promtool
def test_the_board_asks_questions_that_prometheus_understands(tmp_path: Path) -> None:
    asked = [expression.replace("$__rate_interval", "1m").replace("$worker", ".*") for expression in board_expressions()]
    rules = [{"record": f"asked:{number}", "expr": expression} for number, expression in enumerate(asked)]
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": rules}]}))
    run(str(PROMTOOL), "check", "rules", str(path))


# Behind nginx


@pytest.fixture
def behind(io_loop: IOLoop, config: Config, clock: HandClock, tmp_path: Path) -> Iterator[Api]:
    """The application behind a real nginx with our settings; `url` is nginx's."""
    built = Application(replace(config, trusted_proxies=("127.0.0.1",)), clock)
    io_loop.run_sync(built.start)
    asking = Api(built)
    text = (DEPLOY / "nginx.conf").read_text()
    port = free_port()
    for ours, here in (("server:8888", f"127.0.0.1:{asking.port}"), ("listen 8080", f"listen 127.0.0.1:{port}"), ("/tmp/", f"{tmp_path}/")):
        assert ours in text
        text = text.replace(ours, here)
    (tmp_path / "nginx.conf").write_text(text.replace("worker_processes auto", "worker_processes 1"))
    # Started by root, nginx would go on as a user who may not write here.
    directives = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    command = [str(NGINX), "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-e", "stderr", "-g", directives]
    with open(tmp_path / "log", "wb") as log:
        nginx = subprocess.Popen(command, stderr=log)
    asking.port = port
    io_loop.run_sync(lambda: until_listening(asking, nginx, tmp_path / "log"))
    yield asking
    nginx.terminate()
    nginx.wait(10)
    io_loop.run_sync(built.drain)
    io_loop.run_sync(built.stop)
    io_loop.run_sync(asking.close)


async def until_listening(api: Api, nginx: subprocess.Popen[bytes], log: Path) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                assert (await api.get("/livez")).status == 200
                return
            except OSError:
                assert nginx.poll() is None, log.read_text()
                await asyncio.sleep(0.02)


@needs_nginx
async def test_a_socket_through_nginx_is_fed_and_keeps_its_clients_address(behind: Api) -> None:
    lot = await make_goods(behind.application)
    listener = await Listener.open(behind.url, additional_headers={"X-Forwarded-For": "198.51.100.1"}, origin=behind.url)
    await listener.ask("subscribe", channel=f"group:{lot.group_id}")
    [session] = behind.application.live.hub.sessions
    assert session.address == "198.51.100.1"  # nginx and its client are both on this machine, so the client is a proxy too
    await behind.bid(await make_user(behind.application), lot, 20000)
    await listener.until_price(20000)
    await listener.send("no command")
    assert (await listener.until_closed())[0] == 4022


@needs_nginx
async def test_events_come_through_nginx_as_they_happen(behind: Api) -> None:
    lot = await make_goods(behind.application)
    raw = await RawSocket.connect(behind)
    await raw.send(f"GET /api/live/stream?channels=group:{lot.group_id} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert b"text/event-stream" in await raw.read_until(b"\r\n\r\n")
    assert b'"state"' in await raw.read_until(b"\n\n")
    for price in (20000, 20001):
        await behind.bid(await make_user(behind.application, str(price)), lot, price)
        assert f'"price":{price}'.encode() in await raw.read_until(b"\n\n")
    await raw.close()


@needs_nginx
async def test_nginx_reuses_its_connections_and_hides_the_numbers(behind: Api) -> None:
    for _ in range(20):
        assert (await behind.get("/livez")).status == 200
    assert len(behind._server._connections) == 1
    operator = await make_user(behind.application)
    assert (await behind.get("/metrics", as_user=operator)).status == 404
    assert (await behind.get("/ws")).status == 400  # no upgrade: the server's own answer


@needs_nginx
async def test_a_body_that_is_too_long_is_refused_in_our_words(behind: Api) -> None:
    alice = await make_user(behind.application)
    answer = await behind.post("/api/group", as_user=alice, body=b" " * 2**20, headers={"Content-Type": "application/json"})
    assert (answer.status, answer.json["error"]) == (422, "invalid_input")

"""The files in deploy/ speak of series, settings and paths that there are, and nginx's settings do what they say."""
from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.message import Message
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tornado.ioloop import IOLoop

from server.config import Config
from server.domain.accounts.users import Role
from server.web.forwarded import Proxies
from tests.api import Api, serving
from tests.builders import make_goods, make_user
from tests.clock import HandClock
from tests.numbers import Numbers, read_numbers
from tests.processes.server import free_port, free_ports
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
    asked = re.compile(r"\$\{\w+(?::-(\w*)|:\?)?\}")
    return {name: asked.sub(lambda found: found[1] if ":-" in found[0] else "x" * 40, str(text)) for name, text in given.items()}


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


MAKE_ENV = DEPLOY / "make-env"


def make_env(folder: Path) -> dict[str, str]:
    path = folder / ".env"
    run(str(MAKE_ENV), "wx0123456789abcdef", "0123456789abcdef0123456789abcdef", str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    return dict(re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE))


def test_the_script_makes_whatever_compose_asks_for(tmp_path: Path) -> None:
    settings = make_env(tmp_path)
    text = (DEPLOY / "docker-compose.yml").read_text()
    # BUILD is another at each build.
    assert set(re.findall(r"(?<!\$)\$\{(\w+)", text)) == settings.keys() | {"BUILD"}
    required = set(re.findall(r"(?<!\$)\$\{(\w+):\?", text))
    assert {name for name in required if not settings[name]} == set()
    secrets = [text for name, text in settings.items() if name.endswith(("_SECRET", "_PASSWORD", "_KEY")) and name != "WECHAT_SECRET"]
    assert len({*secrets}) == len(secrets) == 6
    assert all(re.fullmatch("[0-9a-f]{64}", secret) for secret in secrets)


def test_the_script_leaves_what_is_there_alone(tmp_path: Path) -> None:
    before = make_env(tmp_path)
    again = subprocess.run([MAKE_ENV, "wx1", "secret", tmp_path / ".env"], capture_output=True, text=True, timeout=60)
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert dict(re.findall(r"^(\w+)=(.*)$", (tmp_path / ".env").read_text(), re.MULTILINE)) == before
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
    assert subprocess.run([MAKE_ENV], capture_output=True, timeout=60).returncode == 2


def test_of_several_at_once_one_script_makes_the_secrets(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    running = [subprocess.Popen([MAKE_ENV, f"wx{number}", "secret", path], stderr=subprocess.DEVNULL) for number in range(8)]
    statuses = [one.wait(60) for one in running]
    assert sorted(statuses) == [0] + [1] * 7
    assert f"WECHAT_APPID=wx{statuses.index(0)}\n" in path.read_text()


@pytest.mark.parametrize("given", [("wx1", ""), ("", "secret"), ("wx1", "a$b"), ("wx 1", "secret")])
def test_the_script_takes_nothing_that_compose_would_read_otherwise(tmp_path: Path, given: tuple[str, str]) -> None:
    assert subprocess.run([MAKE_ENV, *given, tmp_path / ".env"], capture_output=True, timeout=60).returncode == 1
    assert [*tmp_path.iterdir()] == []


def test_the_readme_tells_how_to_start_it() -> None:
    readme = (DEPLOY.parent / "README.md").read_text()
    assert "deploy/make-env wx" in readme
    assert "docker compose -f deploy/docker-compose.yml up" in readme
    for name in re.findall(r"^ +([A-Z_]+)=\S+ .*docker compose", readme, re.MULTILINE):
        raise AssertionError(f"{name} comes from the script")


def test_the_network_of_nginx_is_trusted_and_its_gateway_is_not() -> None:
    services, networks = compose()["services"], compose()["networks"]
    [addresses] = networks["front"]["ipam"]["config"]
    proxies = Proxies([server_environment()["TRUSTED_PROXIES"]])
    assert server_environment()["TRUSTED_PROXIES"] == addresses["ip_range"]
    assert proxies.are_trusted("172.30.88.130") and not proxies.are_trusted(addresses["gateway"])
    for name in ("nginx", "server"):  # an address of its own would allow one of them only
        assert "front" in services[name]["networks"] and isinstance(services[name]["networks"], list)
    assert f"server server:{server_environment()['PORT']} resolve" in (DEPLOY / "nginx.conf").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to another user, as the container's start does")
def test_a_member_of_the_replica_set_starts_again_with_its_key(tmp_path: Path) -> None:
    [_, _, script] = compose()["services"]["mongodb-2"]["entrypoint"]
    folder = tmp_path / "replica-set"
    changes = {"/run/replica-set": str(folder), "mongodb:mongodb": "nobody:nogroup", "$$": "$", "exec docker-entrypoint.sh": "echo"}
    for ours, here in changes.items():
        assert ours in script
        script = script.replace(ours, here)
    for key in ("first", "second"):
        run("env", f"MONGODB_KEY={key}", "bash", "-ec", script)
        assert ((folder / "key").read_text(), (folder / "key").stat().st_mode & 0o777) == (key, 0o400)
    # Where others may write, fs.protected_regular would refuse the second start.
    assert folder.stat().st_mode & 0o1022 == 0


def test_prometheus_asks_every_worker() -> None:
    environment = server_environment()
    [job] = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())["scrape_configs"]
    first, workers = int(environment["METRICS_PORT"]), int(environment["WORKERS"])
    asked = [(one["names"], one["type"], one["port"]) for one in job["dns_sd_configs"]]
    assert asked == [(["server"], "A", first + index) for index in range(workers)]


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


@contextmanager
def nginx(folder: Path, server_port: int, port: int, changes: Sequence[tuple[str, str]] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """A real one with our settings, on that port; what it tells is in `folder / "log"`."""
    text = (DEPLOY / "nginx.conf").read_text()
    here = (
        ("server:8888 resolve", f"127.0.0.1:{server_port}"),  # what Debian's nginx does not know yet
        ("listen 8080", f"listen 127.0.0.1:{port}"),
        ("/tmp/", f"{folder}/"),
        ("worker_processes auto", "worker_processes 1"),
    )
    for ours, instead in (*here, *changes):
        assert ours in text
        text = text.replace(ours, instead)
    (folder / "nginx.conf").write_text(text)
    # Started by root, nginx would go on as a user who may not write here.
    directives = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    command = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr", "-g", directives]
    with open(folder / "log", "ab") as log:
        process = subprocess.Popen(command, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def ask(port: int, path: str, *, language: str = "en", tls: ssl.SSLContext | None = None) -> tuple[int, Message, bytes]:
    """The answer to a GET, once nginx listens."""
    deadline = time.monotonic() + 10
    while True:
        connection = HTTPSConnection("127.0.0.1", port, context=tls, timeout=5) if tls else HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path, headers={"Accept-Language": language})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        finally:
            connection.close()


@pytest.fixture
def behind(io_loop: IOLoop, config: Config, clock: HandClock, tmp_path: Path) -> Iterator[Api]:
    """The application behind nginx; `url` is nginx's."""
    with serving(io_loop, replace(config, trusted_proxies=("127.0.0.1",)), clock) as asking:
        server_port, asking.port = asking.port, free_port()
        with nginx(tmp_path, server_port, asking.port) as process:
            io_loop.run_sync(lambda: until_listening(asking, process, tmp_path / "log"))
            yield asking


async def until_listening(api: Api, process: subprocess.Popen[bytes], log: Path) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                assert (await api.get("/livez")).status == 200
                return
            except OSError:
                assert process.poll() is None, log.read_text()
                await asyncio.sleep(0.02)


async def until_logged(folder: Path, words: str, *, times: int) -> str:
    """All that nginx told; it tells of a request after its client was answered."""
    async with asyncio.timeout(10):
        while (log := (folder / "log").read_text()).count(words) < times:
            await asyncio.sleep(0.02)
        return log


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
        while f'"price":{price}'.encode() not in await raw.read_until(b"\n\n"):
            pass  # a look may tell a price once more
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


@needs_nginx
async def test_a_body_that_nginx_refuses_is_refused_in_our_words_too(behind: Api) -> None:
    answer = await behind.post("/api/group", body=b" " * (2 * 2**20 + 1), headers={"Content-Type": "application/json"})
    assert (answer.status, answer.json["error"]) == (422, "invalid_input")


@needs_nginx
async def test_what_operators_upload_comes_through_nginx_as_large_as_the_server_takes_it(behind: Api) -> None:
    operator = await make_user(behind.application, "Olive", roles=[Role.ADMIN])
    plan = "issue=31&start_at=2099-01-01 20:00:00&end_at=2099-01-01 22:00:00&name=a.csv".replace(" ", "%20")
    for path in ("pictures", f"auctions/imports?{plan}", "mall/goods/import/preview", "mall/goods/import", "mall/day/wechat-bill"):
        answer = await behind.post(f"/api/ops/{path}", as_user=operator, body=b" " * (3 * 2**20), headers={"Content-Type": "text/csv"})
        assert "body" not in answer.json["data"], (path, answer.body)


@needs_nginx
async def test_with_the_server_away_clients_are_told_in_our_words_and_no_log_has_what_they_sent(behind: Api, tmp_path: Path) -> None:
    behind._server.stop()
    await behind._server.close_all_connections()
    for language, words in (("zh-CN", "服务暂时不可用"), ("en-GB", "Temporarily unavailable")):
        headers = {"Accept-Language": language}
        answer = await behind.ask("PUT", "/api/user/password/seqa", query={"oldPassword": "geheim-1234"}, headers=headers)
        assert (answer.status, answer.json["code"], answer.json["error"]) == (503, 0, "unavailable")
        assert answer.json["message"].startswith(words)
        assert answer.headers["Retry-After"] and answer.headers["Content-Type"].startswith("application/json")
    log = await until_logged(tmp_path, " PUT 503, upstream 127.0.0.1:", times=2)
    assert "geheim" not in log and "password" not in log


@needs_nginx
def test_without_connections_left_nginx_answers_in_our_words_and_logs_nothing_that_was_sent(tmp_path: Path) -> None:
    port = free_port()
    # Enough for a client, not for the server too.
    with nginx(tmp_path, free_port(), port, [("worker_connections 32768", "worker_connections 5")]):
        status, headers, body = ask(port, "/api/user/password/seqa?oldPassword=geheim-1234")
    assert (status, json.loads(body)["error"], headers["Retry-After"]) == (503, "unavailable", "2")
    log = (tmp_path / "log").read_text()
    assert "geheim" not in log and "password" not in log and " GET 503, upstream" in log


def make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), datetime.now(timezone.utc)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
    pem, encoding = key.private_bytes, serialization.Encoding.PEM
    (folder / "privkey.pem").write_bytes(pem(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    (folder / "fullchain.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(encoding))


@needs_nginx
def test_with_certificates_browsers_get_http_2_and_sockets_http_1(tmp_path: Path) -> None:
    services = yaml.safe_load((DEPLOY / "docker-compose.tls.yml").read_text())["services"]
    mounted = dict(volume.rsplit(":ro", 1)[0].rsplit(":", 1) for volume in services["nginx"]["volumes"])
    assert mounted == {"./nginx.tls.conf": "/etc/nginx/tls/tls.conf", "${CERTIFICATES:?}": "/etc/nginx/certificates"}
    make_certificate(tmp_path)
    port = free_port()
    text = (DEPLOY / "nginx.tls.conf").read_text()
    changes = (
        ("http2 on;", ""),  # what Debian's nginx says with the listener
        ("listen 8443 ssl", f"listen 127.0.0.1:{port} ssl http2"),
        ("/etc/nginx/certificates", str(tmp_path)),
    )
    for ours, here in changes:
        assert ours in text
        text = text.replace(ours, here)
    (tmp_path / "tls.conf").write_text(text)
    context = ssl.create_default_context(cafile=str(tmp_path / "fullchain.pem"))
    context.check_hostname = False
    asked, missing = free_ports(2)
    with nginx(tmp_path, asked, missing, [("/etc/nginx/tls/*.conf", f"{tmp_path}/tls.conf")]):
        assert ask(port, "/livez", tls=context)[0] == 503
        for offered, chosen in ((["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1")):
            context.set_alpn_protocols(offered)
            with socket.create_connection(("127.0.0.1", port)) as plain, context.wrap_socket(plain) as secure:
                assert secure.selected_alpn_protocol() == chosen


@needs_nginx
async def test_scripts_are_compressed_by_nginx_too(behind: Api) -> None:
    answer = await behind.get("/static/js/i18n.js", headers={"Accept-Encoding": "gzip"})
    assert answer.status == 200 and answer.headers.get("X-Consumed-Content-Encoding") == "gzip"

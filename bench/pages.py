"""The landing page over a slow line: from the click to the first price, through nginx as deployed.

    python -m bench.pages [--rounds 5] [--kilobits 400] [--latency 400] [--page /]

Chromium, throttled by its own network emulation, loads the page over HTTP/2 and TLS: cold, with an empty cache, and warm, once more in
the same browser. The baseline is a page of one line that holds a price, from the same nginx over the same line.
"""
from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import os
import shutil
import statistics
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from playwright.async_api import Browser, BrowserContext, async_playwright

from bench.served import served
from tests.browser.chromium import FLAGS, find_chromium
from tests.processes.server import free_port

ROOT = Path(__file__).resolve().parents[1]
BARE = "/bare"  # the baseline's path
PATIENCE_MS = 60_000
COLD_MS, WARM_MS = 3000, 1500  # the aims for the landing page

# Notes when the first price is there to be painted, in ms since the navigation began.
WATCH = """new MutationObserver((_, observer) => {
  if (!document.querySelector('.price')) return;
  observer.disconnect();
  window.firstPriceAt = new Promise((resolve) => { requestAnimationFrame(() => resolve(performance.now())); });
}).observe(document, { childList: true, subtree: true });"""


@dataclass
class Load:
    """One load of a page: `milliseconds` until its price, and what had come over the line by when the line fell silent."""

    milliseconds: float
    requests: int
    kilobytes: float


@contextlib.asynccontextmanager
async def nginx(upstream_port: int) -> AsyncIterator[tuple[str, str]]:
    """deploy/nginx.conf with TLS and HTTP/2; gives its address and the digest by which a browser is to trust its certificate."""
    with tempfile.TemporaryDirectory(prefix="bench-nginx-") as name:
        folder, port = Path(name), free_port()
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        digest = make_certificate(key, certificate)
        listening = f"listen 127.0.0.1:{port} ssl http2; ssl_certificate {certificate}; ssl_certificate_key {key};"
        bare = f"location = {BARE} {{ default_type text/html; return 200 '<!doctype html><p class=price>1'; }}"
        text = (ROOT / "deploy/nginx.conf").read_text()
        changes = (
            ("/tmp/", f"{folder}/"),  # before the others bring such paths of their own
            ("server:8888 resolve", f"127.0.0.1:{upstream_port}"),  # what Debian's nginx does not know yet
            ("listen 8080 backlog=4096;", f"{listening} {bare}"),
        )
        for ours, here in changes:
            assert ours in text
            text = text.replace(ours, here)
        settings = folder / "nginx.conf"
        settings.write_text(text.replace("worker_processes auto", "worker_processes 1"))
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        # Started by root, nginx would go on as a user who may not write here.
        directives = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        command = [program, "-p", name, "-c", str(settings), "-e", "stderr", "-g", directives]
        process = await asyncio.create_subprocess_exec(*command)
        try:
            await until_listening(port, process)
            yield f"https://127.0.0.1:{port}", digest
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def make_certificate(key: Path, certificate: Path) -> str:
    """Signed by itself; gives the digest of its public key, as Chromium takes it."""
    made = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    signed = (
        x509.CertificateBuilder(name, name, made.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(made, hashes.SHA256())
    )
    key.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    certificate.write_bytes(signed.public_bytes(Encoding.PEM))
    public = made.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(public).digest()).decode()


async def until_listening(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(10):
        while True:
            assert process.returncode is None, "nginx does not take these settings"
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


async def load(context: BrowserContext, address: str, options: argparse.Namespace) -> Load:
    page = await context.new_page()
    await page.add_init_script(WATCH)
    devtools = await context.new_cdp_session(page)
    received: list[float] = []
    devtools.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    bytes_a_second = options.kilobits * 1000 / 8
    line = {"offline": False, "latency": options.latency, "downloadThroughput": bytes_a_second, "uploadThroughput": bytes_a_second}
    await devtools.send("Network.enable")
    await devtools.send("Network.emulateNetworkConditions", line)
    await page.goto(address, wait_until="commit", timeout=PATIENCE_MS)
    await page.wait_for_selector(".price", state="attached", timeout=PATIENCE_MS)
    milliseconds = await page.evaluate("window.firstPriceAt")
    await page.wait_for_load_state("load")
    await page.close()
    over_the_line = [size for size in received if size]
    return Load(milliseconds, len(over_the_line), sum(over_the_line) / 1000)


async def measure(browser: Browser, url: str, options: argparse.Namespace) -> dict[str, list[Load]]:
    loads: dict[str, list[Load]] = {}
    for _ in range(options.rounds):
        for name, path in (("bare page", BARE), (options.page, options.page)):
            context = await browser.new_context(viewport={"width": 390, "height": 844})
            for state in ("cold", "warm"):
                loads.setdefault(f"{name}, {state}", []).append(await load(context, url + path, options))
            await context.close()
    return loads


async def run(options: argparse.Namespace) -> None:
    async with (
        served(workers=1, TRUSTED_PROXIES="127.0.0.1") as server,
        nginx(server.config.port) as (url, digest),
        async_playwright() as driver,
    ):
        # Trusted, not merely let through: of a site with a fault in its certificate Chromium caches nothing.
        flags = [*FLAGS, f"--ignore-certificate-errors-spki-list={digest}"]
        browser = await driver.chromium.launch(executable_path=find_chromium(is_whole=True), args=flags)
        loads = await measure(browser, url, options)
        await browser.close()
    print(f"{options.kilobits} kbit/s, {options.latency} ms, {options.rounds} rounds\n")
    print("| page | first price, ms | of the bare page | requests | KB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, some in loads.items():
        bare = loads[f"bare page, {name.rpartition(' ')[2]}"]
        ratio = statistics.median(one.milliseconds / other.milliseconds for one, other in zip(some, bare))
        middle = statistics.median(one.milliseconds for one in some)
        print(f"| {name} | {middle:,.0f} | {ratio:.2f} | {some[-1].requests} | {some[-1].kilobytes:.0f} |")
    print(f"\nAims for the landing page: {COLD_MS:,} ms cold, {WARM_MS:,} ms warm.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kilobits", type=int, default=400)
    parser.add_argument("--latency", type=int, default=400)
    parser.add_argument("--page", default="/")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()

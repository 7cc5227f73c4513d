"""One serving process: listens, answers, and drains when told to end."""
from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from server.app import make_tornado_application
from server.bootstrap import Application
from server.config import Config
from server.domain.errors import Unavailable
from server.process.garbage import Collector, resident_bytes
from server.telemetry.metrics import make_metrics_application
from server.web.bodies import LARGEST_BODY_BYTES
from server.web.in_flight import InFlight

log = logging.getLogger(__name__)

IDLE_SECONDS = 75  # a keep-alive connection without a request
BACKLOG = 4096
DRAIN_SECONDS = 10
LEAVE_SECONDS = 3  # for the clients' own close frames: a connection that is dropped takes the server's close frame with it
END_SECONDS = 18  # in all; less than a supervisor waits before it kills, and as much where that is dead and the database with it
START_SECONDS = 60  # how long a worker waits for a database that is not there yet


async def run_worker(config: Config, *, ready_fd: int | None = None) -> None:
    """Serves until SIGTERM or SIGINT, then drains, for no longer than END_SECONDS. Writes a byte to `ready_fd` once it listens."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    application = Application(config)
    await _start(application)
    hub, floor = application.live.hub, application.ground.floor
    collector = Collector(lambda: len(hub.sessions), hub.closes.total, lambda: floor.count_ending_soon() > 0, resident_bytes)
    collector.start()
    in_flight = InFlight()
    server = HTTPServer(
        make_tornado_application(application, in_flight),
        max_body_size=LARGEST_BODY_BYTES,
        max_header_size=32 * 1024,
        idle_connection_timeout=IDLE_SECONDS,
        body_timeout=30,
    )
    sockets = bind_sockets(config.port, config.host, family=socket.AF_UNSPEC, backlog=BACKLOG, reuse_port=True)
    server.add_sockets(sockets)
    metrics_server = _listen_for_metrics(application)
    log.info("listening", extra={"host": config.host, "port": config.port, "worker": application.ground.worker})
    if ready_fd is not None:
        os.write(ready_fd, b"1")
        os.close(ready_fd)
    await stopping.wait()
    signal.alarm(END_SECONDS)  # its signal ends the process, whatever that waits for
    started = time.monotonic()
    server.stop()
    in_flight.is_draining = True
    await application.drain()
    if not await in_flight.wait_until_idle(DRAIN_SECONDS):
        log.warning("%s requests were still under way", in_flight.count)
    await application.auctions.finish_bids()
    await application.live.wait_until_left(LEAVE_SECONDS)
    await server.close_all_connections()
    if metrics_server is not None:
        metrics_server.stop()
        await metrics_server.close_all_connections()
    await collector.stop()
    await application.stop()
    log.info("stopped", extra={"seconds": round(time.monotonic() - started, 2)})


def _listen_for_metrics(application: Application) -> HTTPServer | None:
    config = application.config
    if config.metrics_port is None:
        return None
    server = HTTPServer(make_metrics_application(application.metrics))
    # A worker that is replaced and its successor listen for a moment both.
    server.add_sockets(bind_sockets(config.metrics_port + config.worker_index, config.metrics_host, reuse_port=True))
    return server


async def _start(application: Application) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return await application.start()
        except Unavailable as error:
            if time.monotonic() > deadline:
                raise
            log.warning("waiting for the %s", error.what)
            await asyncio.sleep(0.5)

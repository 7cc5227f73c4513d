"""Many websocket listeners in one cheap process: takes whatever comes, and says when all have been sent so many bytes.

    python -m bench.sink HOST PORT COUNT CHANNEL

Talks on standard input and output, a line each: prints `ready`; for `N` on its input prints `done` once every socket
together has been sent N more bytes since the last time.
"""
from __future__ import annotations

import json
import os
import resource
import select
import socket
import sys

REQUEST = (
    "GET /ws HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

PING = b"\x89\x00"
PONG = b"\x8a\x80\0\0\0\0"


def raise_file_limit() -> None:
    """As many sockets as this user may open."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def masked_text(payload: bytes) -> bytes:
    """A client's text frame with the mask 0, which changes nothing."""
    length = len(payload)
    assert length < 65536
    head = bytes((0x81, 0x80 | length)) if length < 126 else b"\x81\xfe" + length.to_bytes(2, "big")
    return head + b"\0\0\0\0" + payload


def connect(host: str, port: int, channel: str) -> socket.socket:
    """A socket that listens to the channel and has read the first answer."""
    made = socket.create_connection((host, port))
    made.sendall(REQUEST.format(host=host).encode())
    made.sendall(masked_text(json.dumps({"id": 1, "op": "subscribe", "channel": channel}).encode()))
    received = b""
    while b'"ok":true' not in received:
        chunk = made.recv(65536)
        if not chunk:
            raise SystemExit(f"the server closed a socket: {received[-200:]!r}")
        received += chunk
    # The rest of the answer is on its way or here already: read until the frame is whole.
    body = received.index(b"\r\n\r\n") + 4
    while len(received) < body + _frame_length(received[body:]):
        received += made.recv(65536)
    made.setblocking(False)
    return made


def _frame_length(frame: bytes) -> int:
    length = frame[1]
    if length < 126:
        return 2 + length
    if length == 126:
        return 4 + int.from_bytes(frame[2:4], "big")
    return 10 + int.from_bytes(frame[2:10], "big")


def main() -> None:
    raise_file_limit()
    host, port, count, channel = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    poll = select.epoll()
    sockets = {}
    for _ in range(count):
        made = connect(host, port, channel)
        sockets[made.fileno()] = made
        poll.register(made.fileno(), select.EPOLLIN)
    control = sys.stdin.fileno()
    poll.register(control, select.EPOLLIN)
    os.write(1, b"ready\n")
    expected = received = 0
    while True:
        for number, _ in poll.poll():
            if number == control:
                line = os.read(control, 100)
                if not line:
                    return
                expected += int(line)
            else:
                chunk = sockets[number].recv(262144)
                if not chunk:
                    raise SystemExit("the server closed a socket")
                received += len(chunk)
                if PING in chunk:  # no text of ours has a zero byte
                    received -= len(PING)
                    sockets[number].send(PONG)
        if expected and received >= expected:
            received -= expected
            expected = 0
            os.write(1, b"done\n")


if __name__ == "__main__":
    main()

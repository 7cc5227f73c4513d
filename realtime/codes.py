"""Close codes and what they mean to a client: 4000–4019 reconnect, 4020–4039 do not (live contract, 5)."""
from __future__ import annotations

GOING_AWAY = 4001  # the server is draining; the reason holds {"delay_ms": …}
TOO_SLOW = 4008
NO_PONG = 4009
TOO_MANY_COMMANDS = 4010
ASKED_NOTHING = 4011  # an anonymous socket without a subscription
TOO_MANY_SOCKETS = 4012
TRY_AGAIN = 4013  # the token cannot be checked now

BAD_TOKEN = 4020
BANNED = 4021
PROTOCOL_ERROR = 4022

# How a connection can end without a code (RFC 6455, 7.4.1); neither is ever sent.
NO_CODE = 1005
NO_CLOSE = 1006

OTHER = 0
COUNTED = frozenset(
    (
        *(GOING_AWAY, TOO_SLOW, NO_PONG, TOO_MANY_COMMANDS, ASKED_NOTHING, TOO_MANY_SOCKETS, TRY_AGAIN),
        *(BAD_TOKEN, BANNED, PROTOCOL_ERROR),
        *range(1000, 1015),
    )
)

"""How the clients of a document ask: how their input is read, where they put their token, and what it is good for."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tornado.httputil import HTTPServerRequest

from server.domain.accounts.tokens import TokenService
from server.services import Services
from server.web.inputs import Input
from server.web.loose_inputs import LooseInput, find_parameter


@dataclass(frozen=True)
class Manner:
    """`tokens` checks what `find_token` finds; `scheme` is what the description calls that.

    `takes_no_file`: that there is none where one is expected is for the endpoint to say.
    """

    scheme: str
    input: type[Input[Any]]
    find_token: Callable[[HTTPServerRequest], str | None]
    tokens: Callable[[Services], TokenService]
    takes_no_file: bool = False


def bearer_token(header: str | None) -> str | None:
    """The token of an Authorization header, if it holds one."""
    if header is None:
        return None
    kind, _, token = header.partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


def _find_bearer_token(request: HTTPServerRequest) -> str | None:
    return bearer_token(request.headers.get("Authorization"))


def _find_token_parameter(request: HTTPServerRequest) -> str | None:
    return find_parameter(request, "token") or _find_bearer_token(request)


BEARER, PARAMETER = "bearer", "token"

STRICT = Manner(BEARER, Input, _find_bearer_token, lambda services: services.accounts.tokens)
LOOSE = Manner(PARAMETER, LooseInput, _find_token_parameter, lambda services: services.mall.tokens, takes_no_file=True)

"""The mall document's table of errors, a file for each part of the mall. `Failure.error` is the code."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from handlers.mall.failures import (
    addresses,
    alipay,
    campaigns,
    claims,
    community,
    content,
    distribution,
    general,
    orders,
    payments,
    people,
    pictures,
    sidelines,
    verification,
    wallet,
    wallets,
    wares,
    window,
)
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = (
    people.ERRORS
    | addresses.ERRORS
    | verification.ERRORS
    | pictures.ERRORS
    | wallets.ERRORS
    | wallet.ERRORS
    | wares.ERRORS
    | window.ERRORS
    | orders.ERRORS
    | payments.ERRORS
    | campaigns.ERRORS
    | claims.ERRORS
    | distribution.ERRORS
    | alipay.ERRORS
    | sidelines.ERRORS
    | community.ERRORS
    | content.ERRORS
    | general.ERRORS
)

# error → what is sent as data along with its code; without an entry, and where that is None, nothing is
DATA: dict[type[Exception], Callable[[Any], Any]] = general.DATA | wallet.DATA

"""The mall document's table of errors, a file for each part of the mall. `Failure.error` is the code."""
from __future__ import annotations

from handlers.mall.failures import (
    addresses,
    content,
    general,
    orders,
    payments,
    people,
    pictures,
    tools,
    verification,
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
    | wares.ERRORS
    | window.ERRORS
    | orders.ERRORS
    | payments.ERRORS
    | content.ERRORS
    | tools.ERRORS
    | general.ERRORS
)

"""What a bid that was refused is answered with beside the error: what the server signs of it, to be kept."""
from __future__ import annotations

from typing import Any

from server.domain.auctions.proof.receipts import RefusedBid

ABOUT_RECEIPT = (
    "出价被拒时的签名回执，字段同出价成功时的 data.receipt\n\nof a bid that was refused: signed, with the fields of data.receipt of one that was accepted"
)


def receipt_of(error: Exception) -> dict[str, Any]:
    """Empty where there is none."""
    return {"receipt": error.receipt} if isinstance(error, RefusedBid) and error.receipt is not None else {}

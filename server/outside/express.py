"""Parcels by Kdniao (快递鸟), which asks the carriers: https://www.kdniao.com/api-track."""
from __future__ import annotations

import base64
import hashlib
import json
import logging
from typing import Any

from server.domain.errors import TooMany, Unavailable
from server.domain.mall.gate.parcels import CarrierUnknown, Parcel, ParcelState, Trace
from server.outside.questions import RETRY_AFTER_SECONDS, Questions, Refused

log = logging.getLogger(__name__)

WHAT = "express"
TRACK, RECOGNISE = "1002", "2002"
SPENT = ("次数", "频繁", "超限")  # words of the reasons why no more is answered
STATES = {str(state.value): state for state in ParcelState}


class Kdniao:
    """Implements ParcelTracker. Neither the key nor a parcel's number reaches the log."""

    def __init__(self, business_id: str, key: str, address: str):
        self._business_id = business_id
        self._key = key
        self._address = address
        self._questions = Questions(WHAT)

    def close(self) -> None:
        self._questions.close()

    async def find_parcel(self, number: str, carrier: str, tail: str = "") -> Parcel:
        code = carrier or await self._recognise(number)
        found = await self._ask(TRACK, {"OrderCode": "", "CustomerName": tail, "ShipperCode": code, "LogisticCode": number})
        told = [one for one in found.get("Traces") or () if isinstance(one, dict)]
        traces = tuple(Trace(str(one.get("AcceptTime", "")), str(one.get("AcceptStation", ""))) for one in told)
        return Parcel(code, number, STATES.get(str(found.get("State", "0")), ParcelState.NOT_SEEN), traces)

    async def _recognise(self, number: str) -> str:
        """The carrier's code."""
        found = await self._ask(RECOGNISE, {"LogisticCode": number})
        shippers = found.get("Shippers") or ()
        if not shippers or not isinstance(shippers[0], dict) or not shippers[0].get("ShipperCode"):
            raise CarrierUnknown()
        return str(shippers[0]["ShipperCode"])

    async def _ask(self, kind: str, content: dict[str, str]) -> dict[str, Any]:
        told = json.dumps(content, ensure_ascii=False)
        digest = hashlib.md5(f"{told}{self._key}".encode(), usedforsecurity=False).hexdigest()
        form = {
            "RequestData": told,
            "EBusinessID": self._business_id,
            "RequestType": kind,
            "DataSign": base64.b64encode(digest.encode()).decode(),
            "DataType": "2",
        }
        try:
            found = await self._questions.post_form(self._address, form)
        except Refused as refused:
            log.error("Kdniao answers with status %s", refused.status)
            raise Unavailable(WHAT, RETRY_AFTER_SECONDS) from None
        if found.get("Success") is True:
            return found
        reason = str(found.get("Reason") or "")
        if any(word in reason for word in SPENT):
            raise TooMany(RETRY_AFTER_SECONDS)
        if "EBusinessID" not in found:
            log.error("Kdniao refuses a question: %s", reason[:100])
            raise Unavailable(WHAT, RETRY_AFTER_SECONDS)
        raise CarrierUnknown()

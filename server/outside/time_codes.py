"""Codes by time: pyotp makes and reads them, segno draws what apps scan."""
from __future__ import annotations

import re
from datetime import datetime
from typing import TextIO

import pyotp
import segno
from pyotp.utils import strings_equal

from server.domain.operators.factors import NewSecret

ISSUER = "Auction"
STEPS_APART = 1  # clocks of telephones differ, and people type slowly
CODE = re.compile(r"[0-9]{6}")
QR_SCALE = 5


def draw_qr(text: str, out: TextIO) -> None:
    """As a terminal shows it."""
    segno.make(text, micro=False).terminal(out, compact=True)


class TotpCodes:
    """Implements TimeCodes: six digits, SHA-1, half a minute, as every app takes it."""

    def make_secret(self) -> str:
        return pyotp.random_base32()

    def present(self, secret: str, name: str) -> NewSecret:
        uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)
        return NewSecret(secret, uri, segno.make(uri, micro=False).svg_data_uri(scale=QR_SCALE))

    def find_step(self, secret: str, code: str, now: datetime) -> int | None:
        code = code.replace(" ", "")
        if not CODE.fullmatch(code):
            return None
        totp = pyotp.TOTP(secret)
        present = totp.timecode(now)
        near = range(present - STEPS_APART, present + STEPS_APART + 1)
        return next((step for step in near if strings_equal(totp.generate_otp(step), code)), None)

"""Telephone numbers that WeChat vouches for: what its button's code stands for."""
from __future__ import annotations

from typing import Protocol

from server.domain.accounts.profiles import PHONE, ProfileChange, ProfileService
from server.domain.accounts.users import User
from server.domain.errors import InvalidInput


class PhoneCodes(Protocol):
    """Knows whose number a code stands for."""

    async def find_phone(self, code: str) -> str:
        """Spends the code. Raises PhoneCodeRefused, CodesTooFrequent, InvalidInput, or Unavailable."""


class SandboxPhones:
    """Takes the number itself as its code; for development without WeChat. Implements PhoneCodes."""

    async def find_phone(self, code: str) -> str:
        if not PHONE.fullmatch(code):
            raise InvalidInput({"code": ["wrong_form"]})
        return code


class PhoneService:
    """Keeping the number that a user has shown to be theirs."""

    def __init__(self, codes: PhoneCodes, profiles: ProfileService):
        self._codes = codes
        self._profiles = profiles

    async def keep_phone(self, caller: User, code: str) -> User:
        """The user with the number. Raises PhoneCodeRefused, CodesTooFrequent, InvalidInput, or Unavailable."""
        return await self._profiles.save(caller.id, ProfileChange(phone=await self._codes.find_phone(code)))

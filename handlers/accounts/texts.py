"""What the texts of this document look like. The domain checks them, and says of every field what is wrong with it: here it is
written for the description.
"""
from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from server.domain.accounts.addresses import FORMS, LONGEST
from server.domain.accounts.names import MAX_NAME_CHARACTERS, UNSEEN
from server.domain.accounts.passwords import MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS
from server.domain.accounts.profiles import (
    AVATAR,
    EMAIL,
    MAX_AVATAR_CHARACTERS,
    MAX_EMAIL_CHARACTERS,
    MAX_PHONE_CHARACTERS,
    PHONE,
)
from server.domain.accounts.usernames import MAX_USERNAME_CHARACTERS, MIN_USERNAME_CHARACTERS, USERNAME
from server.web.openapi.shapes import narrower

READ_CHARACTERS = 1024  # longer than any text that is taken, short enough to look at and to hash
MOST_CHARACTERS = 128  # of what has no limit of its own

SOMETHING_SEEN = rf"[^\s{UNSEEN}]"


def described(most: int, **schema: Any) -> Meta:
    return Meta(max_length=READ_CHARACTERS, extra_json_schema=narrower(maxLength=most, **schema))


def whole(*patterns: str) -> str:
    """As a schema writes that the whole text is one of these."""
    return f"^(?:{'|'.join(patterns)})$"


def line(name: str) -> Meta:
    """A part of an address: one line in which something is seen."""
    pattern = whole(FORMS[name].pattern) if name in FORMS else SOMETHING_SEEN
    return described(LONGEST[name], minLength=1, pattern=pattern)


UsernameText = Annotated[str, described(MAX_USERNAME_CHARACTERS, minLength=MIN_USERNAME_CHARACTERS, pattern=whole(USERNAME.pattern))]
NewPasswordText = Annotated[str, described(MAX_PASSWORD_CHARACTERS, minLength=MIN_PASSWORD_CHARACTERS)]
PasswordText = Annotated[str, Meta(max_length=READ_CHARACTERS)]
NameText = Annotated[str, described(MAX_NAME_CHARACTERS, minLength=1, pattern=SOMETHING_SEEN)]
RequiredText = Annotated[str, Meta(max_length=MOST_CHARACTERS, extra_json_schema={"minLength": 1, "pattern": r"\S"})]
# An empty text takes a value away.
OptionalNameText = Annotated[str, described(MAX_NAME_CHARACTERS, pattern=whole("", rf"[\s\S]*{SOMETHING_SEEN}[\s\S]*"))]
EmailText = Annotated[str, described(MAX_EMAIL_CHARACTERS, pattern=whole("", EMAIL.pattern))]
PhoneText = Annotated[str, described(MAX_PHONE_CHARACTERS, pattern=whole("", PHONE.pattern))]
AvatarText = Annotated[str, described(MAX_AVATAR_CHARACTERS, pattern=whole("", AVATAR.pattern))]

Province = Annotated[str, line("province")]
City = Annotated[str, line("city")]
District = Annotated[str, line("district")]
Street = Annotated[str, line("address")]
Zip = Annotated[str, line("zip")]
ContactName = Annotated[str, line("contact_name")]
ContactPhone = Annotated[str, line("contact_phone")]

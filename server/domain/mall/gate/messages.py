"""Text messages by templates that the staff has set up."""
from __future__ import annotations

import logging
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta, Struct

from server.domain.accounts.profiles import PHONE
from server.domain.errors import Conflict, DomainError, InvalidInput, Unavailable
from server.domain.mall.categories import Name
from server.domain.mall.furniture import Furniture
from server.domain.mall.verification import PictureCodeMissing, PictureKeyMissing, VerificationService, plain_mobile
from server.domain.nouns import Noun, NumberId, Revision, about

log = logging.getLogger(__name__)

MOST_VALUES = 30


class TemplateMissing(Conflict):
    """There is no such template, or it is not used at present."""


class ValuesNotJson(Conflict):
    """What a template is filled with is no JSON object."""


class MessageUnsupported(Conflict):
    """Who sends knows no such template."""


class MessageRefused(Conflict):
    """Who sends takes no such message."""


class SendingUnanswered(DomainError):
    """Who sends does not answer: the message may be on its way or not."""


class MessageTemplateTerms(Struct, frozen=True, kw_only=True):
    """`code` is what the provider calls it. `needs_picture`: only who has read a picture has one sent."""

    name: Annotated[Name, about("名称", "Name")]
    code: Annotated[Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\S")], about("模板编码", "The provider's code")]
    needs_picture: Annotated[bool, about("需要图形验证码", "Asks for a picture")] = False
    is_used: Annotated[bool, about("启用", "In use")] = True


class MessageTemplate(MessageTemplateTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0


MESSAGE_TEMPLATES = Noun(
    area="mall",
    name="sms-templates",
    zh="短信模板",
    en="Templates of text messages",
    made=MessageTemplate,
    terms=MessageTemplateTerms,
    searched=("name", "code"),
    sorted=("id", "name"),
    filtered=("is_used",),
    order=("id",),
)


class TextMessage(Struct, frozen=True, kw_only=True):
    """`values` fill the template."""

    template: str
    target: str
    values: dict[str, str]


class TextSender(Protocol):
    """Who sends text messages."""

    async def send(self, message: TextMessage) -> None:
        """Raises TemplateMissing, MessageUnsupported, MessageRefused and Unavailable."""


class SandboxTexts:
    """Implements TextSender where nobody sends: in development it is only told in the log that one was, in production none is."""

    def __init__(self, *, is_production: bool):
        self._is_production = is_production

    async def send(self, message: TextMessage) -> None:
        if self._is_production:
            raise TemplateMissing()
        log.info("sandbox: a text message by template %s is not sent", message.template)


class TextRequest(Struct, frozen=True, kw_only=True):
    """What a merchant wants sent. `key` and `text`: of a picture."""

    mobile: str
    template_id: int
    values: str | None
    key: str | None
    text: str | None


class TextService:
    """Sends what merchants ask for."""

    def __init__(self, templates: Furniture[MessageTemplate], verification: VerificationService, sender: TextSender):
        self._templates = templates
        self._verification = verification
        self._sender = sender

    async def send(self, wanted: TextRequest) -> None:
        """Raises InvalidInput, TemplateMissing, PictureKeyMissing, PictureCodeMissing, PictureCodeWrong, ValuesNotJson, MessageUnsupported,
        MessageRefused and SendingUnanswered.
        """
        template = next((one for one in await self._templates.list_all() if one.id == wanted.template_id and one.is_used), None)
        if template is None:
            raise TemplateMissing()
        if not PHONE.fullmatch(wanted.mobile):
            raise InvalidInput({"mobile": ["wrong_form"]})
        values = _values(wanted.values)
        if template.needs_picture:
            if wanted.key is None:
                raise PictureKeyMissing()
            if wanted.text is None:
                raise PictureCodeMissing()
            await self._verification.spend_picture(wanted.key, wanted.text)
        try:
            await self._sender.send(TextMessage(template=template.code, target=plain_mobile(wanted.mobile), values=values))
        except Unavailable:
            raise SendingUnanswered() from None


def _values(text: str | None) -> dict[str, str]:
    """Raises ValuesNotJson."""
    try:
        found = {} if text is None else msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        found = None
    if not isinstance(found, dict) or len(found) > MOST_VALUES:
        raise ValuesNotJson()
    return {name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in found.items()}

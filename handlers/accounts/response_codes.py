"""general: what the codes mean."""
from __future__ import annotations

from msgspec import Struct, defstruct
from msgspec.structs import asdict

from handlers.accounts.dialect import CODES
from server.web.access import ANYONE
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()

# The document's parameters are the codes themselves, which are no names in Python.
_NAMES = {f"code_{code}": str(code) for code in CODES}
CodesAsked: type[Struct] = defstruct("CodesAsked", [(name, str | None, None) for name in _NAMES], rename=_NAMES)


@routes.get("/response_code", access=ANYONE)
async def explain_codes(call: Call, query: CodesAsked) -> dict[str, str]:  # type: ignore[valid-type]
    """ResponseCode explain. Given some of the codes, those only."""
    asked = [_NAMES[name] for name, value in asdict(query).items() if value is not None]
    texts = {str(code): texts[call.language == "en"] for code, texts in CODES.items()}
    return {code: text for code, text in texts.items() if not asked or code in asked}

"""平台网关: what merchants ask by their number and key."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.mall.gate.identities import NumberImpossible
from server.domain.mall.gate.merchants import MerchantDaySpent, MerchantRefused
from server.domain.mall.gate.messages import (
    MessageRefused,
    MessageUnsupported,
    SendingUnanswered,
    TemplateMissing,
    TextRequest,
    ValuesNotJson,
)
from server.domain.mall.gate.parcels import CarrierUnknown, Parcel, TrackingOff
from server.domain.mall.verification import PictureCodeMissing, PictureCodeWrong, PictureKeyMissing
from server.domain.mall.wallet.identities import IdentityChecksOff, IdentityRefused
from server.domain.paces import DRAWINGS
from server.web.access import ANYONE
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import PositiveId, Routes

routes = Routes(LOOSE)

LET_IN = (MerchantRefused, MerchantDaySpent)


class AsMerchant(Struct, kw_only=True):
    merchantNo: Annotated[str, Meta(max_length=64, description="商户号")]
    merchantKey: Annotated[str, Meta(max_length=128, description="商户秘钥")]

    async def admit(self, call: Call, kind: str) -> None:
        """Raises MerchantRefused and MerchantDaySpent."""
        await call.services.mall.tools.gate.keeper.admit(self.merchantNo, self.merchantKey, kind)


class ParcelWanted(AsMerchant, kw_only=True):
    number: Annotated[str, Meta(max_length=64, pattern=r"^[0-9A-Za-z-]+$", description="快递单号")]
    com: Annotated[str, Meta(max_length=32, pattern=r"^[0-9A-Za-z_]*$", description="快递公司编码，如 SF")] = ""


class TraceShape(Struct):
    AcceptTime: str
    AcceptStation: str


class ParcelShape(Struct):
    """`state`: 0 not seen, 1 taken, 2 on the way, 3 received, 4 in trouble."""

    com: str
    number: str
    state: int
    traces: list[TraceShape]

    @classmethod
    def of(cls, parcel: Parcel) -> ParcelShape:
        return cls(parcel.carrier, parcel.number, parcel.state.value, [TraceShape(one.at, one.text) for one in parcel.traces])


@routes.post("/express/query", access=ANYONE, pace=DRAWINGS, raises=(*LET_IN, TrackingOff, CarrierUnknown))
async def query_express(call: Call, body: ParcelWanted) -> ParcelShape:
    """快递查询"""
    await body.admit(call, "express")
    return ParcelShape.of(await call.services.mall.tools.gate.parcels.find_parcel(body.number, body.com))


class IdentityWanted(AsMerchant, kw_only=True):
    name: Annotated[str, Meta(max_length=200, description="姓名")]
    idCardNo: Annotated[str, Meta(max_length=32, description="身份证号码")]


@routes.post("/idcard/check", access=ANYONE, pace=DRAWINGS, raises=(*LET_IN, NumberImpossible, IdentityRefused, IdentityChecksOff))
async def check_whose_number(call: Call, body: IdentityWanted) -> None:
    """实名认证"""
    await body.admit(call, "idcard")
    await call.services.mall.tools.gate.identities.check(body.name, body.idCardNo)


class TextWanted(AsMerchant, kw_only=True):
    mobile: Annotated[str, Meta(max_length=32, description="手机号码")]
    smsId: Annotated[PositiveId, Meta(description="后台短信设置的ID")]
    postJsonString: Annotated[str, Meta(max_length=4000, description="短信模板中的参数，JSON格式")] | None = None
    key: Annotated[str, Meta(max_length=128, description="需要图形验证码时候的验证码KEY")] | None = None
    picCode: Annotated[str, Meta(max_length=32, description="图形验证码")] | None = None


@routes.post(
    "/message/sms/send",
    access=ANYONE,
    pace=DRAWINGS,
    raises=(
        *LET_IN,
        *(TemplateMissing, ValuesNotJson, MessageUnsupported, MessageRefused, SendingUnanswered),
        *(PictureKeyMissing, PictureCodeMissing, PictureCodeWrong),
    ),
)
async def send_text(call: Call, body: TextWanted) -> None:
    """发送普通短信"""
    await body.admit(call, "sms")
    wanted = TextRequest(
        mobile=body.mobile, template_id=body.smsId, values=body.postJsonString, key=body.key, text=body.picCode
    )
    await call.services.mall.tools.gate.texts.send(wanted)

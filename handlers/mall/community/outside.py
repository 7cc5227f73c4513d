"""第三方登录: accounts elsewhere as a way in — WeChat in an app, QQ, Alipay, and a service provider's mini-program."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import LoginShape, labels_in
from server.domain.accounts.users import UserBanned
from server.domain.accounts.wechat_login import CodesTooFrequent, LoginRefused, PhoneCodeRefused, RiskyUser
from server.domain.mall.community.outside_logins import (
    Credential,
    OutsideClosed,
    OutsideLogin,
    OutsideRefused,
    OutsideTaken,
)
from server.domain.mall.members import AlreadyRegistered, NotRegistered
from server.domain.mall.mobiles import MobileTaken
from server.domain.paces import MALL_SIGN_INS, PHONES
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

wechat_routes = Routes(LOOSE)
qq_routes = Routes(LOOSE)
alipay_routes = Routes(LOOSE)
provider_routes = Routes(LOOSE)

REFUSALS = (OutsideRefused, OutsideClosed, UserBanned)

Code = Annotated[str, Meta(min_length=1, max_length=512, description="临时授权凭证 code")]
UserId = Annotated[int, Meta(ge=0, le=LARGEST_ID)]
Json = Annotated[str, Meta(max_length=20_000, description="用户的扩展数据，必须是 json 格式")]


class CodeGiven(Struct, kw_only=True):
    code: Code

    def to_credential(self) -> Credential:
        return Credential(code=self.code)


class Newcomer(CodeGiven, kw_only=True):
    referrer: UserId | None = None
    postJsonString: Json | None = None


class QqGiven(Struct, kw_only=True):
    """`accessToken` and `openid` as QQ gave them to the client."""

    accessToken: Annotated[str, Meta(min_length=1, max_length=512)]
    openid: Annotated[str, Meta(min_length=1, max_length=128)]
    oauthConsumerKey: Annotated[str, Meta(max_length=64, description="QQ互联创建的应用的 APP ID")] = ""

    def to_credential(self) -> Credential:
        return Credential(code=self.accessToken, open_id=self.openid, app_id=self.oauthConsumerKey)


class QqNewcomer(QqGiven, kw_only=True):
    referrer: UserId | None = None
    postJsonString: Json | None = None


async def _register(call: Call, way: OutsideLogin, body: Newcomer | QqNewcomer) -> LoginShape:
    signed_in = await way.register(
        body.to_credential(),
        call.client_address,
        referrer_id=body.referrer or None,
        extensions=labels_in(body.postJsonString, "postJsonString"),
    )
    return LoginShape.of(signed_in)


@wechat_routes.post("/user/wxsns/login", access=ANYONE, pace=MALL_SIGN_INS, raises=(NotRegistered, *REFUSALS))
async def log_in_by_wechat_in_app(call: Call, body: CodeGiven) -> LoginShape:
    """App微信授权一键登录"""
    return LoginShape.of(await call.services.mall.community.wechat_in_apps.log_in(body.to_credential(), call.client_address))


@wechat_routes.post("/user/wxsns/register", access=ANYONE, pace=MALL_SIGN_INS, raises=(AlreadyRegistered, *REFUSALS))
async def register_by_wechat_in_app(call: Call, body: Newcomer) -> LoginShape:
    """用户注册[App微信授权]"""
    return await _register(call, call.services.mall.community.wechat_in_apps, body)


@wechat_routes.post("/user/wxsns/bindOpenid", access=SIGNED_IN, pace=MALL_SIGN_INS, raises=(OutsideTaken, *REFUSALS))
async def bind_wechat_in_app(call: Call, body: CodeGiven) -> None:
    """当前登录用户绑定openid[App微信授权]"""
    await call.services.mall.community.wechat_in_apps.bind(call.caller, body.to_credential())


@qq_routes.post("/user/qqconnect/login", access=ANYONE, pace=MALL_SIGN_INS, raises=(NotRegistered, *REFUSALS))
async def log_in_by_qq(call: Call, body: QqGiven) -> LoginShape:
    """QQ互联一键登录"""
    return LoginShape.of(await call.services.mall.community.qq.log_in(body.to_credential(), call.client_address))


@qq_routes.post("/user/qqconnect/register", access=ANYONE, pace=MALL_SIGN_INS, raises=(AlreadyRegistered, *REFUSALS))
async def register_by_qq(call: Call, body: QqNewcomer) -> LoginShape:
    """QQ互联注册用户"""
    return await _register(call, call.services.mall.community.qq, body)


@qq_routes.post("/user/qqconnect/bindOpenid", access=SIGNED_IN, pace=MALL_SIGN_INS, raises=(OutsideTaken, *REFUSALS))
async def bind_qq(call: Call, body: QqGiven) -> None:
    """当前登录用户绑定QQ互联openid"""
    await call.services.mall.community.qq.bind(call.caller, body.to_credential())


@alipay_routes.post("/user/aliapp/login", access=ANYONE, pace=MALL_SIGN_INS, raises=(NotRegistered, *REFUSALS))
async def log_in_by_alipay(call: Call, body: CodeGiven) -> LoginShape:
    """支付宝小程序用户登录"""
    return LoginShape.of(await call.services.mall.community.alipay.log_in(body.to_credential(), call.client_address))


@alipay_routes.post("/user/aliapp/register", access=ANYONE, pace=MALL_SIGN_INS, raises=(AlreadyRegistered, *REFUSALS))
async def register_by_alipay(call: Call, body: Newcomer) -> LoginShape:
    """支付宝小程序注册用户"""
    return await _register(call, call.services.mall.community.alipay, body)


# ---- a service provider's mini-program: the same people as the mini-program's own

PROVIDER_REFUSALS = (LoginRefused, CodesTooFrequent, RiskyUser, OutsideClosed, UserBanned)


class Authorization(Struct, kw_only=True):
    """`referrer`: who brought the caller; counts for who is new."""

    code: Code
    referrer: UserId | None = None


@provider_routes.post("/user/wxappService/authorize", access=ANYONE, pace=MALL_SIGN_INS, raises=PROVIDER_REFUSALS)
async def authorize_by_provider(call: Call, body: Authorization) -> LoginShape:
    """服务商模式静默登录，未注册时自动注册"""
    way = call.services.mall.community.provided_logins
    return LoginShape.of(await way.authorize(body.code, call.client_address, referrer_id=body.referrer or None))


@provider_routes.post("/user/wxappService/login", access=ANYONE, pace=MALL_SIGN_INS, raises=(NotRegistered, *PROVIDER_REFUSALS))
async def log_in_by_provider(call: Call, body: CodeGiven) -> LoginShape:
    """服务商模式登录获取Token"""
    return LoginShape.of(await call.services.mall.community.provided_logins.log_in(body.code, call.client_address))


class SealedMobile(Struct):
    code: Code
    encryptedData: Annotated[str, Meta(max_length=64 * 1024)]
    iv: Annotated[str, Meta(max_length=256)]
    pwd: Annotated[str, Meta(max_length=128)] | None = None


@provider_routes.post(
    "/user/wxappService/bindMobile",
    access=SIGNED_IN,
    pace=PHONES,
    raises=(MobileTaken, PhoneCodeRefused, CodesTooFrequent, LoginRefused, OutsideClosed),
)
async def bind_mobile_by_provider(call: Call, body: SealedMobile) -> str:
    """服务商模式绑定手机号码

    The number is answered."""
    mobiles = call.services.mall.community.provided_mobiles
    return await mobiles.bind_sealed(call.caller_login, body.code, body.iv, body.encryptedData, body.pwd)

"""用户: who is signed in, what they tell of themselves, and signing out."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.promotions.levels import LevelShape
from handlers.mall.shapes import DocumentTime, Yuan, absolute, document_time, labels_in, month_begins, yuan
from server.domain.accounts.names import made_name
from server.domain.accounts.users import User
from server.domain.mall.distribution.sellers import Partner, Seller
from server.domain.mall.members import Gender, MemberChange, Person, Source, open_id_of
from server.domain.mall.promotions.standings import Standing as Rank
from server.domain.mall.wallet.identities import Identity
from server.web.access import SIGNED_IN, TOKEN_HOLDER
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)

CARD_DIGITS = 10

SOURCES = {
    Source.MINI_PROGRAM: "小程序",
    Source.MOBILE: "手机号",
    Source.AUCTION: "拍卖",
    Source.USERNAME: "用户名",
    Source.MAIL: "邮箱",
    Source.WECHAT_APP: "APP 微信",
    Source.QQ: "QQ",
    Source.ALIPAY: "支付宝",
}


@routes.get(
    "/user/check-token",
    access=SIGNED_IN,
    raises=(),
    version=lambda services, request: services.mall.tokens.find_known(LOOSE.find_token(request)),
)
async def check_token(call: Call) -> None:
    """检测登录token是否有效"""


class Standing(Struct, frozen=True, kw_only=True):
    """What a member is in the distribution."""

    is_seller: bool
    team_id: int
    is_leader: bool
    is_led: bool

    @classmethod
    def of(cls, seller: Seller | None, partner: Partner | None) -> Standing:
        is_seller = seller is not None and seller.is_active
        return cls(
            is_seller=is_seller,
            team_id=seller.team_id if seller is not None and is_seller else 0,
            is_leader=partner is not None and partner.is_leader,
            is_led=partner is not None and partner.leader_id is not None,
        )


class UserBaseShape(Struct, omit_defaults=True, kw_only=True):
    """`nick` is left out of who has not told it: the mini-program asks for it then."""

    id: int
    nick: str | None = None
    avatarUrl: str | None = None
    mobile: str | None = None
    gender: int
    birthday: str | None = None
    province: str | None = None
    city: str | None = None
    levelId: int | None = None
    levelExpire: DocumentTime | None = None
    levelRenew: bool
    isIdcardCheck: bool
    isFaceCheck: bool
    isSeller: bool
    teamId: int | None = None
    isTeamLeader: bool
    isTeamMember: bool
    isManager: bool
    isShopManager: bool
    cardNumber: str
    username: str | None = None
    pwdPay: str | None = None
    source: int
    sourceStr: str
    referrerType: int
    status: int
    statusStr: str
    dateAdd: DocumentTime
    dateLogin: DocumentTime
    ipAdd: str
    ipLogin: str

    @classmethod
    def of(
        cls, person: Person, standing: Standing, rank: Rank, origin: str, *, is_identified: bool, has_pay_password: bool
    ) -> UserBaseShape:
        user, member = person.user, person.member
        level, bought = rank.level, rank.membership
        return cls(
            id=user.id,
            nick=told_nick(user),
            avatarUrl=picture(user, origin),
            mobile=user.phone or None,
            gender=member.gender.value,
            birthday=member.birthday or None,
            province=member.province or None,
            city=member.city or None,
            levelId=None if level is None else level.id,
            levelExpire=None if bought is None else document_time(bought.ends_at),
            levelRenew=bought is not None and bought.renews,
            isIdcardCheck=is_identified,
            isFaceCheck=False,
            isSeller=standing.is_seller,
            teamId=standing.team_id or None,
            isTeamLeader=standing.is_leader,
            isTeamMember=standing.is_led,
            isManager=user.is_operator,
            isShopManager=False,
            cardNumber=f"{user.id:0{CARD_DIGITS}}",
            username=user.username or None,
            pwdPay="yes" if has_pay_password else None,
            source=member.source.value,
            sourceStr=SOURCES[member.source],
            referrerType=0,
            status=1 if user.is_banned else 0,
            statusStr="禁用" if user.is_banned else "正常",
            dateAdd=document_time(member.joined_at),
            dateLogin=document_time(member.signed_in_at),
            ipAdd=member.joined_from,
            ipLogin=member.signed_in_from,
        )


def told_nick(user: User) -> str | None:
    """The name, unless it was made for want of one."""
    return None if user.nickname == made_name(user.id) else user.nickname


def picture(user: User, origin: str) -> str | None:
    """The absolute address of the user's picture."""
    return absolute(user.avatar, origin) or None


class ReferrerShape(Struct, omit_defaults=True):
    nick: str | None = None
    avatarUrl: str | None = None

    @classmethod
    def of(cls, user: User | None, origin: str) -> ReferrerShape | None:
        return None if user is None else cls(told_nick(user), picture(user, origin))


class TeamShape(Struct, omit_defaults=True):
    """`leader` and `deputyLeader` are users; sold this month, and what was aimed at."""

    name: str
    leader: int
    curSaleroom: Yuan
    standardSaleroom: Yuan
    deputyLeader: int | None = None


class IdentityShape(Struct):
    """`idcard` without the day of birth."""

    name: str
    idcard: str

    @classmethod
    def of(cls, identity: Identity) -> IdentityShape:
        return cls(identity.name, identity.number)


class UserDetailShape(Struct, omit_defaults=True, kw_only=True):
    base: UserBaseShape
    ext: dict[str, str]
    userLevel: LevelShape | None = None
    idcard: IdentityShape | None = None
    referrer: ReferrerShape | None = None
    saleDistributionTeam: TeamShape | None = None
    parentTeamLeaderInfo: ReferrerShape | None = None


@routes.get("/user/detail", access=SIGNED_IN, raises=())
async def get_user_detail(call: Call) -> UserDetailShape:
    """查看用户详情"""
    person = await call.services.mall.members.get_person(call.caller)
    referrer = await call.services.mall.members.find_referrer(person.member)
    distribution, wallet = call.services.mall.distribution, call.services.mall.wallet
    seller, partner = await distribution.sellers.find_seller(call.caller.id), await distribution.partners.find_partner(call.caller.id)
    standing = Standing.of(seller, partner)
    rank = await call.services.mall.promotions.standings.find_standing(call.caller.id)
    identity = await wallet.identities.find_identity(call.caller.id)
    has_pay_password = await wallet.pay_passwords.has_one(call.caller.id)
    is_identified = identity is not None
    return UserDetailShape(
        base=UserBaseShape.of(
            person, standing, rank, call.origin, is_identified=is_identified, has_pay_password=has_pay_password
        ),
        ext=person.member.extensions,
        userLevel=None if rank.level is None else LevelShape.of(rank.level),
        idcard=None if identity is None else IdentityShape.of(identity),
        referrer=ReferrerShape.of(referrer, call.origin),
        saleDistributionTeam=await _team(call, standing.team_id),
        parentTeamLeaderInfo=ReferrerShape.of(await _find_leader(call, partner), call.origin),
    )


async def _find_leader(call: Call, partner: Partner | None) -> User | None:
    """Whom the member follows."""
    if partner is None or partner.leader_id is None:
        return None
    return (await call.services.mall.distribution.team.find_people({partner.leader_id})).get(partner.leader_id)


async def _team(call: Call, team_id: int) -> TeamShape | None:
    reports, now = call.services.mall.distribution.reports, call.services.clock.now()
    team = await reports.find_team(team_id)
    if team is None:
        return None
    sold = await reports.sum_team(team.id, month_begins(now))
    return TeamShape(team.name, team.leader_id, yuan(sold), yuan(team.goal), team.deputy_id)


class UserChange(Struct):
    """Only what is given changes."""

    nick: Annotated[str, Meta(max_length=256, description="昵称")] | None = None
    avatarUrl: Annotated[str, Meta(max_length=512, description="头像图片地址")] | None = None
    gender: Gender | None = None
    birthday: Annotated[str, Meta(max_length=10, description="yyyy-MM-dd")] | None = None
    province: Annotated[str, Meta(max_length=64, description="所在省份")] | None = None
    city: Annotated[str, Meta(max_length=64, description="所在城市")] | None = None
    extJsonStr: Annotated[str, Meta(max_length=20_000, description="扩展属性信息，JSON格式")] | None = None

    def to_member_change(self, origin: str) -> MemberChange:
        """Raises InvalidInput."""
        return MemberChange(
            nickname=self.nick,
            # Pictures of this server are kept without its name, by which others may call it otherwise.
            avatar=None if self.avatarUrl is None else self.avatarUrl.removeprefix(origin),
            gender=self.gender,
            birthday=self.birthday,
            province=self.province,
            city=self.city,
            extensions=None if self.extJsonStr is None else labels_in(self.extJsonStr, "extJsonStr"),
        )


@routes.post("/user/modify", access=SIGNED_IN, raises=())
async def modify_user(call: Call, body: UserChange) -> None:
    """修改用户信息"""
    await call.services.mall.members.change(call.caller, body.to_member_change(call.origin))


class WechatShape(Struct):
    uid: int
    openid: str

    @classmethod
    def of(cls, user: User) -> WechatShape:
        known = (open_id_of(identity) for identity in user.identities)
        return cls(user.id, next((one for one in known if one is not None), ""))


@routes.get("/user/wxinfo", access=SIGNED_IN, raises=())
async def get_wechat_names(call: Call) -> WechatShape:
    """获取当前用户openid,unionid

    `openid` is empty for who has never signed in by WeChat."""
    return WechatShape.of(call.caller)


@routes.get("/user/loginout", access=TOKEN_HOLDER, raises=())
async def log_out(call: Call) -> None:
    """退出登录

    The token is refused at once, by every process."""
    await call.services.mall.tokens.end_login(call.token)

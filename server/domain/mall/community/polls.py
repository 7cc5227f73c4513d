"""Polls: each member votes once, for as many options as the poll allows, while it is open."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.accounts.names import one_line
from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.community.people import Named, People, with_people
from server.domain.mall.community.windows import Window, check_window
from server.domain.mall.html import HtmlCleaner, with_clean_html
from server.domain.nouns import Noun, NounStore, NumberId, Revision, Rules, about
from server.domain.paging import ListQuery, Page, PageQuery
from server.domain.transactions import Contended, Transaction, Transactions

MOST_OPTIONS = 200
MOST_VOTERS = 10_000_000
MOST_REMARK_CHARACTERS = 200


class PollMissing(NotFound):
    """There is no such poll."""


class PollClosed(Conflict):
    """Nobody votes there now: it is closed, has not begun, or is over."""


class PollFull(Conflict):
    """As many have voted as may."""


class AlreadyVoted(Conflict):
    """The member has voted there before."""


class BallotMissing(NotFound):
    """The member has not voted there."""


class OptionUnknown(Conflict):
    """The poll has no such option."""


class WrongNumberOfOptions(Conflict):
    """Fewer or more options than the poll asks for."""

    def __init__(self, least: int, most: int):
        super().__init__(least, most)
        self.least = least
        self.most = most


Title = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")]
Count = Annotated[int, Meta(ge=0, le=MOST_VOTERS)]


class OptionTerms(Struct, frozen=True, kw_only=True):
    """One without a number is new."""

    id: Annotated[int, Meta(ge=0, le=10**9), about("编号", "Id")] = 0
    title: Annotated[Title, about("选项", "Option")]
    picture: Annotated[str, Meta(max_length=512), about("图片", "Picture", "picture")] = ""


class PollTerms(Window, frozen=True, kw_only=True):
    """`most_voters` of zero does not limit them."""

    title: Annotated[Title, about("标题", "Title")]
    content: Annotated[str, Meta(max_length=200_000), about("介绍", "Content", "html")] = ""
    options: Annotated[list[OptionTerms], Meta(min_length=1, max_length=MOST_OPTIONS), about("选项", "Options", "list")]
    least: Annotated[int, Meta(ge=1, le=MOST_OPTIONS), about("最少选几项", "Least options")] = 1
    most: Annotated[int, Meta(ge=1, le=MOST_OPTIONS), about("最多选几项", "Most options")] = 1
    most_voters: Annotated[Count, about("最多投票人数", "Most voters")] = 0
    shows_voters: Annotated[bool, about("公开投票明细", "Shows who voted for what")] = True


class Poll(PollTerms, frozen=True, kw_only=True):
    """`counts`: votes by the option's number, as text."""

    id: NumberId
    revision: Revision = 0
    last_option_id: Annotated[int, about("最后选项编号", "Last option's id")] = 0
    voters: Annotated[int, about("投票人数", "Voters")] = 0
    counts: Annotated[dict[str, int], about("票数", "Votes", "list")] = {}

    def votes_of(self, option_id: int) -> int:
        return self.counts.get(str(option_id), 0)

    def is_best(self, option_id: int) -> bool:
        """Whether none has more votes, and it has any."""
        most = max((self.votes_of(option.id) for option in self.options), default=0)
        return most > 0 and self.votes_of(option_id) == most

    def check_vote(self, option_ids: Sequence[int], now: datetime) -> None:
        """Raises PollClosed, PollFull, OptionUnknown and WrongNumberOfOptions."""
        if not self.is_open_at(now):
            raise PollClosed()
        if not {option.id for option in self.options}.issuperset(option_ids):
            raise OptionUnknown()
        if not self.least <= len(set(option_ids)) <= self.most:
            raise WrongNumberOfOptions(self.least, self.most)
        if self.most_voters and self.voters >= self.most_voters:
            raise PollFull()


class Ballot(Struct, frozen=True, kw_only=True):
    """What one member voted for."""

    id: NumberId
    revision: Revision = 1
    poll_id: Annotated[int, about("投票", "Poll", refers_to="mall.polls")]
    user_id: Annotated[int, about("会员", "Member", refers_to="mall.members")]
    option_ids: Annotated[list[int], about("选项", "Options", "list")]
    remark: Annotated[str, about("备注", "Remark")] = ""
    voted_at: Annotated[datetime, about("投票时间", "Voted at")]


class PollStore(NounStore[Poll], Protocol):
    """Where polls are kept."""

    async def find_within(self, id: int, within: Transaction) -> Poll | None: ...

    async def count_vote(self, before: Poll, option_ids: Sequence[int], within: Transaction) -> bool:
        """One more voter, and a vote for each option; False if somebody voted or changed it meanwhile."""


class BallotStore(NounStore[Ballot], Protocol):
    """Where ballots are kept; one for a member and poll."""

    async def find_ballot(self, poll_id: int, user_id: int, within: Transaction | None = None) -> Ballot | None: ...

    async def page_ballots(self, poll_id: int, page: PageQuery) -> Page[Ballot]:
        """The newest first."""


class PollService:
    """Voting."""

    def __init__(self, polls: PollStore, ballots: BallotStore, people: People, transactions: Transactions, clock: Clock):
        self._polls = polls
        self._ballots = ballots
        self._people = people
        self._transactions = transactions
        self._clock = clock

    async def page_polls(self, *, is_open: bool | None, page: PageQuery) -> Page[Poll]:
        """The newest first."""
        filters = {} if is_open is None else {"is_open": is_open}
        return await self._polls.page(ListQuery(filters=filters, order=("-id",)), page)

    async def get_poll(self, poll_id: int) -> Poll:
        """Raises PollMissing."""
        found = await self._polls.find(poll_id)
        if found is None:
            raise PollMissing("poll")
        return found

    async def vote(self, member: User, poll_id: int, option_ids: Sequence[int], remark: str) -> Ballot:
        """Once for each member. Raises InvalidInput, AlreadyVoted, Contended and what `Poll.check_vote` raises."""
        if len(remark) > MOST_REMARK_CHARACTERS:
            raise InvalidInput({"remark": [f"too_long:{MOST_REMARK_CHARACTERS}"]})
        chosen = list(dict.fromkeys(option_ids))
        ballot_id = await self._ballots.next_id()

        async def work(within: Transaction) -> Ballot:
            poll = await self._polls.find_within(poll_id, within)
            if poll is None:
                raise PollMissing("poll")
            if await self._ballots.find_ballot(poll_id, member.id, within) is not None:
                raise AlreadyVoted()
            now = self._clock.now()
            poll.check_vote(chosen, now)
            if not await self._polls.count_vote(poll, chosen, within):
                raise Contended()
            ballot = Ballot(
                id=ballot_id, poll_id=poll_id, user_id=member.id, option_ids=chosen, remark=one_line(remark), voted_at=now
            )
            await self._ballots.add(ballot, None, within)
            return ballot

        return await self._transactions.run(work, (f"poll:{poll_id}",))

    async def get_own(self, member: User, poll_id: int) -> Ballot:
        """Raises BallotMissing."""
        found = await self._ballots.find_ballot(poll_id, member.id)
        if found is None:
            raise BallotMissing("ballot")
        return found

    async def page_ballots(self, poll_id: int, page: PageQuery) -> Page[Named[Ballot]]:
        """With who voted, where the poll shows it; else none. Raises PollMissing."""
        if not (await self.get_poll(poll_id)).shows_voters:
            return Page(page.number, [], 0)
        found = await self._ballots.page_ballots(poll_id, page)
        return await with_people(self._people, found, [one.user_id for one in found.items])


class PollRules(Rules[Poll]):
    """Options keep their numbers for ever, as ballots name them: one that was voted for does not go. What is told of a poll is cleaned."""

    def __init__(self, cleaner: HtmlCleaner):
        self._cleaner = cleaner

    async def make(self, noun: Noun[Poll], id: int, terms: PollTerms, before: Poll | None) -> Poll:
        check_window(terms)
        if terms.most < terms.least:
            raise InvalidInput({"most": [f"at_least:{terms.least}"]})
        if terms.least > len(terms.options):
            raise InvalidInput({"least": [f"at_most:{len(terms.options)}"]})
        known = {option.id for option in before.options} if before is not None else set()
        given = [option.id for option in terms.options if option.id]
        if not known.issuperset(given) or len(set(given)) < len(given):
            raise InvalidInput({"options": ["unknown"]})
        if before is not None and any(before.votes_of(gone) for gone in known - set(given)):
            raise InvalidInput({"options": ["in_use"]})
        last, options = before.last_option_id if before is not None else 0, []
        for option in terms.options:
            last += 0 if option.id else 1
            options.append(option if option.id else replace(option, id=last))
        terms = await with_clean_html(replace(terms, options=options), self._cleaner)
        made = await super().make(noun, id, terms, before)
        return replace(made, last_option_id=last)


POLLS = Noun(
    area="mall",
    name="polls",
    zh="投票",
    en="Polls",
    made=Poll,
    terms=PollTerms,
    label="title",
    searched=("title",),
    sorted=("id", "title", "voters"),
    filtered=("is_open",),
    order=("-id",),
    is_kept=True,  # ballots name it
)

BALLOTS = Noun(
    area="mall",
    name="ballots",
    zh="投票记录",
    en="Ballots",
    made=Ballot,
    label="id",
    searched=("remark",),
    sorted=("id", "voted_at"),
    filtered=("poll_id", "user_id", "voted_at"),
    order=("-id",),
    is_kept=True,
)

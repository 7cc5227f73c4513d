"""The stores of one database, area by area."""
from __future__ import annotations

from dataclasses import dataclass

from server.storage.accounts import AccountStores
from server.storage.aftersale import AftersaleStores
from server.storage.auctions import AuctionStores
from server.storage.auditing import MongoBookStandings
from server.storage.belongings import MongoBelongings
from server.storage.changes import MongoChanges
from server.storage.groupbuy import GroupbuyStores
from server.storage.mall import MallStores
from server.storage.mongo import Mongo
from server.storage.operators import OperatorStores
from server.storage.personal import MongoPersonalData
from server.storage.pictures import MongoPictures
from server.storage.reminders import ReminderStores


@dataclass(frozen=True)
class Stores:
    """Everything that one database keeps."""

    auctions: AuctionStores
    accounts: AccountStores
    operators: OperatorStores
    groupbuy: GroupbuyStores
    mall: MallStores
    aftersale: AftersaleStores
    reminders: ReminderStores
    changes: MongoChanges
    book_standings: MongoBookStandings
    pictures: MongoPictures
    personal: MongoPersonalData
    belongings: MongoBelongings

    @classmethod
    def of(cls, mongo: Mongo) -> Stores:
        database, sequences = mongo.database, mongo.sequences
        return cls(
            auctions=AuctionStores.of(database, sequences),
            accounts=AccountStores.of(database, sequences),
            operators=OperatorStores.of(database),
            groupbuy=GroupbuyStores.of(database, sequences),
            mall=MallStores.of(database, sequences),
            aftersale=AftersaleStores.of(database),
            reminders=ReminderStores.of(database),
            changes=MongoChanges(database),
            book_standings=MongoBookStandings(database),
            pictures=MongoPictures(database),
            personal=MongoPersonalData(database),
            belongings=MongoBelongings(database),
        )

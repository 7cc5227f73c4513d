"""Rules and use cases. Imports the standard library and msgspec alone.

Glossary
    group          one issue (期): goods sold together, with a start and an end
    goods, lot     one thing for sale; `goods` in the documents and at the edge, `lot` where its auction state is meant
    bid            an accepted offer, numbered by `seq` within its lot, from 1 without gaps
    offer          what a bidder asks for, before the rules have decided
    leader         who has the highest bid of a lot
    ceiling        the leader's maximum, up to which bids are made on their behalf (proxy bidding); secret
    soft close     a late bid moves the lot's end
    buy-out        封顶: a bid of exactly the top price wins at once
    settle         decide winner and losers after the end, once
    participation  one user's part in one lot: their last price, leading or outbid, won or lost
    outbox         accepted bids in the lot's document that are on their way to the record
    record         all accepted bids of a lot, each chained to the one before by SHA-256
    floor          the newest known state of every running lot, in this process's memory
    look           one read of MongoDB that brings the floor to the truth
    fen            1/100 yuan; every amount is a whole number of fen
"""

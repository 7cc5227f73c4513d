"""Group auctions: groups, their lots, bids, closing, the record."""

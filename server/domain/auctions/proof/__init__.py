"""The proof: what bidders take home of a sale, signed, and how it is held against the record later, by anybody.

What is signed is a *statement*, a JSON text: the receipt of a bid, the head of a lot's chain once it is settled, the root of a group's
heads once it has ended. docs/proof.md says what that proves, and what it cannot.
"""

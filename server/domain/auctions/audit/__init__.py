"""The audit: whether what is stored can be what the server alone wrote.

It trusts nothing that the rules of a bid computed: each promise of the record is checked from what is stored alone. A
server may be at work meanwhile, so what is on its way (the outbox, the projection) is no finding.
"""

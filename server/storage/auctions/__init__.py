"""Groups, lots, the record, participations and idempotency keys in MongoDB."""

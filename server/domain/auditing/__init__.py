"""The audit that never ends: of lots, of what was published, of what came after sales, of the mall."""

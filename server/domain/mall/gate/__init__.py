"""The gate: what merchants ask by keys of their own, in nobody's name."""

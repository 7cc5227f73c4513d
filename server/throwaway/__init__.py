"""State that may be lost at any moment, in Redis or in memory: what is kept here is made again, or asked for again."""

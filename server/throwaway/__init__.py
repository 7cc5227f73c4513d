"""State that may be lost at any moment, in Redis: what is kept here is made again, or asked for again."""

"""State that may be lost."""

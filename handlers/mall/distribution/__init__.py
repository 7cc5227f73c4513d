"""Distribution in the mall's document."""

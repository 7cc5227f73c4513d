"""Distribution: members who recommend the mall's goods, and what they get for it."""

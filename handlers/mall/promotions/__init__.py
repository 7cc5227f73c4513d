"""What lowers prices and rewards members, as the document writes it."""

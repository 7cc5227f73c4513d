"""Claims: what buyers ask for after the sale: money back, goods returned, goods exchanged."""

"""What a server tells of itself: counts, timings and lines of a log."""

"""Small things that clients ask the mall for."""

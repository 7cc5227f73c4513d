"""What is sold and played beside goods, a chapter a file."""

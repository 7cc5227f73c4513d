"""What members do with each other and with the shop beside buying: bookings, queues, polls, friends, letters, and the ways in."""

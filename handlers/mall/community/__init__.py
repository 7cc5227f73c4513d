"""What members do beside buying: bookings, queues, polls, friends, letters, and more ways in."""

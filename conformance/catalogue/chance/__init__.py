"""What is drawn at random: its forms are laws, not numbers."""

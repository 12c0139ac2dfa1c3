"""What is known and to be expected of each line and item: rates with their intervals."""

"""What one event changes in the state: orders placed, lines delivered, returned, closed and forgotten."""

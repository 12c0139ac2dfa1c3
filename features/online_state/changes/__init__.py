"""The changes of the online state: orders placed, lines delivered, returned, closed and forgotten."""

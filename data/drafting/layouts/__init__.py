"""How a file is laid out: its kind, delimiter and header, its footer, its sheets, and lists that hold the rows."""

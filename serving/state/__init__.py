"""The online state that is served: its home, its events, its guard."""

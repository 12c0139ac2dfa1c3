"""Which models there are and which one scores: gate, registration, challenge, history."""

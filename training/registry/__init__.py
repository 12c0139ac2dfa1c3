"""The registry of models and their champion: gate, registration, challenge, history of the alias."""

"""The model that is served: watched, fetched, held."""

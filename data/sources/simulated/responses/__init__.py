"""The truth of how customers of the simulated shop respond to what a checkout shows them; no policy may see it."""

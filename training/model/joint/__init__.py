"""The lines of a basket together: how many and which come back, with the same probability of each line as its score."""

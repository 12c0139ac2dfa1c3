"""The model: how its lines are split, and how it is fitted, calibrated, explained and saved as a bundle."""

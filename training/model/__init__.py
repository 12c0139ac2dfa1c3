"""The model: how it is split off, fitted, calibrated, saved as a bundle and explained."""

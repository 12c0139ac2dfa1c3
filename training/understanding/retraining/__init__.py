"""Models that are trained again with fewer lines or fewer features, and tested on the month before the test."""

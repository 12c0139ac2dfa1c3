"""The product report as one HTML file."""

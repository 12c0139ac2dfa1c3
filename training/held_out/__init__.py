"""Lines that were scored by a model which had not seen them, whose they are, and the slices that they fall into."""

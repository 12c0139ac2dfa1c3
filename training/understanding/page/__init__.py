"""The pages: that of the stages, and that of two runs."""

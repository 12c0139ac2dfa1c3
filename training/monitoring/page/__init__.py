"""The page of the nowcast."""

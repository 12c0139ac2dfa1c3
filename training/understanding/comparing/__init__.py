"""Two runs of the pipeline side by side: which lines moved, where, and why."""

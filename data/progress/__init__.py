"""What a stage is at: named steps that move, the line that shows them, and the journal that keeps their times."""

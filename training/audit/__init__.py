"""What people outside the team ask of a model: for whom it is fair, and its card."""

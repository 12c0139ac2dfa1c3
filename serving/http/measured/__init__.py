"""What the metrics say beyond counting requests: what is asked against training, and how good the scores are."""

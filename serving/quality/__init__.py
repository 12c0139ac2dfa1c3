"""How good the served scores are, as far as it can be known today: found beside scoring, and read by the workers."""

"""From a scored basket to what the checkout should do about it."""

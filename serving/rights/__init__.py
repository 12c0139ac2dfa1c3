"""Commands by which a shop answers what persons may ask of it: erasure, and all that is known of them."""

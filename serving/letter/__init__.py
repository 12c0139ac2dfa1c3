"""The letter to a person: how an order was assessed, by what, and what would have changed the result."""

"""From a score to an act: which action a basket gets, by the profit that it should add, and for whom it is drawn."""

"""Tables from events: what events changed in the online state, merged into the canonical tables of before."""

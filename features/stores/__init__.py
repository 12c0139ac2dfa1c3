"""Where the online state is kept: one protocol, a module for each kind of store."""

"""The online state: what it holds, and how events change it."""

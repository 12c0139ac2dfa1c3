"""Learning from logged decisions: what each action changes for which basket, and what another policy would earn."""

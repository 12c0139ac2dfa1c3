"""The page of the model: how good its scores are today, its level, the alarms, and where scores and returns part."""

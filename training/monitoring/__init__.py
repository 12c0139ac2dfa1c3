"""Monitoring: how good the scores of late are, told from outcomes that are known in part."""

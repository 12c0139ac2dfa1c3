"""Counters and features: each feature is defined once, and computed over tables (offline) and over baskets (online)."""

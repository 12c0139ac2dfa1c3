"""Findings: faults, rises, spikes, concentration, bracketing, and what moved the rate."""

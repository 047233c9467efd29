"""Runs held against each other: paired differences, baselines, the gate."""

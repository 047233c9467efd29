"""Asking: one trace to many budgets, and conversations."""

"""Scorers, one file a kind. They are called in worker processes that can be killed, never in the event loop."""

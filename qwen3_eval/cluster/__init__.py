"""Machines that work together: how a Ray cluster is joined, and which of several gets work next."""

"""Machines that work together: a Ray cluster, actors that come and go, and which of several gets work next."""

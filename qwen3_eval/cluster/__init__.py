"""Machines that work together: how a Ray cluster is joined, actors that come and go, and who of several gets work next."""

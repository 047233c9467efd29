"""A small world of tools, and conversations in it whose right calls are known."""

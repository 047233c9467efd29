"""The run directory: its files, what they hold, and how they are read, written and mended."""

"""From a config and tasks to a run that is ready to begin."""

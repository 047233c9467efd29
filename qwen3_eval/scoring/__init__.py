"""From a generation to a score, in worker processes that can be killed."""

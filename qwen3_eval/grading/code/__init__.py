"""Programs that a model wrote: found in its answer, run in the sandbox, and judged by what they answered."""

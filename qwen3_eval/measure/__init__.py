"""What a run measured: results, their health, and what they cost."""

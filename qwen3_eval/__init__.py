"""qwen3_eval: reproduces the benchmarks of the Qwen3 Technical Report (arXiv 2505.09388)."""

__version__ = "0.1.0"

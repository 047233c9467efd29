"""``python -m qwen3_eval``: the same as ``qwen3-eval``."""

import sys

from qwen3_eval.cli import main

if __name__ == "__main__":
    sys.exit(main())

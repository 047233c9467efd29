"""The bundled demo model: a very small Qwen3 that learnt the families of ``tasks/demo``."""

from pathlib import Path


def model_path() -> Path:
    """The folder of the bundled model, in the layout of the hub."""
    return Path(__file__).parent / "model"

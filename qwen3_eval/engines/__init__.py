"""Backends: ``vllm`` in process, ``server`` over HTTP, ``replay`` and ``mock``."""

"""Chat templates: which a model has (``templates_of``), what they read, and their text as transformers renders them."""

from qwen3_eval.templates.chat import (
    DEFAULT,
    TEMPLATE_FILES,
    WITH_TOOLS,
    ChatTemplate,
    ChatTemplates,
    check_free,
    missing_functions,
    special_tokens,
    template_values,
    templates_of,
)

__all__ = [
    "DEFAULT",
    "TEMPLATE_FILES",
    "WITH_TOOLS",
    "ChatTemplate",
    "ChatTemplates",
    "check_free",
    "missing_functions",
    "special_tokens",
    "template_values",
    "templates_of",
]

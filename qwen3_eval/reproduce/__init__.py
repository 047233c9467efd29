"""A table or figure of the report with a model's own results in it, and what it takes to measure them."""

FORMATS = ("terminal", "markdown", "csv", "latex", "html")

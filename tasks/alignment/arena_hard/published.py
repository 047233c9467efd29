"""The judge's prompts of all versions of Arena-Hard as its authors publish them: in YAML files and in code."""

from collections.abc import Iterable, Mapping
from typing import Any

from qwen3_eval.api import reading

REPO = "lmarena/arena-hard-auto"
# What is said to a judge of 2024 whose reply holds no label; it stands in the authors' program alone.
AGAIN = "continue your judgment and finish by outputting a final verdict label"
OLD, OLDER, NEWER = "config/judge_config.yaml", "config/arena-hard-v0.1.yaml", "config/arena-hard-v2.0.yaml"
CODE = "utils/judge_utils.py"
FIRST = "arena-hard-v0.1"


def judge_prompts(old: str, new: str) -> reading.Composed:
    """A row for each version and category of questions. old, new: the commits of 2024 and of 2025."""

    def rows(of_old: str, of_first: str, of_second: str, code: str) -> Iterable[Mapping[str, Any]]:
        judges = reading.constants(code)["JUDGE_SETTINGS"]
        yield _of_2024(reading.settings(of_old), f"{REPO}@{old}:{OLD}, gen_judgment.py")
        for version, text, path in (("v0.1 (code of 2025)", of_first, OLDER), ("v2.0", of_second, NEWER)):
            config, place = reading.settings(text), f"{REPO}@{new}:{path}, {CODE}"
            for category, judge in judges.items():
                if (category == FIRST) == (path == OLDER):
                    yield _of_2025(version, category, judge, config) | {"source": place}

    return reading.Composed((f"{old}:{OLD}", OLDER, NEWER, CODE), rows)


def _of_2024(config: Mapping[str, Any], source: str) -> dict[str, Any]:
    [template] = config["prompt_template"]
    return {
        "version": "v0.1",
        "category": config["bench_name"],
        "baseline": config["baseline_model"],
        **{name: config[name] for name in ("judge_model", "temperature", "max_tokens")},
        "attempts": config["number_of_judgment_attempts"],
        "retry_message": AGAIN,
        "regex_patterns": [config["regex_pattern"]],
        "system_prompt": config["system_prompt"],
        "user_template": template,
        "source": source,
    }


def _of_2025(version: str, category: str, judge: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": version,
        "category": category,
        **{name: config[name] for name in ("judge_model", "temperature", "max_tokens", "regex_patterns")},
        **judge,
        "attempts": 1,
        "user_template": config["prompt_template"],
    }

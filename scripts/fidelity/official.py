r"""Judges answers with a reference's own code: in an environment of its own, without this project.

    ENV/bin/python scripts/fidelity/official.py --reference polymath --repo CLONE --answers answers.jsonl --out v.jsonl

``docs/fidelity.md`` names the repository, its commit and the packages for each reference. The reference's code is
imported from its clone as it is; where a module cannot be imported whole (it wants torch, or a file that its
repository lacks), the functions that judge are taken out of it. A line of the output is true, false, or null where the
reference gave no verdict within ``--seconds``.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import json
import os
import re
import resource
import select
import signal
import sys
import tempfile
import types
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Official = Callable[[dict[str, str]], bool]
MEMORY_BYTES = 4 * 2**30


def functions(path: Path, *names: str) -> dict[str, Any]:
    """Some functions and constants of a module, without the rest of it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    chosen = [node for node in tree.body if _defines(node) & {*names} or isinstance(node, ast.Import)]
    chosen = [node for node in chosen if not isinstance(node, ast.Import) or find_spec(node.names[0].name)]
    scope: dict[str, Any] = {}
    exec(compile(ast.Module(chosen, []), str(path), "exec"), scope)  # noqa: S102
    return scope


def _defines(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef):
        return {node.name}
    return {ast.unparse(each) for each in node.targets} if isinstance(node, ast.Assign) else set()


def warm(equal: Callable[[str, str], object]) -> None:
    """Uses the grammars once: they are quick after that, in every process that is forked from this one."""
    for text in ("\\frac{1}{2}+\\sqrt{n}", "$2^{n-1} (x+1)$", "(1,2)"):
        equal(text, text)


def polymath(repo: Path, seconds: float) -> Official:
    """QwenLM/PolyMath, ``run_eval.py``: its limit of a second is the runner's, for slow machines."""
    sys.path.insert(0, str(repo / "eval"))
    package = importlib.import_module("bundled.symeval")
    package.EvaluatorMath = importlib.import_module("bundled.symeval.core").EvaluatorMath  # type: ignore[attr-defined]
    scripts, run = importlib.import_module("scripts"), importlib.import_module("run_eval")
    if scripts.call_with_timeout.__kwdefaults__:
        scripts.call_with_timeout.__kwdefaults__["timeout"] = seconds
    warm(scripts.symbolic_equal)

    def grade(line: dict[str, str]) -> bool:
        boxes = run.extract_boxed_content(line["answer"])
        return bool(scripts.math_equal(boxes[0] if boxes else None, line["target"]))

    return grade


def qwen(repo: Path, seconds: float) -> Official:
    """QwenLM/Qwen2.5-Math, ``evaluation/parser.py`` and ``grader.py``."""
    for folder in ("evaluation/latex2sympy", "evaluation"):
        sys.path.insert(0, str(repo / folder))
    sys.modules.setdefault("datasets", types.ModuleType("datasets"))
    for name in ("load_dataset", "Dataset", "concatenate_datasets"):
        setattr(sys.modules["datasets"], name, None)
    parser, grader = importlib.import_module("parser"), importlib.import_module("grader")
    warm(grader.symbolic_equal)

    def grade(line: dict[str, str]) -> bool:
        target = parser.strip_string(line["target"], skip_unit=False)
        found = parser.extract_answer(line["answer"], "aime24" if line["task"].startswith("aime") else "math")
        return bool(grader.math_equal(found, target))

    return grade


def hendrycks(repo: Path, seconds: float) -> Official:
    """hendrycks/math, ``modeling/math_equivalence.py``, and the last box as in ``dataset/util.py``."""
    equal = functions(
        repo / "modeling/math_equivalence.py",
        *("_fix_fracs", "_fix_a_slash_b", "_remove_right_units", "_fix_sqrt", "_strip_string", "is_equiv"),
    )["is_equiv"]
    found = functions(repo / "modeling/dataset/util.py", "last_boxed_only_string", "last_boxed_only")
    remove = functions(repo / "modeling/eval_math_gpt.py", "remove_boxed")["remove_boxed"]

    def grade(line: dict[str, str]) -> bool:
        return bool(equal(remove(found["last_boxed_only_string"](line["answer"])), line["target"]))

    return grade


def prm800k(repo: Path, seconds: float) -> Official:
    """openai/prm800k, ``grading/grader.py``; its data has the answers, so the last box is that of hendrycks/math."""
    sys.path.insert(0, str(repo / "prm800k"))
    grader = importlib.import_module("grading.grader")

    def grade(line: dict[str, str]) -> bool:
        start = line["answer"].rfind("\\boxed{")
        inside, depth = "", 1
        for sign in line["answer"][start + 7 :] if start >= 0 else "":
            depth += {"{": 1, "}": -1}.get(sign, 0)
            if depth == 0:
                return bool(grader.grade_answer(inside, line["target"]))
            inside += sign
        return bool(grader.grade_answer(None, line["target"]))

    return grade


def gsm8k(repo: Path, seconds: float) -> Official:
    """openai/grade-school-math, ``dataset.py``."""
    scope = functions(repo / "grade_school_math/dataset.py", "ANS_RE", "INVALID_ANS", "extract_answer", "is_correct")

    def grade(line: dict[str, str]) -> bool:
        return bool(scope["is_correct"](line["answer"], {"answer": f"#### {line['target']}"}))

    return grade


def mgsm(repo: Path, seconds: float) -> Official:
    """openai/simple-evals, ``mgsm_eval.py``."""
    scope = functions(repo / "mgsm_eval.py", "LANG_TO_ANSWER_PREFIX", "parse_answer", "score_mgsm")

    def grade(line: dict[str, str]) -> bool:
        prefix = scope["LANG_TO_ANSWER_PREFIX"][line["language"].partition("-")[0]]
        return bool(scope["score_mgsm"](line["target"], scope["parse_answer"](line["answer"], prefix)))

    return grade


def harness(repo: Path, seconds: float) -> Official:
    """EleutherAI/lm-evaluation-harness, ``mgsm_native_cot`` with ``flexible-extract``."""
    scope = functions(repo / "lm_eval/api/metrics.py", "exact_match_hf_evaluate")
    find = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")

    def grade(line: dict[str, str]) -> bool:
        groups = [next(group for group in found if group) for found in find.findall(line["answer"])]
        said = groups[-1].strip() if groups else "[invalid]"
        options = {"ignore_case": True, "ignore_punctuation": True}
        return bool(scope["exact_match_hf_evaluate"]([said], [line["target"]], **options)["exact_match"])

    return grade


def mclm(repo: Path, seconds: float) -> Official:
    """joshbarua/MCLM, ``src/score.py``, one answer a file; it skips what math-verify raises at, which is no point."""
    sys.path.insert(0, str(repo / "src"))
    score = importlib.import_module("score")

    def grade(line: dict[str, str]) -> bool:
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
            json.dump({"response": line["answer"], "answer": line["target"]}, file)
            file.flush()
            rows = score.get_score(file.name)[1]
        return bool(rows and rows[0][-1])

    return grade


def matharena(repo: Path, seconds: float) -> Official:
    """eth-sri/matharena, ``src/matharena/parser.py`` as ``extract_and_grade`` of ``grader.py`` calls it."""
    sys.path.insert(0, str(repo / "src"))
    parser = importlib.import_module("matharena.parser")
    parser.logger.remove()
    warm(lambda answer, _: parser.parse_answer(answer))

    def grade(line: dict[str, str]) -> bool:
        several = "," in line["target"]
        found, _ = parser.extract_answer(line["answer"], strict_parsing=False, parse=True, list_answer=several)
        target, _ = parser.parse_answer(line["target"], list_answer=several)
        return bool(parser.check_answers(found, target))

    return grade


REFERENCES: dict[str, Callable[[Path, float], Official]] = {
    "polymath": polymath,
    "qwen2.5-math": qwen,
    "hendrycks": hendrycks,
    "prm800k": prm800k,
    "gsm8k": gsm8k,
    "simple-evals": mgsm,
    "lm-eval": harness,
    "mclm": mclm,
    "matharena": matharena,
}


def verdict(grade: Official, line: dict[str, str], seconds: float) -> bool | None:
    """What the reference says; None for an answer at which it does not end. An error counts as unequal.

    Each answer has a process of its own: some references remember what they have read, and some never end.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.setsid()
        os.write(writer, b"1" if graded(grade, line) else b"0")
        os._exit(0)
    os.close(writer)
    ended, _, _ = select.select([reader], [], [], 3 * seconds)
    said = os.read(reader, 1) if ended else b""
    os.close(reader)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return {b"1": True, b"0": False}.get(said)


def graded(grade: Official, line: dict[str, str]) -> bool:
    """A verdict, or False with a line that says what was raised."""
    try:
        return grade(line)
    except Exception as error:  # noqa: BLE001
        print(f"{line['id']} {line['form']}: {type(error).__name__}: {error}"[:200], file=sys.stderr)
        return False


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", choices=sorted(REFERENCES), required=True)
    parser.add_argument("--repo", type=Path, required=True)
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=10.0)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    grade = REFERENCES[args.reference](args.repo, args.seconds)
    with args.out.open("w", encoding="utf-8") as out:
        for text in args.answers.read_text(encoding="utf-8").splitlines():
            print(json.dumps(verdict(grade, json.loads(text), args.seconds)), file=out, flush=True)


if __name__ == "__main__":
    main()

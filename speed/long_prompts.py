"""What long prompts cost: memory while many are in flight, and CPU for each, against a server that holds its answers.

    python -m speed.long_prompts [TOKENIZER]

64 prompts of 131,072 tokens, all in flight at once, whoever renders them. TOKENIZER: a folder; the demo model's where
none is given.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from speed.figures import figure
from speed.harness import MIB, ROOT, Used, ask, finish, server

PROMPTS, TOKENS = 64, 131_072
SAMPLE = 200_000
TASK = '''"""Prompts of random words."""
import random

from qwen3_eval.api import Doc, Generated, Prompt, Score, Task, task

WORDS = {words!r}


@task(name="bench_long", category="demo", version="1", reference="this file", max_tokens=16, answer_tokens=16,
      source=Generated(seed=1, count={prompts}))
class BenchLong(Task):
    """Which word comes first?"""

    def rows(self, rng):
        while True:
            yield {{"number": rng.randrange(10**9)}}

    def doc(self, row):
        return Doc(str(row["number"]), f"Which word comes first? ({{row['number']}})", "a")

    def prompt(self, doc):
        return Prompt.user(" ".join(random.Random(doc.id).choices(WORDS, k={count})) + doc.question)

    def score(self, doc, answer):
        return Score(0.0, extracted=answer)
'''


def words_of() -> list[str]:
    """Words that look like those of a language, without being any."""
    rng = random.Random(0)
    syllables = [a + b for a in "bdfghklmnprst" for b in ("a", "e", "i", "o", "u", "an", "er", "in", "on")]
    return ["".join(rng.choices(syllables, k=rng.randint(1, 3))) for _ in range(3_000)]


def measure(tokenizer: str, tokens: int, *more: str) -> tuple[Used, int]:
    """One run, with the resident memory in KiB when all of its prompts were in flight."""
    from qwen3_eval.prompts import Renderer

    words, rng = words_of(), random.Random(1)
    rate = len(Renderer(tokenizer).encode(" ".join(rng.choices(words, k=SAMPLE // 10)))) / (SAMPLE // 10)
    with tempfile.TemporaryDirectory() as folder, server("--hold-all", "--context", str(2 * TOKENS)) as url:
        source = TASK.format(words=words, prompts=PROMPTS, count=int(tokens / rate))
        (Path(folder) / "tasks").mkdir()
        (Path(folder) / "tasks" / "bench_long.py").write_text(source)
        argv = ["run", "--model", "stub/model", "--base-url", url, "--tasks", "bench_long", "--mode", "non-thinking"]
        argv += ["--tasks-dir", f"{folder}/tasks", "--run-dir", f"{folder}/run", "--slots", str(PROMPTS), *more]
        began = time.time()
        command = [sys.executable, "-m", "qwen3_eval", *argv, "--tokens-in-flight", str(2 * PROMPTS * TOKENS)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT)
        while ask(url, "/stats")["count"] < PROMPTS:
            time.sleep(0.2)
            if process.poll() is not None:
                raise RuntimeError(f"the run ended: {process.stderr.read().decode() if process.stderr else ''}")
        resident = _resident(process.pid)
        ask(url, "/release")
        return finish(process, began), resident


def _resident(pid: int) -> int:
    """Resident memory in KiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def main() -> None:
    """Prompts that are rendered here, then those that the server renders."""
    named = sys.argv[1:2]
    tokenizer = named[0] if named else str(ROOT / "qwen3_eval" / "demo" / "model")
    for rendering in ("client", "server"):
        more = ["--rendering", rendering] + (["--tokenizer", tokenizer] if rendering == "client" else [])
        (short, idle), (used, resident) = measure(tokenizer, 16, *more), measure(tokenizer, TOKENS, *more)
        what = f"long prompts: {PROMPTS} of {TOKENS:,} tokens in flight, rendered by the {rendering}"
        figure(f"{what}, memory beyond short ones", (resident - idle) / MIB, "MiB", "250")
        figure(f"{what}, at most", (used.peak - short.peak) / MIB, "MiB")
        figure(f"{what}, CPU of each", (used.cpu - short.cpu) / PROMPTS * 1000, "ms")


if __name__ == "__main__":
    main()

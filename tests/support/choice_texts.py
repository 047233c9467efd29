"""Texts around a letter: reasoning, forms of an announcement, prose that announces nothing."""

from __future__ import annotations

from hypothesis import strategies as st

REASONING = (
    "Let me go through the options.\n\nOption A says that the force doubles, which is wrong because mass matters.\n"
    "(B) would hold if the surface were smooth. Option C fails for large angles, and D ignores friction.\n\n"
)
CITIES = ("Rome", "Berlin", "Paris", "New York")
FORMS = (
    '"answer": "{}"',
    '```json\n{{\n  "answer": "{}"\n}}\n```',
    "{{'answer': '{}'}}",
    "\\boxed{{{}}}",
    "\\boxed{{\\text{{{}}}}}",
    "$\\boxed{{\\mathrm{{{}}}}}$",
    "Answer: {}",
    "**Answer:** {}",
    "Answer: ({}) Paris",
    "Final answer: **{}**",
    "The correct answer is {}.",
    "The answer is option ({}).",
    "Therefore, the correct option is **{}**.",
    "答案：{}",
    "故选{}。",
    "正确答案是 **{}**。",
    "Respuesta: {}",
    "La bonne réponse est {}.",
    "Die richtige Antwort ist {}.",
    "Правильный ответ: {}",
    "الإجابة الصحيحة هي ({})",
    "정답: {}",
    "答えは{}です。",
    "คำตอบคือ {}",
    "Đáp án: {}",
    "Jawaban: {}",
    "सही उत्तर {} है।",
)
WORDS = (
    "the force grows with distance so we compare every option and find that (A) would need more heat while B stays "
    "cold; a good approach is to test C first, I think, since D fails. Option A ignores x = 3, in figure B 'A' marks "
    "water and 42 is too large? \\frac{A}{B} is $C$ here: E. coli and vitamin C grow 水 在 A 点 и вода آب ज"
).split()
# Words that could, by chance, make an announcement of what follows them.
prose = st.lists(st.sampled_from([word for word in WORDS if word not in ("option", "is", "Option")]), max_size=40).map(
    " ".join
)


def phrases(field: str) -> list[str]:
    """The phrases of a field of the table of words."""
    return [phrase.strip() for phrase in field.split(",") if phrase.strip()]

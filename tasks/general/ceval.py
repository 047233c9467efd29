"""C-Eval: Chinese examination questions of 52 subjects with four options.

Rows: the val split (1,346 questions), for which the authors print results of their own; the answers to the test split
were withheld until July 2025, after the report. Asked: the authors' opening line, the question with its options as in
their prompt, and the instruction of the Qwen3 model cards in place of their bare "答案：", after which a model could
not reason. Judged: the letter that the answer settles on. Reported: the mean over the subjects, as in the authors'
tables, whose averages follow from the subjects and not from the questions. Report: Tables 11 to 20.
"""

from collections.abc import Mapping
from typing import Any

from qwen3_eval.api import (
    CHOICE_LETTER,
    Doc,
    NamedPrompt,
    Paper,
    Prompt,
    Score,
    Source,
    Task,
    choice_letter,
    metrics,
    task,
)

REPOSITORY = "hkust-nlp/ceval@cba65ae93bcf189149ced9f66ae0c958201faed9"
LETTERS = "ABCD"
OPENING = NamedPrompt(
    "ceval_opening",
    "1",
    "以下是中国关于{subject}考试的单项选择题，请选出其中的正确答案。\n\n",
    f"{REPOSITORY} code/evaluator_series/evaluators/chatgpt.py",
)
# The subjects by their names on the hub: subject_mapping.json of the reference.
SUBJECTS = {
    "accountant": "注册会计师",
    "advanced_mathematics": "高等数学",
    "art_studies": "艺术学",
    "basic_medicine": "基础医学",
    "business_administration": "工商管理",
    "chinese_language_and_literature": "中国语言文学",
    "civil_servant": "公务员",
    "clinical_medicine": "临床医学",
    "college_chemistry": "大学化学",
    "college_economics": "大学经济学",
    "college_physics": "大学物理",
    "college_programming": "大学编程",
    "computer_architecture": "计算机组成",
    "computer_network": "计算机网络",
    "discrete_mathematics": "离散数学",
    "education_science": "教育学",
    "electrical_engineer": "注册电气工程师",
    "environmental_impact_assessment_engineer": "环境影响评价工程师",
    "fire_engineer": "注册消防工程师",
    "high_school_biology": "高中生物",
    "high_school_chemistry": "高中化学",
    "high_school_chinese": "高中语文",
    "high_school_geography": "高中地理",
    "high_school_history": "高中历史",
    "high_school_mathematics": "高中数学",
    "high_school_physics": "高中物理",
    "high_school_politics": "高中政治",
    "ideological_and_moral_cultivation": "思想道德修养与法律基础",
    "law": "法学",
    "legal_professional": "法律职业资格",
    "logic": "逻辑学",
    "mao_zedong_thought": "毛泽东思想和中国特色社会主义理论体系概论",
    "marxism": "马克思主义基本原理",
    "metrology_engineer": "注册计量师",
    "middle_school_biology": "初中生物",
    "middle_school_chemistry": "初中化学",
    "middle_school_geography": "初中地理",
    "middle_school_history": "初中历史",
    "middle_school_mathematics": "初中数学",
    "middle_school_physics": "初中物理",
    "middle_school_politics": "初中政治",
    "modern_chinese_history": "近代史纲要",
    "operating_system": "操作系统",
    "physician": "医师资格",
    "plant_protection": "植物保护",
    "probability_and_statistics": "概率统计",
    "professional_tour_guide": "导游资格",
    "sports_science": "体育学",
    "tax_accountant": "税务师",
    "teacher_qualification": "教师资格",
    "urban_and_rural_planner": "注册城乡规划师",
    "veterinary_medicine": "兽医学",
}


@task(
    name="ceval",
    n_docs=1346,
    category="general",
    version="3",
    source=Source(
        "ceval/ceval-exam",
        configs=tuple(SUBJECTS),
        config_column="subject",
        split="val",
        mirror="ceval/val.jsonl",
        revision="617524a00b307ff6f9933702f724131fe12ca7ce",
    ),
    languages=("zh-Hans",),
    metric=metrics.Mean(over="subsets"),
    prompts=(OPENING, CHOICE_LETTER),
    reference=f"{REPOSITORY} code/evaluator_series/evaluators/chatgpt.py",
    paper=Paper(tables=(11, 12, 13, 14, 15, 16, 17, 18, 19, 20), metric="accuracy"),
    suites=("report", "general", "cards"),
    deviations=(
        "the report does not say which split it asked",
        'the prompt asks for the field "answer", as the model cards do; the reference asks for the bare letter',
        "the letter is read in every form; the reference tries a letter at the start of the text and 17 phrases",
        "a field, a box, bold type or parentheses are no answer to the reference; a word that begins with A to D is",
    ),
)
class Ceval(Task):
    """Four options, in Chinese."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        if row["answer"] not in ("A", "B", "C", "D"):
            raise ValueError(f"column 'answer': expected A to D, got {row['answer']!r}")
        options = "".join(f"\n{letter}. {row[letter]}" for letter in LETTERS)
        question, subject = f"{row['question']}{options}", row["subject"]
        return Doc(f"{subject}/{row['id']}", question, row["answer"], language="zh-Hans", subset=subject)

    def prompt(self, doc: Doc) -> Prompt:
        opening = OPENING.text.replace("{subject}", SUBJECTS[doc.subset])
        return Prompt.user(f"{opening}{doc.question}\n\n{CHOICE_LETTER}")

    def score(self, doc: Doc, answer: str) -> Score:
        found = choice_letter(answer, LETTERS)
        return Score(float(found == doc.target), extracted=found) if found else Score.no_answer()

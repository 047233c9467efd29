"""Multiple choice: the letter that an answer settles on, in every form that models use, and never a guess."""

from __future__ import annotations

import time
import unicodedata
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwen3_eval.grading.choice import choice_letter
from qwen3_eval.grading.choice.letters import NATIVE
from qwen3_eval.grading.choice.unreal import UNREAL
from qwen3_eval.grading.choice.words import LANGUAGES as LANGUAGE_WORDS
from qwen3_eval.grading.choice.words import UNSPACED

REASONING = (
    "Let me go through the options.\n\nOption A says that the force doubles, which is wrong because mass matters.\n"
    "(B) would hold if the surface were smooth. Option C fails for large angles, and D ignores friction.\n\n"
)

# What the answer field, boxes and the like hold. Four options unless the row says otherwise.
FIELDS = [
    ('"answer": "C"', "C"),
    ('{"answer": "C"}', "C"),
    ('{"answer":"C"}', "C"),
    ("{'answer': 'C'}", "C"),
    ('```json\n{"answer": "C"}\n```', "C"),
    ('```json\n{\n    "reasoning": "A is too small, B too large.",\n    "answer": "C"\n}\n```', "C"),
    ('```\n"answer": "C"\n```', "C"),
    ('{"answer": "C. Paris"}', "C"),
    ('{"answer": "C) Paris"}', "C"),
    ('{"answer": "(C)"}', "C"),
    ('{"answer": "c"}', "C"),
    ('{"answer": ["C"]}', "C"),
    ('{"answer": C}', "C"),
    ('{answer: "C"}', "C"),
    ('{"final_answer": "C"}', "C"),
    ('`"answer": "C"`', "C"),
    ('**"answer": "C"**', "C"),
    ('"Answer": "C"', "C"),
    ('"answer" : "C" ', "C"),
    ("“answer”: “C”", "C"),
    ('"answer"："C"', "C"),
    ('\\"answer\\": \\"C\\"', "C"),
    ("<answer>C</answer>", "C"),
    ("<answer>\nC\n</answer>", "C"),
    ("[ANSWER] C", "C"),
    ('"answer": "B"\n\nWait, I made a mistake.\n\n"answer": "D"', "D"),
    ('{"answer": "A and C"}', None),
    ('{"answer": "A, C"}', None),
    ('{"answer": "F"}', None),
    ('{"choice": "C"}', "C"),
    ('{"correct_answer": "C"}', "C"),
    ('{"choice": "C", "reason": "A is wrong"}', "C"),
    ('[{"option": "A", "text": "Rome"}, {"option": "B", "text": "Oslo"}]', None),
    ("My best guess is C.", "C"),
    ("**Choice:** C", "C"),
    ('{"answer": ""}', None),
    ('{"answer": "Paris"}', None),
    ('{"answer": "None of the above"}', None),
    ('{"reasoning": "Option B is wrong", "answer": null}', None),
]

BOXES = [
    (r"\boxed{C}", "C"),
    (r"$\boxed{C}$", "C"),
    (r"$$\boxed{C}$$", "C"),
    (r"\[ \boxed{C} \]", "C"),
    (r"\boxed{\text{C}}", "C"),
    (r"\boxed{\mathrm{C}}", "C"),
    (r"\boxed{\textbf{C}}", "C"),
    (r"\boxed{\mathbf{C}}", "C"),
    (r"\boxed{\textbf{(C)}}", "C"),
    (r"\boxed{(C)}", "C"),
    (r"\boxed{C.}", "C"),
    (r"\boxed{C. \text{ Paris}}", "C"),
    (r"\boxed{\text{C. Paris}}", "C"),
    (r"\boxed{\text{C) Paris}}", "C"),
    (r"\boxed{\text{Option C}}", "C"),
    (r"\boxed{ C }", "C"),
    (r"\boxed{c}", "C"),
    (r"\fbox{C}", "C"),
    (r"The answer is $\boxed{\text{C}}$.", "C"),
    (r"**Final answer:** $\boxed{C}$", "C"),
    (r"$\mathrm{C}$", "C"),
    (r"Answer: $\mathrm{C}$", "C"),
    (r"Answer: $C$", "C"),
    (r"Answer: \(C\)", "C"),
    (r"Answer: \text{C}", "C"),
    (r"\boxed{B} is what I first thought, but it is \boxed{C}.", "C"),
    (r"\boxed{A, C}", None),
    (r"\boxed{\text{A and C}}", None),
    (r"\boxed{E}", None),
    (r"\boxed{42}", None),
    (r"\boxed{AB}", None),
    (r"The energy is \boxed{5}. Answer: B", "B"),
    (r"Answer: B, since the energy is \boxed{5} joules.", "B"),
]

SENTENCES = [
    ("Answer: C", "C"),
    ("Answer:C", "C"),
    ("ANSWER: C", "C"),
    ("answer: c", "C"),
    ("Answer: a", "A"),
    ("Answer: (C)", "C"),
    ("Answer: [C]", "C"),
    ("Answer: (C) Paris", "C"),
    ("Answer: C) Paris", "C"),
    ("Answer: C. Paris", "C"),
    ("Answer: C - Paris", "C"),
    ("Answer - C", "C"),
    ("Answer = C", "C"),
    ("Answer → C", "C"),
    ("Ans: C", "C"),
    ("**Answer:** C", "C"),
    ("**Answer: C**", "C"),
    ("**Answer**: **C**", "C"),
    ("**Answer:** **C. Paris**", "C"),
    ("### Answer: C", "C"),
    ("### Final Answer\n\n**C**", "C"),
    ("## Answer\nC", "C"),
    ("Answer:\n\n(C) Paris", "C"),
    ("Final answer: C.", "C"),
    ("My answer: option C", "C"),
    ("Correct answer: C", "C"),
    ("Correct option: C", "C"),
    ("Answer: Option C", "C"),
    ("Answer: The correct option is C.", "C"),
    ("The answer is C", "C"),
    ("The answer is C.", "C"),
    ("The answer is (C).", "C"),
    ("The answer is: C", "C"),
    ("The answer is **C**.", "C"),
    ("The answer is 'C'.", "C"),
    ("the answer is option C.", "C"),
    ("The answer is option **C**: Paris.", "C"),
    ("The answer is choice (C).", "C"),
    ("The answer should be C.", "C"),
    ("The answer must be C.", "C"),
    ("The answer is therefore C.", "C"),
    ("The answer is most likely C.", "C"),
    ("The answer is A because the others fail.", "A"),
    ("The answer is A, because the others fail.", "A"),
    ("The answer is C since A and B are too small.", "C"),
    ("The answer is C (not B).", "C"),
    ("The answer is C, not B.", "C"),
    ("The correct answer is C", "C"),
    ("The correct answer is **C) Paris**.", "C"),
    ('The correct answer is "C".', "C"),
    ("The correct answer is:\n\n**C. Paris**", "C"),
    ("The correct answer is Paris (C).", "C"),
    ("The correct answer is **Paris (option C)**.", "C"),
    ("Thus, the correct option is **D**.", "D"),
    ("The best choice is B.", "B"),
    ("The right choice would be (B).", "B"),
    ("The most appropriate option is D.", "D"),
    ("The correct statement is D.", "D"),
    ("The correct answer to this question is C.", "C"),
    ("The best answer among the given options is (D).", "D"),
    ("So the correct choice based on the table is option B.", "B"),
    ("I would go with B.", "B"),
    ("I choose C.", "C"),
    ("Therefore, I'll pick option D.", "D"),
    ("We select (A).", "A"),
    ("Option C is correct", "C"),
    ("Option C is correct.", "C"),
    ("Therefore, option (C) is the correct answer.", "C"),
    ("**C) Paris** is the correct answer.", "C"),
    ("Only C is correct.", "C"),
    ("So C is the best answer.", "C"),
    ("A is wrong. B is wrong. C is correct. D is wrong.", "C"),
    ("The answer is B. Hmm, let me check again. No: the answer is D.", "D"),
    ("If the answer is B, then 2 = 3, a contradiction.\nSo the answer is C.", "C"),
    ("Answer: C\n\nExplanation: A is too cold and B too hot.", "C"),
    ("Answer: B) It is option (A) that most students choose.", "B"),
    ("Sure! The answer is C. Let me know if you have more questions!", "C"),
    ("Hence, the answer is $\\textbf{(B)}$ 12.", "B"),
    ("<b>Answer:</b> C", "C"),
    ("Q: Which one?\nAnswer: B\n\n", "B"),
    ("The answer is (C)<EOS_TOKEN>", "C"),
    ("The answer is C<|im_end|>", "C"),
    ("The answer is C < 5.", None),
    ("Given this, the correct answer is:\n\nD. Algae fall into three kingdoms, among them the Plants.", "D"),
    ("The answer is $63.33 or (C).", "C"),
    ("The answer is closest to (D).", "D"),
    ("So the answer that best captures this balance is (B).", "B"),
    ("The closest option is (C) 80 signals.\n\nFinal Answer: C. 80 signals.", "C"),
]

ALONE = [
    ("C", "C"),
    ("C.", "C"),
    ("c", "C"),
    (" C \n", "C"),
    ("(C)", "C"),
    ("[C]", "C"),
    ("**C**", "C"),
    ("**C.**", "C"),
    ("`C`", "C"),
    ("$C$", "C"),
    ('"C"', "C"),
    ("#### C", "C"),
    ("> C", "C"),
    ("C) Paris", "C"),
    ("C. Paris", "C"),
    ("(C) Paris", "C"),
    ("C: Paris", "C"),
    ("**C. Paris**", "C"),
    ("**C**. Paris", "C"),
    ("Option C", "C"),
    ("Option (C).", "C"),
    ("Therefore, C.", "C"),
    ("So: **C**", "C"),
    (REASONING + "C", "C"),
    (REASONING + "**B**", "B"),
    (REASONING + "D. The force is zero.", "D"),
    ("**C. Paris**\n\nParis has been the capital since the tenth century.", "C"),
    ("C\n\nExplanation: the others are too small.", "C"),
    ("B. Berlin\n\nExplanation: it lies on the Spree.", "B"),
    ("The capital is Paris, so **C**.", "C"),
    ("This description matches option C.", "C"),
]

# Letters that merely occur.
NONE = [
    ("", None),
    (" \n\t", None),
    ("A good approach is to look at the units first.", None),
    ("A", "A"),
    ("I think", None),
    ("I think so.", None),
    ("option B fails because it ignores friction", None),
    ("Option B fails because it ignores friction.", None),
    ("A is wrong, and so are B, C and D.", None),
    ("Let me think about A and B first.", None),
    ("A or B", None),
    ("The answer is A or B", None),
    ("The answer is either A or B.", None),
    ("Answer: both A and C", None),
    ("Answer: A and C", None),
    ("Answer: A/C", None),
    ("Answer: A, C", None),
    ("Answer: A & C", None),
    ("Answer: A, B, C, or D", None),
    ("Answer: F", None),
    ("Answer: Z", None),
    ("Answer: E. None of these", None),
    ("The answer is not C.", None),
    ("The answer cannot be C.", None),
    ("The answer could be C.", None),
    ("Is the answer C?", None),
    ("The answer is C?", None),
    ("The wrong answer is C.", None),
    ("I doubt whether the answer is C.", None),
    ("If the answer is C, the sum is odd.", None),
    ("The answer is a good one.", None),
    ("The answer is A good one.", None),
    ("Answer: A good approach is to use energy.", None),
    ("Answer: I think we need more data.", None),
    ("The answer is X-ray diffraction.", None),
    ("The answer is A's favourite.", None),
    ("The answer is C++.", None),
    ("The answer is vitamin C.", None),
    ("The answer is hepatitis B.", None),
    ("The answer is B12.", None),
    ("The answer is C = 5.", None),
    ("The answer is P(A).", None),
    ("The answer depends on C.", None),
    ("Let C be the answer to the first part.", None),
    ("Compare the answer to B.", None),
    ("Many students choose B.", None),
    ("You might choose B.", None),
    ("Both A and C are correct.", None),
    ("A is correct. C is correct.", None),
    ("None of A, B or C is correct.", None),
    ("If C is correct, then so is D.", None),
    ("C is not correct.", None),
    ("C is incorrect.", None),
    ("Vitamin C is best for you.", None),
    ("Plan B is the right way to go forward.", None),
    ("A. Paris\nB. Rome\nC. Berlin\nD. Madrid", None),
    ("A. Paris is wrong\nB. Rome is wrong\nC. Berlin is wrong\nD. Madrid is wrong too", None),
    ("Which is it?\nAnswer choices:\nA. Paris\nB. Rome", None),
    ("Select the correct option:\nA. Paris\nB. Rome\nC. Berlin", None),
    ('I must use the `answer` field, e.g., "answer": "C".', None),
    ("They live in Block C.", None),
    ("See Figure B.", None),
    ("He got a grade C.", None),
    ("It can be any of A-D.", None),
    ("We eliminate answer C.", None),
    ("We rule out **C**.", None),
    ("It is not **C**.", None),
    ("The first letter is A, the second B.", None),
    ("A: Hello!\nB: Hello, how are you?", None),
    ("Now let us look at the options:\n\nA. Begging the question is", None),
    ("Let us go on.\n\n**B. Begging the Question:**", None),
    ("To sum up the answers:\nA. 12 m\nB. 14 m", None),
    ("The answer is (G) and (H).", None),
    ("The answer is (A,C).", None),
    ("The answer is (ACI).", None),
    ("There is no correct answer among the options A-D.", None),
    ("I cannot answer this question.", None),
    ("The answer is 42.", None),
    ("Answer: Paris", None),
    ("Answer: none of the above", None),
    ("C'est la vie", None),
    ("E pluribus unum", None),
    ("The programme is written in C.", None),
]

LANGUAGES = [
    ("答案是C", "C"),
    ("答案：C", "C"),
    ("答案:C", "C"),
    ("答案是：C。", "C"),
    ("答案为C。", "C"),
    ("答案选C", "C"),
    ("答案：**C**", "C"),
    ("答案：（C）", "C"),
    ("**答案：C. 巴黎**", "C"),
    ("正确答案是C。", "C"),
    ("正确答案为选项C", "C"),
    ("因此，正确答案是 **C. 巴黎**。", "C"),
    ("所以答案应该是 C", "C"),
    ("本题答案为：Ｃ", "C"),
    ("选C", "C"),
    ("故选C。", "C"),
    ("故选：C", "C"),
    ("所以应选 C。", "C"),
    ("因此选择C选项。", "C"),
    ("我选择D。", "D"),
    ("正确选项是B", "B"),
    ("选项C是正确的。", "C"),
    ("A项错误，B项正确，C项错误，D项错误。", "B"),
    ("A正确，B正确，C错误，D正确，故选C。", "C"),
    ("A选项错误；B选项不符合题意；综上，本题选D。", "D"),
    ("Ｃ", "C"),
    ("答案是Ｃ", "C"),
    ("（Ｃ）", "C"),
    ("正確答案是：C", "C"),
    ("不选C", None),
    ("选项C错误。", None),
    ("为什么不选C", None),
    ("如果选C，则矛盾。", None),
    ("答案是A和C", None),
    ("答案：A、C", None),
    ("答案不是C", None),
    ("下面分析选项A。", None),
    ("A、B、C三点共线。", None),
    ("答案：甲", "A"),
    ("答えはBです。", "B"),
    ("答え：B", "B"),
    ("正解：ウ", "C"),
    ("正解はCです。", "C"),
    ("정답: C", "C"),
    ("정답은 C입니다.", "C"),
    ("정답: 나", "B"),
    ("답변: B", "B"),
    ("الإجابة: ج", "C"),
    ("الإجابة الصحيحة هي (ج)", "C"),
    ("الإجابة الصحيحة هي: ب.", "B"),
    ("الجواب النهائي: د", "D"),
    ("\u200fالجواب: \u200fأ\u200f", "A"),
    ("الإجابة: C", "C"),
    ("পাওয়া গেল\nউত্তর: খ", "B"),
    ("উত্তরঃ গ", "C"),
    ("সঠিক উত্তর হল B", "B"),
    ("उत्तर: ख", "B"),
    ("सही उत्तर C है।", "C"),
    ("सही उत्तर (ग) है", "C"),
    ("उत्तर: स", "C"),
    ("คำตอบ: ข", "B"),
    ("คำตอบคือ ค", "C"),
    ("คำตอบที่ถูกต้องคือข้อ C", "C"),
    ("ตอบ ง", "D"),
    ("Απάντηση: Γ", "C"),
    ("Η σωστή απάντηση είναι η Β.", "B"),
    ("Ответ: В", "B"),
    ("Ответ: С", "C"),
    ("А) 1\nБ) 2\nВ) 3\nГ) 4\n\nОтвет: В", "C"),
    ("Правильный ответ — B.", "B"),
    ("Правильный ответ: вариант C", "C"),
    ("Відповідь: B", "B"),
    ("תשובה: ג", "C"),
    ("התשובה הנכונה היא B.", "B"),
    ("La respuesta correcta es la opción **B**.", "B"),
    ("Respuesta: C", "C"),
    ("La opción correcta es la C.", "C"),
    ("La respuesta es A o B.", None),
    ("La bonne réponse est C.", "C"),
    ("La bonne réponse est la réponse C.", "C"),
    ("Réponse : (C)", "C"),
    ("Die richtige Antwort ist B.", "B"),
    ("Antwort: B) Berlin", "B"),
    ("Die richtige Antwort ist A, weil der Rest nicht passt.", "A"),
    ("Die Antwort lautet C.", "C"),
    ("A resposta correta é a letra D.", "D"),
    ("Resposta: A", "A"),
    ("La risposta corretta è la C.", "C"),
    ("Risposta: B", "B"),
    ("Het juiste antwoord is C.", "C"),
    ("Rätt svar är B.", "B"),
    ("Svar: D", "D"),
    ("Oikea vastaus on C.", "C"),
    ("Poprawna odpowiedź to B.", "B"),
    ("Prawidłowa odpowiedź: C", "C"),
    ("Správná odpověď je B.", "B"),
    ("A helyes válasz: C", "C"),
    ("Răspunsul corect este B.", "B"),
    ("Jawaban: C", "C"),
    ("Jawaban yang benar adalah C.", "C"),
    ("Jawapan: B", "B"),
    ("Đáp án: C", "C"),
    ("Đáp án đúng là C.", "C"),
    ("Doğru cevap: C", "C"),
    ("Cevap: B", "B"),
    ("Jibu: A", "A"),
    ("Jibu sahihi ni B.", "B"),
    ("Ìdáhùn: C", "C"),
    ("Sagot: B", "B"),
    ("Ang tamang sagot ay C.", "C"),
    ("پاسخ: الف", "A"),
    ("پاسخ صحیح گزینه ب است", "B"),
    ("جواب: C", "C"),
    ("பதில்: B", "B"),
    ("సమాధానం: C", "C"),
    ("სწორი პასუხი არის B.", "B"),
    ("Պատասխան՝ C", "C"),
    ("Պատասխան: C", "C"),
    ("Cavab: C", "C"),
    ("መልስ: B", "B"),
]

MORE = [
    ("✅ **Answer: C**", "C"),
    ("**Answer: C. Paris** ✅", "C"),
    ("👉 **C**", "C"),
    ("The answer is:\n\n$$\n\\boxed{C}\n$$", "C"),
    ('---\n\n**Answer:**\n```json\n{"answer": "C"}\n```', "C"),
    ('"answer": "C"  \n\n(Explanation: A and B are wrong.)', "C"),
    ("So the final choice is C.", "C"),
    ("Final Choice: C", "C"),
    ("My final answer is C, since D is wrong.", "C"),
    ("The answer: **C**", "C"),
    ("The answer would be C", "C"),
    ("The correct answer here is C.", "C"),
    ("the correct answer is indeed C.", "C"),
    ("Hence the answer is C, and not D.", "C"),
    ("The answer is C as shown above", "C"),
    ("The answer is C — Paris.", "C"),
    ("The answer is C: Paris.", "C"),
    ("The answer is C; the rest is wrong.", "C"),
    ("The correct answer is option\n\n**C**", "C"),
    ("Correct Answer\n\nC) Paris", "C"),
    ("### ✅ Correct Answer: **C**", "C"),
    ("**Correct choice: (C) Paris**", "C"),
    ("The best answer is therefore (C)", "C"),
    ("Option **C** is the best choice.", "C"),
    ("**Option C** is correct because A fails.", "C"),
    ("Therefore, the statement that is false is C.", None),
    ("The correct match is C.", "C"),
    ("The false statement is C.", None),
    ("Thus the incorrect statement is **C**.", None),
    ("**C**\n", "C"),
    ("C、巴黎", "C"),
    ("答案：C、巴黎", "C"),
    ("答案 C", "C"),
    ("【答案】C", "C"),
    ("【答案】：C", "C"),
    ("[答案]C", "C"),
    ("答案：`C`", "C"),
    ("答案：\nC", "C"),
    ("因此，答案是：**C. 巴黎**。", "C"),
    ("所以正确答案是选项 **C**。", "C"),
    ("综上，选C", "C"),
    ("故本题选 C 项。", "C"),
    ("所以C选项正确", "C"),
    ("因此C正确。", "C"),
    ("只有C符合题意，故选C。", "C"),
    ("答案应选C。", "C"),
    ("本题正确答案为C项", "C"),
    ("本题应选择C", "C"),
    ("题目问的是不正确的，因此答案是 D。", "D"),
    ("错误的选项是C", None),
    ("不正确的是C，所以选C", "C"),
    ("正确答案：C。解析：A错误", "C"),
    ("答案：C\n\n解析：A项错误，B项错误。", "C"),
    ("A和B都不对。", None),
    ("La respuesta es la C.", "C"),
    ("La respuesta correcta es: **C) París**", "C"),
    ("Respuesta correcta: C", "C"),
    ("La opción C es correcta.", "C"),
    ("La opción C es la correcta.", "C"),
    ("A resposta correta é: C", "C"),
    ("A alternativa correta é a C.", "C"),
    ("La réponse correcte est **C**.", "C"),
    ("Réponse correcte : C", "C"),
    ("La bonne réponse est donc la C.", "C"),
    ("Die korrekte Antwort ist (C).", "C"),
    ("Richtige Antwort: C", "C"),
    ("Option C ist richtig.", "C"),
    ("Правильный ответ: **C**", "C"),
    ("Ответ: **C. Париж**", "C"),
    ("Верный вариант: C", "C"),
    ("Правильным ответом является C.", "C"),
    ("الإجابة الصحيحة: **C**", "C"),
    ("الخيار الصحيح هو C.", "C"),
    ("सही उत्तर: **C**", "C"),
    ("सही विकल्प C है।", "C"),
    ("উত্তর: **C**", "C"),
    ("সঠিক উত্তর: C", "C"),
    ("คำตอบ: **C**", "C"),
    ("คำตอบที่ถูกต้องคือ **C**", "C"),
    ("정답은 **C**입니다.", "C"),
    ("정답은 (C)이다.", "C"),
    ("따라서 정답은 C 입니다", "C"),
    ("正解は **C** です。", "C"),
    ("答えは**C**", "C"),
    ("したがって、正しい答えはCです。", "C"),
    ("Đáp án đúng là: **C**", "C"),
    ("Câu trả lời đúng là C", "C"),
    ("Vậy đáp án là C.", "C"),
    ("Jawaban yang tepat adalah **C**.", "C"),
    ("Jawabannya adalah C", "C"),
    ("Doğru cevap **C** seçeneğidir.", "C"),
    ("Doğru seçenek: C", "C"),
    ("La risposta giusta è: C", "C"),
    ("Prawidłowa odpowiedź to **C**.", "C"),
    ("Je pense que A est faux.", None),
    ("Ich denke, A ist falsch.", None),
    ("A casa é grande.", None),
    ("I giorni sono lunghi", None),
    ("Y a-t-il une réponse ?", None),
    ("O homem A disse B.", None),
    ("La respuesta no es C.", None),
    ("La réponse n'est pas C.", None),
    ("Die Antwort ist nicht C.", None),
    ("Ответ не C.", None),
    ("الإجابة ليست C", None),
    ("答案不可能是C", None),
    ("정답은 C가 아닙니다.", None),
    ("答えはCではない", None),
    ("คำตอบไม่ใช่ C", None),
    ("A resposta não é C", None),
    ("Jawabannya bukan C", None),
    ("उत्तर C नहीं है", None),
    ("Doğru cevap C değil.", None),
    ("The answer is D\n\nThe answer is D\n\nThe answer is D", "D"),
    ("Answer: None of A, B, C or D", None),
    ("A) Paris\n\nB) Rome\n\nC) Berlin\n\nThe answer is Paris.", None),
    ("I'm torn between A and B, but I'd go with B.", "B"),
    ("I'm going with (D).", "D"),
    ("Let's go with option A.", "A"),
    ("We can go with A or B.", None),
    ("I would not choose C.", None),
    ("I can't choose C.", None),
    ("We must choose between A and B.", None),
    ("Step 1: choose A as origin", None),
    ("We choose B to be the base.", None),
    ("Let us pick C such that", None),
]

SHAPES = [
    ("𝐂", "C"),
    ("Ⓒ", "C"),
    ("The answer is 𝐁.", "B"),
    ("Ａｎｓｗｅｒ： Ｂ", "B"),
    ("Answer:\u00a0C", "C"),
    ("Answer:\u200b C\u200b", "C"),
    ("\ufeffAnswer: C", "C"),
    ("\u202aAnswer: C\u202c", "C"),
    ("Answer: \u2066C\u2069", "C"),
    ("Answer: C\r\n", "C"),
    ("Answer: C\x00", "C"),
    ("\ud800 Answer: C", "C"),
]

RESIDUE = [
    ("Okay. The answer might be A. Let me check.\n</think>\n\nThe answer is B.", "B"),
    ("Answer: A\n</think>\n\n**C**", "A"),
    ("</think>\nC", "C"),
    (REASONING + 'So I am confident.\n\n```json\n{"answer": "D"}\n```', "D"),
    (REASONING + "So the answer is option A: the force is constant.", "A"),
    (REASONING + "None of this helps me to decide.", None),
    (REASONING * 40 + "Final answer: B", "B"),
    ("Final answer: B\n\n" + "Here is why it holds. " * 400, "B"),
]


@pytest.mark.parametrize(
    ("answer", "letter"), FIELDS + BOXES + SENTENCES + ALONE + NONE + LANGUAGES + MORE + SHAPES + RESIDUE
)
def test_the_letter_of_real_looking_answers(answer: str, letter: str | None) -> None:
    assert choice_letter(answer, 4) == letter


def test_the_table_is_large() -> None:
    table = FIELDS + BOXES + SENTENCES + ALONE + NONE + LANGUAGES + MORE + SHAPES + RESIDUE
    assert len({answer for answer, _ in table}) == len(table) >= 150
    assert sum(letter is None for _, letter in table) >= 60


# any number of options


@pytest.mark.parametrize("count", range(2, 27))
def test_any_number_of_options(count: int) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for index, letter in enumerate(letters):
        expected = letter if index < count else None
        assert choice_letter(f"The answer is ({letter}).", count) == expected
        assert choice_letter(f'"answer": "{letter}"', letters[:count]) == expected
        assert choice_letter(f"\\boxed{{{letter}}}", count) == expected


def test_ten_options_and_the_pronoun() -> None:
    assert choice_letter("The answer is I.", 10) == "I"
    assert choice_letter("The answer is I think unclear.", 10) is None
    assert choice_letter("I", 10) == "I"
    assert choice_letter("I think that it is hard.", 10) is None
    assert choice_letter("Answer: J", 10) == "J"


def test_digits_as_labels() -> None:
    assert choice_letter("Answer: 2", "1234") == "2"
    assert choice_letter("The correct answer is (3).", "1234") == "3"
    assert choice_letter("답: ２", "1234") == "2"
    assert choice_letter("Answer: 5", "1234") is None
    assert choice_letter("Answer: 2.5", "1234") is None
    assert choice_letter("Answer: 1 or 2", "1234") is None
    assert choice_letter("There were 2 of them.", "1234") is None


# the texts of the options

CITIES = ("Rome", "Berlin", "Paris", "New York")


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ('"answer": "Paris"', "C"),
        ("\\boxed{\\text{Paris}}", "C"),
        ("The correct answer is **New York**.", "D"),
        ("Answer: paris", "C"),
        ("Berlin", "B"),
        ("Answer: Rome or Paris", None),
        ("Answer: Madrid", None),
        ("Paris is nice.", None),
        ("The answer is C.", "C"),
        ("Answer: (B) Berlin", "B"),
    ],
)
def test_an_announced_text_counts_when_the_options_are_known(answer: str, letter: str | None) -> None:
    assert choice_letter(answer, 4, options=CITIES) == letter


def test_equal_options_name_no_letter() -> None:
    assert choice_letter("Answer: Rome", 2, options=("Rome", "rome")) is None


# properties

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
LAST_LINES = ("{}", "({})", "**{}**", "{}. Paris", "**{}) Paris**", "Option {} is correct.")
WORDS = (
    "the force grows with distance so we compare every option and find that (A) would need more heat while B stays "
    "cold; a good approach is to test C first, I think, since D fails. Option A ignores x = 3, in figure B 'A' marks "
    "water and 42 is too large? \\frac{A}{B} is $C$ here: E. coli and vitamin C grow 水 在 A 点 и вода آب ज"
).split()
# Words that could, by chance, make an announcement of what follows them.
prose = st.lists(st.sampled_from([word for word in WORDS if word not in ("option", "is", "Option")]), max_size=40).map(
    " ".join
)
shape = st.sampled_from(["plain", "wide", "marks"])


def reshaped(letter: str, form: str) -> str:
    if form == "wide":
        return chr(ord(letter) + 0xFEE0)
    return f"\u200e{letter}\u200f" if form == "marks" else letter


@given(before=prose, after=prose, form=st.sampled_from(FORMS), count=st.integers(2, 26), data=st.data(), written=shape)
@settings(deadline=None, max_examples=400)
def test_an_announced_letter_is_found_in_prose(
    before: str, after: str, form: str, count: int, data: st.DataObject, written: str
) -> None:
    letter = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:count]))
    text = f"{before}\n\n{form.format(reshaped(letter, written))}\n\n{after}"
    assert choice_letter(text, count) == letter


@given(before=prose, form=st.sampled_from(LAST_LINES), letter=st.sampled_from("ABCD"))
@settings(deadline=None, max_examples=200)
def test_a_letter_that_is_the_last_line_is_found(before: str, form: str, letter: str) -> None:
    assert choice_letter(f"{before}\nThat settles it.\n\n{form.format(letter)}", 4) == letter


def strength(form: str) -> int:
    """The asked field counts before a box, a box before what is said."""
    return 3 if 'answer"' in form or "answer'" in form else 2 if "boxed" in form else 1


@given(middle=prose, letters=st.permutations("ABCD"))
@settings(deadline=None, max_examples=5)
def test_of_two_announcements_the_stronger_counts_and_of_equal_ones_the_last(middle: str, letters: list[str]) -> None:
    for first, last in product(FORMS, FORMS):
        text = f"{first.format(letters[0])}\n{middle}\nNo.\n{last.format(letters[1])}"
        assert choice_letter(text, 4) == letters[strength(last) >= strength(first)], (first, last)


@given(forms=st.lists(st.sampled_from(FORMS), min_size=3, max_size=6), data=st.data(), middle=prose)
@settings(deadline=None, max_examples=200)
def test_of_many_announcements_the_last_of_the_strongest_counts(
    forms: list[str], data: st.DataObject, middle: str
) -> None:
    letters = [data.draw(st.sampled_from("ABCD")) for _ in forms]
    text = f"\n{middle}\nNo.\n".join(form.format(letter) for form, letter in zip(forms, letters, strict=True))
    strongest = max(map(strength, forms))
    expected = [letter for letter, form in zip(letters, forms, strict=True) if strength(form) == strongest][-1]
    assert choice_letter(text, 4) == expected


@given(lines=st.lists(prose, max_size=6), count=st.integers(2, 10))
@settings(deadline=None, max_examples=400)
def test_prose_without_an_announcement_gives_nothing(lines: list[str], count: int) -> None:
    text = "\n".join(["We look at it.", *lines, "and that is all there is to say about it"])
    assert choice_letter(text, count) is None


@given(text=st.text(max_size=200), count=st.integers(1, 26))
@settings(deadline=None, max_examples=400)
def test_any_text_gives_a_label_or_nothing(text: str, count: int) -> None:
    found = choice_letter(text, count)
    assert found is None or found in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:count]


@given(before=prose, form=st.sampled_from(FORMS), data=st.data())
@settings(deadline=None, max_examples=200)
def test_blanks_and_invisible_marks_change_nothing(before: str, form: str, data: st.DataObject) -> None:
    text = f"{before}\n\n{form.format('B')}"
    blank = st.sampled_from(["\u200b", "\ufeff", "\u200e", "\u200f", "\u2066", "\u202c", "\u00ad"])
    places = data.draw(st.lists(st.integers(0, len(text)), max_size=5))
    for place in sorted(places, reverse=True):
        text = text[:place] + data.draw(blank) + text[place:]
    assert choice_letter(f"  \n{text}\n \t\n", 4) == "B"


# what is no announcement: suppositions, reports, denials, what was thought once, examples of the form

UNREAL_ANSWERS = [
    "Had the question asked for the opposite, the correct answer would be D.",
    "If it were the other way round, the answer would be D.",
    "If the question had asked for the exception, the answer would have been D.",
    "Were the question about acids, the correct answer would be D.",
    "Should the question be about acids, the correct answer is D.",
    "Some would say the answer is D.",
    "Some would say that the correct answer is D, but they are mistaken.",
    "Many students think the answer is D.",
    "One might argue that the answer is D.",
    "You might think the answer is D.",
    "Option D would be the correct answer if the question were reversed.",
    "D would be correct if friction were zero.",
    "The answer would be D if friction were zero.",
    "The answer is D only if friction is zero.",
    "A common mistake is to answer D.",
    "A common mistake is to say that the answer is D.",
    "The most common wrong answer is D.",
    "The answer key of another edition says D.",
    "The answer key of another edition says the answer is D.",
    "In another edition the correct answer is D.",
    "According to an older version of the key, the correct answer is D.",
    "It is not D.",
    "The answer is not D.",
    "So the answer isn't D.",
    "I don't think the answer is D.",
    "It does not mean that the answer is D.",
    "I doubt that the answer is D.",
    "I initially thought the answer was D.",
    "Initially, the answer seemed to be D.",
    "At first glance the answer is D.",
    "At first, I believed the correct answer was D.",
    "My first guess was D.",
    "My initial answer was D.",
    "The second-best answer is D.",
    "The runner-up answer is D.",
    "A tempting answer is D.",
    "The tempting but wrong answer is D.",
    '"The answer is D" is what some would say.',
    "Suppose instead the question had asked for the largest. Then the correct answer would be D.",
    "In that case, the answer would be D.",
    "Otherwise the answer would be D.",
    "For the opposite question, the correct answer would be D.",
    "The correct answer to the opposite question is D.",
    "In a different version of this question, the answer is D.",
    "If you read it as 'least', the answer is D.",
    "Perhaps the answer is D.",
    "Unless friction is zero, in which case the answer is D.",
    "Saying that the answer is D would be a mistake.",
    "It is tempting to conclude that the answer is D.",
    "It would be wrong to say the answer is D.",
    "The user's answer is D.",
    "Your friend's answer was D.",
    'The instruction says to use the `answer` field, e.g., "answer": "D".',
    'Please show your choice in the `answer` field with only the choice letter, e.g., "answer": "D".',
    'For example: {"answer": "D"}',
    'The format is, for example:\n```json\n{"answer": "D"}\n```',
    "Had the question asked for the opposite, \\boxed{D} would be right.",
    "Had the question asked for the opposite, the answer would be \\boxed{D}.",
    "如果题目问的是相反的情况，答案应为D。",
    "假如问的是错误的一项，则答案是D。",
    "如果问的是不正确的选项，就应该选D。",
    "有人会说答案是D。",
    "很多学生会误以为答案是D。",
    "一开始我以为答案是D。",
    "答案不是D。",
    "若题目改为“错误的是”，正确答案是D。",
    "Si la pregunta fuera al revés, la respuesta sería D.",
    "Si hubiera preguntado lo contrario, la respuesta correcta sería D.",
    "Algunos dirían que la respuesta es D.",
    "Si la question avait demandé le contraire, la bonne réponse serait D.",
    "Certains diraient que la réponse est D.",
    "Wäre nach dem Gegenteil gefragt, wäre die richtige Antwort D.",
    "Hätte die Frage nach dem Gegenteil gefragt, wäre die richtige Antwort D.",
    "Wenn nach dem Gegenteil gefragt wäre, wäre die Antwort D.",
    "Manche würden sagen, die Antwort ist D.",
    "Se a pergunta fosse o contrário, a resposta correta seria D.",
    "Se la domanda fosse opposta, la risposta corretta sarebbe D.",
    "Если бы вопрос был обратным, правильный ответ был бы D.",
    "Если вопрос об обратном, правильный ответ: D.",
    "لو كان السؤال عن العكس، لكانت الإجابة الصحيحة هي D.",
    "إذا كان السؤال عن العكس، فالإجابة الصحيحة هي D.",
    "यदि प्रश्न उल्टा होता, तो सही उत्तर D होता।",
    "अगर सवाल उल्टा हो, तो सही उत्तर D है।",
    "যদি প্রশ্নটি উল্টো হতো, তবে সঠিক উত্তর হতো D.",
    "যদি প্রশ্নটি উল্টো হয়, তবে সঠিক উত্তর হবে D।",
    "もし逆のことを問われていたら、正解はDです。",
    "もし問題が逆なら、答えはDです。",
    "만약 반대를 물었다면 정답은 D입니다.",
    "질문이 반대였다면 정답은 D일 것입니다.",
    "Jika pertanyaannya sebaliknya, jawaban yang benar adalah D.",
    "Nếu câu hỏi ngược lại thì đáp án đúng là D.",
    "ถ้าคำถามถามตรงกันข้าม คำตอบคือ D",
    "Soru tersini sorsaydı, doğru cevap D olurdu.",
    "Eğer soru tersini sorsaydı, doğru cevap: D",
    "Kama swali lingekuwa kinyume, jibu sahihi ni D.",
    "Gdyby pytanie brzmiało odwrotnie, poprawna odpowiedź to D.",
    "Als de vraag omgekeerd was, is het juiste antwoord D.",
    "Αν η ερώτηση ήταν αντίστροφη, η σωστή απάντηση είναι D.",
    "Kung baligtad ang tanong, ang tamang sagot ay D.",
    "Якби питання було зворотним, правильна відповідь: D.",
    "اگر سوال برعکس بود، پاسخ صحیح D است.",
    "اگر سوال الٹا ہوتا تو درست جواب D ہے۔",
    "கேள்வி எதிர்மாறாக இருந்தால், பதில்: D",
    "Had it been the least, the right choice would have been D.",
    "Under the opposite reading, the answer would be D.",
    "Unless the shop is closed, the answer would be D.",
    "Somebody might say: the answer is D.",
    "He believes the answer is D.",
    "People often assume that the answer is D.",
    "It is a misconception that the answer is D.",
    "I was tempted to say that the answer was D.",
    "I never said that the answer is D.",
    "The alternative answer is D.",
    "The most popular answer is D.",
    "D might be correct if friction were zero.",
    "The answer would have been D.",
    "The answer is D, some say.",
    "The answer is D, according to some.",
    'To give an example of the form: "answer": "D".',
    'Por ejemplo: "answer": "D"',
    '例如："answer": "D"',
    'Zum Beispiel: {"answer": "D"}',
    "For the least common cause, the answer would instead be D.",
    "With a negative sign, the correct choice would be D.",
    "The answer to the reverse question would be D.",
    "Under other assumptions, option D would be the answer.",
    "If asked about veins, the answer is D.",
    "A different textbook gives D as the answer.",
    "An earlier draft of this solution had answer: D.",
    "My previous response said the answer is D, which was an error.",
    "The other model answered D.",
    "ChatGPT says the answer is D.",
    "The teacher's key lists the answer as D.",
    'Note that if "except" were removed, the answer would become D.',
    "Were we to ignore friction, the answer would be D.",
    "In the 2015 version, the correct answer was D.",
    "Students frequently answer D.",
    'Students frequently choose "Answer: D".',
    "The distractor most often picked is D.",
    "Do not be misled into thinking the answer is D.",
    "Don't choose D.",
    "You should not select D.",
    "Avoid answering D.",
    "It would be a mistake to choose D.",
    "Choosing D would be wrong.",
    "One could be tempted to answer D.",
    "I was initially leaning towards D.",
    "I first considered answer D.",
    "At first I wanted to answer D.",
    "Before checking, my answer was D.",
    "For comparison, the answer to question 2 is D.",
    "The next question's answer is D.",
    "(The answer to the previous question was D.)",
    "Answer to the bonus question: D",
    "Follow-up: if it asked for the artery, the answer is D.",
    "The second most likely answer is D.",
    "Second choice: D",
    "Alternative answer: D",
    "Runner-up: D",
    "Incorrect answer: D",
    "Wrong answers: A, C, D",
    "Common wrong answer: D",
    "Not the answer: D",
    "Rejected answer: D",
    "Eliminated: D",
    "Had this been about adults, D would have been right.",
    "D would only be correct if the patient were older.",
    "D is correct only when x > 0.",
    "Option D is correct in the opposite case.",
    "Option D would be right otherwise.",
    "Option D is the answer some people give.",
    "D is correct for the opposite question.",
    "If it were about adults, option D is correct.",
    "Some people believe option D is correct.",
    "Many think D is the best answer.",
    "It is not true that D is correct.",
    "I don't think option D is correct.",
    "D is what many would answer.",
    "If the premise were false, then the final answer: D",
    "(if the question were reversed: answer D)",
    '(If the question were reversed: "answer": "D")',
    "Hypothetically, the answer is D.",
    "In a hypothetical world without friction the answer is D.",
    "Consider the opposite question: the answer is D.",
    "Let's suppose the answer is D; then 2=3, a contradiction.",
    "Assume the answer is D. Then we get nonsense.",
    "Could the answer be D? No.",
    "Is the answer D? No, because it's too big.",
    "Why isn't the answer D? Because it's too big.",
    "Why not D? It is too big.",
    "What about the answer D? It fails.",
    'The claim "the answer is D" is false.',
    "The statement 'the correct answer is D' is wrong.",
    "He asked whether the answer is D.",
    "She wondered if the answer is D.",
    "The user asked if the answer is D.",
    "You asked whether the correct answer was D.",
    "As opposed to the answer D.",
    "rather than answer D.",
    'If you meant the opposite, "answer": "D"',
    'The instruction\'s example was "answer": "D".',
    'The example in the prompt, "answer": "C", is only a format.',
    'The required format is {"answer": "X"}, e.g. {"answer": "D"}.',
    'An example of the format: {"answer": "D"}',
    'Format example: "answer": "D"',
    'Please answer in the format "answer": "D".',
    'I was told to show my choice in the `answer` field with only the choice letter, e.g., "answer": "C".',
    'As requested: "Please show your choice in the `answer` field with only the choice letter, e.g., "answer": "C"."',
    "若改问哪项错误，答案就是D。",
    "要是问的是不属于的，则选D。",
    "倘若题干改为“不属于”，应选D。",
    "假设问相反的问题，正确答案为D。",
    "有同学认为答案是D，这是错误的。",
    "容易误选D。",
    "常见错误是选D。",
    "有些资料给出的答案是D。",
    "旧版教材的答案是D。",
    "另一道题的答案是D。",
    "很容易认为答案是D。",
    "原来我认为答案是D。",
    "刚开始我选了D。",
    "不要误以为答案是D。",
    "不能选D。",
    "有的学生选D。",
    "En otro caso, la respuesta sería D.",
    "De lo contrario, la respuesta sería D.",
    "Una respuesta incorrecta común es D.",
    "Al principio pensé que la respuesta era D.",
    "Muchos creen que la respuesta es D.",
    "La respuesta no sería D.",
    "Sinon, la réponse serait D.",
    "Beaucoup pensent que la réponse est D.",
    "Au début, je pensais que la réponse était D.",
    "Dans le cas contraire, la réponse serait D.",
    "Andernfalls wäre die Antwort D.",
    "Viele denken, die Antwort ist D.",
    "Zuerst dachte ich, die Antwort sei D.",
    "Im umgekehrten Fall wäre die Antwort D.",
    "Caso contrário, a resposta seria D.",
    "Muitos acham que a resposta é D.",
    "In caso contrario la risposta sarebbe D.",
    "Molti pensano che la risposta sia D.",
    "В противном случае правильный ответ: D.",
    "Многие думают, что ответ: D.",
    "Сначала я думал, что ответ D.",
    "وإلا لكانت الإجابة D.",
    "يعتقد البعض أن الإجابة هي D.",
    "अन्यथा उत्तर D होता।",
    "कुछ लोग सोचते हैं कि उत्तर D है।",
    "逆の場合、答えはDです。",
    "多くの人は答えがDだと考えます。",
    "最初は答えがDだと思いました。",
    "반대의 경우 정답은 D입니다.",
    "많은 사람들이 정답은 D라고 생각합니다.",
    "처음에는 정답이 D라고 생각했습니다.",
    "Kalau sebaliknya, jawabannya D.",
    "Banyak yang mengira jawabannya D.",
    "Nếu không, đáp án sẽ là D.",
    "Nhiều người nghĩ đáp án là D.",
    "Aksi takdirde cevap: D",
    "Çoğu kişi cevap: D der.",
    "หลายคนคิดว่าคำตอบคือ D",
    "W przeciwnym razie odpowiedź to D.",
    "Anders zou het antwoord D zijn.",
]

FINAL = ('"answer": "B"', '{"answer": "B"}', "\\boxed{B}", "Answer: B.", "The correct answer is B.", "答案是B。")


@pytest.mark.parametrize("later", UNREAL_ANSWERS)
def test_what_is_supposed_reported_or_denied_does_not_override_the_answer(later: str) -> None:
    for final in FINAL:
        assert choice_letter(f"{final}\n\n{later}", 4) == "B", final
        assert choice_letter(f"{final} {later}", 4) == "B", final
        assert choice_letter(f"{later}\n\n{final}", 4) == "B", final
    assert choice_letter(f"**B**\n\n{later}", 4) == "B"


@given(
    later=st.lists(st.sampled_from(UNREAL_ANSWERS), min_size=1, max_size=4), final=st.sampled_from(FINAL), middle=prose
)
@settings(deadline=None, max_examples=150)
def test_any_number_of_them_does_not(later: list[str], final: str, middle: str) -> None:
    assert choice_letter("\n\n".join([middle, final, *later]), 4) == "B"


STATED = [
    "If we look at the table, the answer is D.",
    "If I had to choose, the answer would be D.",
    "If x = 3, then the area is 9, so the answer is D.",
    "Based on this, the answer would be D.",
    "It is not a metal, so the answer is D.",
    "There is no doubt that the answer is D.",
    "I would say the answer is D.",
    "Most of the evidence suggests that the answer is D.",
    "The other options are wrong, so the answer is D.",
    "Because it can't be A, the answer is D.",
    "The question asks which is NOT true, so the answer is D.",
    "While some might think of A, the correct answer is D.",
    "Although many would say A, the answer is D.",
    "如果x=3，则面积是9，所以答案是D。",
    "The Sumerians, who lived in Mesopotamia, were the first to write, so the answer is D.",
    "Had they lost, Rome would have fallen, so the answer is D.",
    "Most people think A but the answer is D.",
    "The other three are wrong which is why the answer is D.",
    "A is wrong and I think the answer is D.",
    "I thought again and the answer was D.",
    "The enzyme was previously inactive and was activated, so the answer is D.",
    "It is not A and I think the answer is D.",
    "From the previous reading, the answer is D.",
    "If we look at the options, the best answer would be D.",
    "If we consider the context, the correct answer would be D.",
    "Assuming standard conditions, the answer would be D.",
    "In this scenario, the answer would be D.",
    "The mass is 3. In that case, the answer would be D.",
    "To see whether it holds we test it, and the correct answer would be D.",
    "Since nothing else fits, the answer would be D.",
    "If you have to choose one, the answer is D.",
    "Compared with the previous year, sales rose, so the answer is D.",
    "It should be noted that the answer is D.",
    "As could be seen, the answer is D.",
    "This was wrong, and the answer is D.",
    "There were no other cases; the answer is D.",
    "The law says otherwise, so the answer is D.",
    "It would seem that the answer is D.",
    "You may think it is A, but the answer is D.",
    "We might say that A is true; however, the correct answer is D.",
    "I was not sure at first, but the answer is D.",
    "Not A, not B, not C: the answer is D.",
    "Under the second law, the correct answer is D.",
    "Nobody else could have done it, so the answer is D.",
    "If the temperature rises, pressure rises; therefore the correct answer is D.",
    "Given that x > 3 if y < 2, we conclude that the answer is D.",
    "Whether or not it is closed, the answer is D.",
    "The passage says that he left; the answer is D.",
    "If a = b then c = d. Then the answer is D.",
    "None of the others are correct. The correct answer is D.",
    "No, the answer is D.",
    "Wait, that's not right. The correct answer is D.",
    "Hmm, if I recall correctly, the answer is D.",
    "Even if A is plausible, the best answer is D.",
    "As if by magic, the answer is D.",
]


@pytest.mark.parametrize("sentence", STATED)
def test_a_sentence_with_such_words_can_state_the_answer(sentence: str) -> None:
    assert choice_letter(sentence, 4) == "D"


CORRECTIONS = [
    "Wait, actually the answer is D.",
    "Wait, I made a mistake. The correct answer is D.",
    "Hmm, no. On reflection, it is not C. The answer is D.",
    "If we include friction, the force drops, so the correct answer is D.",
    "No, la respuesta correcta es D.",
    "不对，重新看，答案应该是D。",
    "The Sumerians, who lived in Mesopotamia, were the first to write, so the answer is D.",
    "Had they lost, Rome would have fallen, so the answer is D.",
    "Most people think A but the answer is D.",
    "The other three are wrong which is why the answer is D.",
    "A is wrong and I think the answer is D.",
    "I thought again and the answer was D.",
    "The enzyme was previously inactive and was activated, so the answer is D.",
    "It is not A and I think the answer is D.",
    "In this scenario, the answer would be D.",
    "To see whether it holds we test it, and the correct answer would be D.",
    "Since nothing else fits, the answer would be D.",
    "Compared with the previous year, sales rose, so the answer is D.",
    "It should be noted that the answer is D.",
    "As could be seen, the answer is D.",
    "This was wrong, and the answer is D.",
    "The law says otherwise, so the answer is D.",
    "It would seem that the answer is D.",
    "You may think it is A, but the answer is D.",
    "We might say that A is true; however, the correct answer is D.",
    "I was not sure at first, but the answer is D.",
    "Not A, not B, not C: the answer is D.",
    "Under the second law, the correct answer is D.",
    "Nobody else could have done it, so the answer is D.",
    "Whether or not it is closed, the answer is D.",
    "The passage says that he left; the answer is D.",
    "None of the others are correct. The correct answer is D.",
    "No, the answer is D.",
    "Wait, that's not right. The correct answer is D.",
]


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_a_correction_of_equal_strength_counts(correction: str) -> None:
    assert choice_letter(f"The answer is C. Wait.\n{correction}", 4) == "D"
    assert choice_letter(f"Answer: C\n\nHmm, let me check again.\n\n{correction}", 4) == "D"


NEVER = [
    "Had the question asked for the opposite, the correct answer would be D.",
    "If it were the other way round, the answer would be D.",
    "Some would say the answer is D.",
    "The answer would be D if friction were zero.",
    "I initially thought the answer was D.",
    "I don't think the answer is D.",
    "A common mistake is to say that the answer is D.",
    "D would be correct if friction were zero.",
    "In another edition the correct answer is D.",
    "Si la pregunta fuera al revés, la respuesta sería D.",
    "Hätte die Frage nach dem Gegenteil gefragt, wäre die richtige Antwort D.",
    'Please show your choice in the `answer` field with only the choice letter, e.g., "answer": "D".',
]


@pytest.mark.parametrize("sentence", NEVER)
def test_what_is_clearly_no_answer_is_none_even_alone(sentence: str) -> None:
    assert choice_letter(sentence, 4) is None


def test_would_be_and_was_override_only_where_something_is_corrected() -> None:
    assert choice_letter("The answer is C. With a minus sign the answer would be D.", 4) == "C"
    assert choice_letter("The answer is C. Yesterday the answer was D.", 4) == "C"
    assert choice_letter("The answer is C. Oops, the sign is wrong. The answer would be D.", 4) == "D"
    assert choice_letter('This is an example.\n\n"answer": "B"', 4) == "B"
    assert choice_letter('I keep to the format.\n\n"answer": "B"\n\nThe answer is C.', 4) == "B"


def test_a_field_that_follows_the_words_for_its_format_counts() -> None:
    for lead in (
        "Here is my choice in the requested format:",
        "In the JSON format:\n",
        "Per the instructions:",
        "So:\n```json",
    ):
        assert choice_letter(f'Option B is correct at first sight.\n\n{lead}\n{{"answer": "C"}}', 4) == "C"
        assert choice_letter(f'The answer is B? No.\n\n{lead} "answer": "C"', 4) == "C"


def test_suppositions_that_differ_are_no_answer() -> None:
    assert choice_letter("If you read it so, the answer is C. If not, the answer is D.", 4) is None


def test_fields_of_an_object() -> None:
    assert choice_letter('{"answer": "D", "explanation": "If it were C, the answer would be C."}', 4) == "D"
    assert choice_letter('{"reasoning": "Had it been red, the answer would be A.", "answer": "D"}', 4) == "D"
    assert choice_letter('{"answer": "D", "user_answer": "A"}', 4) == "D"
    assert choice_letter('{"initial_answer": "A", "answer": "D"}', 4) == "D"
    assert choice_letter('{"answer": "D", "initial_answer": "A"}', 4) == "D"
    assert choice_letter('{"answer": {"letter": "D"}} The answer is A.', 4) == "D"
    assert choice_letter('answer: "D"\n\nThe answer is A.', 4) == "D"
    assert choice_letter("<answer>D</answer>\n\nThe answer is A.", 4) == "D"


def test_a_strong_form_far_above_is_found() -> None:
    below = "The force doubles. " * 400 + "So the answer is A."
    assert choice_letter(f'{{"answer": "D"}}\n\n{below}', 4) == "D"
    assert choice_letter(f"\\boxed{{D}}\n\n{below}", 4) == "D"
    assert choice_letter(f"The answer is D.\n\n{below}", 4) == "A"


@pytest.mark.parametrize("code", UNREAL)
def test_the_words_for_if_are_known_in_each_language(code: str) -> None:
    words, unreal = LANGUAGE_WORDS[code], UNREAL[code]
    answer, condition = phrases(words.answer)[0], unreal.condition.split()[0]
    assert choice_letter(f"{answer}: B.\n\n{condition} x y z, {answer}: D", 4) == "B"
    assert choice_letter(f"{answer}: B.\n\nx y z, {answer}: D", 4) == "D"


# small letters

SMALL = [
    "b. second option",
    "(b) second option",
    "b) second option",
    "b: second option",
    "**b**. second option",
    "**b.** second option",
    "**b) second option**",
    "b - second option",
    "b – second option",
    "answer: b",
    "the answer is b.",
    "Answer: b. second option",
    "Answer: b) second option",
    "Answer: (b) second option",
    "The answer is b) second option.",
    "The correct answer is b, because it fits.",
    "The answer is b: second option",
    "answer: b - second option",
    "The correct option is b.",
    "So we compare them.\n\nb. second option",
    "b. second option\n\nExplanation: the others are too small.",
    "b.",
    "b)",
    "(b)",
    "b. 4.5",
    "b. -3",
    "b) $x^2$",
    "b. 巴黎",
    "b) segunda opción",
    "答案：b",
    "答案：b. 巴黎",
    "答案是b。",
    "答案是b，因为",
    "Respuesta: b) segunda opción",
    "respuesta: b",
    "La respuesta correcta es b.",
    "La bonne réponse est b) Paris",
    "Die richtige Antwort ist b) Berlin.",
    "정답: b) 서울",
    "정답은 b입니다.",
    "答えはbです。",
    "Ответ: b) вторая",
    "الإجابة: b) باريس",
    "उत्तर: b) दूसरा",
    "Jawaban: b. kedua",
    "Đáp án: b) thứ hai",
    "Cevap: b) ikinci",
    "คำตอบ: b",
    "b、巴黎",
    "- b. second option",
    "> b) second option",
    "\\boxed{b. second}",
    "\\text{b. second}",
    '"answer": "b. second option"',
    '"answer": "b) second option"',
    "b.) second option",
    "b. a second option",
    "b. The second option.",
    "option b",
    "Option b.",
    "option b) second option",
    "Answer: option b",
    "[b] second option",
    "b] second",
    "б) вторая",
    "Ответ: б",
    "Ответ: б) вторая",
    "b. RL.",
    "b. 《奈何天》",
    "b. [H2O]",
    "Απάντηση: β",
    "Απάντηση: β) δεύτερη",
]

NOT_SMALL = [
    "a. m.",
    "i. e. something",
    "a good question",
    "a) first\nb) second",
    "a. first\nb. second\nc. third\nd. fourth",
    "We list steps.\na. do this",
    "a. do this\nb. do that\n\nc. so it goes",
    "d. h. lawrence wrote it",
    "The plan:\na) measure\nb) cut",
    "e. coli",
    "I bought b. and c.",
    "see fig. b.",
    "a: hello\nb: hi",
    "The answer is a good one.",
    "the answer is a matter of taste",
    "a - priori",
    "c: 299792458\nd: 12",
    "vitamin b.",
    "the answer is a, as said, b",
    "point b: here",
    "Let a - b be",
    "b - c",
    "b - 3 = 4",
    "c - x",
    "Die Antwort ist a priori klar.",
    "The set {a, b}",
    "answer: a or b",
    "a.k.a. something",
    "b.c. something",
    "a. k. a. smith",
    "d. j. trump",
]


@pytest.mark.parametrize("answer", SMALL)
def test_a_small_letter_with_a_mark_and_its_text(answer: str) -> None:
    assert choice_letter(answer, 4) == "B"


@pytest.mark.parametrize("answer", NOT_SMALL)
def test_small_letters_that_choose_nothing(answer: str) -> None:
    assert choice_letter(answer, 4) is None


@given(
    letter=st.sampled_from("abcd"),
    form=st.sampled_from(("{}. {}", "({}) {}", "{}) {}", "**{}.** {}", "answer: {}. {}")),
)
@settings(deadline=None)
def test_small_letters_count_as_capitals_do(letter: str, form: str) -> None:
    for option in ("Paris", "the second option", "12 m", "4.5", "$x^2$", "巴黎", "ver el río"):
        answer = form.format(letter, option)
        assert choice_letter(answer, 4) == choice_letter(form.format(letter.upper(), option), 4) == letter.upper()


# hostile texts

MEGABYTE = 1 << 20
HOSTILE = {
    "empty lines": "\n",
    "letters": "A ",
    "letters in parentheses": "(A) ",
    "letters in bold": "**A** ",
    "letter lines": "a\n",
    "heads": "Answer: ",
    "several": "the answer is A or ",
    "boxes": "\\boxed{",
    "braces": "{",
    "fields": '{"answer": ',
    "links": "is the ",
    "predicates": "Option A is correct, ",
    "choosing": "I will I will choose ",
    "Chinese": "选",
    "Chinese heads": "答案是",
    "wide letters": "Ａ，",
    "combining marks": "\u0327\u0301",
    "surrogates": "\ud800",
    "invisible": "\u200b",
    "dashes": "-",
    "gaps": "the correct answer to ",
    "controls": "\x00\x1b",
    "option lines": "A. x\nB. y\n",
    "small option lines": "a. x\nb. y\n",
    "small Cyrillic letters": "в. ",
    "small Greek letters": "α) ",
    "suppositions": "If it were so, the answer would be A. ",
    "reports": "Some say the answer is A, ",
    "examples": 'e.g. "answer": "A" ',
    "open objects": '{"a": ',
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_the_time_grows_with_the_length_alone(unit: str) -> None:
    quarter, whole = (seconds_for(unit * (length // len(unit))) for length in (MEGABYTE // 4, MEGABYTE))
    assert whole < 8 * max(quarter, 0.02), "four times the text takes some four times as long; sixteen were quadratic"


def seconds_for(text: str) -> float:
    """CPU seconds of two answers of that length."""
    start = time.process_time()
    choice_letter(text, 4, options=CITIES)
    choice_letter(f"{text}A", 10)
    return time.process_time() - start


def test_ten_thousand_answers_take_less_than_two_seconds() -> None:
    answers = [
        f"{REASONING * (1 + index % 8)}{FORMS[index % len(FORMS)].format('ABCD'[index % 4])}" for index in range(10_000)
    ]
    start = time.process_time()
    assert [choice_letter(answer, 4) for answer in answers] == ["ABCD"[index % 4] for index in range(10_000)]
    assert time.process_time() - start < 2


def test_the_usual_form_of_a_letter_is_that_of_unicode() -> None:
    for char in map(chr, (*range(0xFF21, 0xFF3B), *range(0x1D400, 0x1D41A), *range(0x24B6, 0x24D0))):
        assert choice_letter(f"Answer: {char}", 26) == unicodedata.normalize("NFKC", char)


# the table of words


def phrases(field: str) -> list[str]:
    return [phrase.strip() for phrase in field.split(",") if phrase.strip()]


@pytest.mark.parametrize("code", LANGUAGE_WORDS)
def test_every_word_for_answer_announces(code: str) -> None:
    words = LANGUAGE_WORDS[code]
    for word in phrases(words.answer):
        for form in (f"{word}: C", f"{word.capitalize()}: **C**", f"**{word.upper()}**: C. x", f"{word} : (C)"):
            assert choice_letter(form, 4) == "C", form
        for link in words.link.split():
            assert choice_letter(f"x y. {word} {link} C.", 4) == "C", (word, link)
        for verb in words.after.split():
            assert choice_letter(f"{word} C {verb}", 4) == "C", (word, verb)
        assert choice_letter(f"{word} A, C", 4) is None
        assert choice_letter(f"{word}: A, C", 4) is None
    for option in words.option.split():
        for link in words.link.split():
            if words.correct:
                assert choice_letter(f"{words.correct.split()[0]} {option} {link} C", 4) == "C", (option, link)
        assert choice_letter(f"{option} C x y z", 4) is None, option


def test_the_table_covers_the_languages_of_the_report() -> None:
    assert len(LANGUAGE_WORDS) + len(UNSPACED) >= 70
    assert not set(LANGUAGE_WORDS) & set(UNSPACED)


@pytest.mark.parametrize("script", NATIVE)
def test_native_letters_count_their_options(script: str) -> None:
    for index, letter in enumerate(NATIVE[script]):
        for form in ("Answer: {}", "الإجابة: ({})", "答案：{}", "\\boxed{{{}}}", "**{}**", "{}) x"):
            assert choice_letter(form.format(letter), 10) == "ABCDEFGHIJ"[index], form
        assert choice_letter(f"Answer: {letter}{letter}", 10) is None
        assert choice_letter(f"x {letter} y {letter} z", 10) is None


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        (r"\boxed{\color{red}{B}}", "B"),
        (r"\boxed{\textcolor{blue!50}{\text{B}}}", "B"),
        (r"\boxed{\underline{\mathbf{B}}}", "B"),
        (r"\boxed{\textcolor{red}{7}}", None),
        ("```\nB\n```", "B"),
        ("It is this one:\n\n```text\nB\n```", "B"),
        ("A\nB\nC\nD", None),
        ("<answer> b </answer>", "B"),
        (r"\boxed{A \text{ or } B}", None),
        (r"\boxed{\text{A}\text{ and }\text{B}}", None),
        ("The answer is A, or perhaps B.", None),
        ("Answer: B\n\nIn the original version of this question, the answer is C.", "B"),
        ("如果是低温，答案是C；但这里是高温，所以答案是B。", "B"),
        ("有人认为答案是C，但正确答案是B。", "B"),
        ("正确答案是B，但如果是低温，答案是C。", "B"),
        ("最初は答えがCだと考えたが、正解はBです。しかし逆の問いなら、答えはDです。", "B"),
        ("সঠিক উত্তর B। যদি প্রশ্ন উল্টো হত, উত্তর D হত।", "B"),
    ],
)
def test_emphasis_fences_and_bare_lists(answer: str, letter: str | None) -> None:
    assert choice_letter(answer, 4) == letter

"""What is no announcement: suppositions, reports, denials, what was thought once, examples of the form."""

from __future__ import annotations

import pytest
from choice_texts import phrases, prose
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qwen3_eval.grading.choice import choice_letter
from qwen3_eval.grading.choice.unreal import UNREAL
from qwen3_eval.grading.choice.words import LANGUAGES as LANGUAGE_WORDS

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


# A fault that is known: words of correction in a sentence that corrects nothing itself make the writer's own answer of
# what follows, though it is under a condition or past. Mending it moves verdicts, and so the version of every task.
CORRECTING_NOTHING = (
    "Some would say that the correct answer is D, but they are mistaken.",
    "A common mistake is to answer D.",
    "A common mistake is to say that the answer is D.",
    "Saying that the answer is D would be a mistake.",
    "My previous response said the answer is D, which was an error.",
    "It would be a mistake to choose D.",
)
TAKEN_FOR_CORRECTED = (
    "The answer is D only if friction is zero.",
    "With a negative sign, the correct choice would be D.",
    "Before checking, my answer was D.",
)


@pytest.mark.xfail(strict=True, reason="words of correction are looked for in any sentence before")
@pytest.mark.parametrize("later", TAKEN_FOR_CORRECTED)
@pytest.mark.parametrize("before", CORRECTING_NOTHING)
def test_what_is_unreal_stays_so_behind_words_of_correction(before: str, later: str) -> None:
    assert choice_letter(f"Answer: B.\n\n{before}\n\n{later}", 4) == "B"


def is_known(later: list[str]) -> bool:
    """Whether sentences hold the known fault: one of the latter kind somewhere behind one of the former."""
    first = next((place for place, text in enumerate(later) if text in CORRECTING_NOTHING), len(later))
    return any(text in TAKEN_FOR_CORRECTED for text in later[first:])


@given(
    later=st.lists(st.sampled_from(UNREAL_ANSWERS), min_size=1, max_size=4), final=st.sampled_from(FINAL), middle=prose
)
@settings(deadline=None, max_examples=150)
def test_any_number_of_them_does_not(later: list[str], final: str, middle: str) -> None:
    assume(not is_known(later))
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

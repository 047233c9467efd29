"""The language identifier, what of an answer it looks at, and the task that asks whether answers stay in a language."""

from __future__ import annotations

import asyncio
import unicodedata
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import MIRROR
from task_checks import check_snapshot, docs_of, shown, task_of, with_mirror

from qwen3_eval.grading import language
from qwen3_eval.grading.language.features import words
from qwen3_eval.grading.language.identifier import MODEL, identify, same_language
from qwen3_eval.grading.language.markup import prose
from qwen3_eval.languages import FURTHER_KIN, KIN, ROMANISED, find_language, known_languages, qwen3_languages
from qwen3_eval.scoring.pool import WorkerPool
from qwen3_eval.scoring.scorer import Scorer
from qwen3_eval.types import Doc, Generation, Reply

TASK = task_of("language_fidelity")
SENTENCES = {
    "en": "The ferry leaves the old harbour at seven in the morning, and the fishermen wave to it.",
    "de": "Die Fähre verlässt den alten Hafen um sieben Uhr morgens, und die Fischer winken ihr zu.",
    "fr": "Le ferry quitte le vieux port à sept heures du matin, et les pêcheurs lui font signe.",
    "es": "El transbordador sale del viejo puerto a las siete de la mañana y los pescadores lo saludan.",
    "pt": "O barco sai do velho porto às sete da manhã, e os pescadores acenam para ele.",
    "it": "Il traghetto lascia il vecchio porto alle sette del mattino e i pescatori lo salutano.",
    "nl": "De veerboot verlaat de oude haven om zeven uur 's ochtends en de vissers zwaaien ernaar.",
    "sv": "Färjan lämnar den gamla hamnen klockan sju på morgonen, och fiskarna vinkar till den.",
    "fi": "Lautta lähtee vanhasta satamasta seitsemältä aamulla, ja kalastajat vilkuttavat sille.",
    "hu": "A komp reggel hétkor indul el a régi kikötőből, és a halászok integetnek neki.",
    "pl": "Prom wypływa ze starego portu o siódmej rano, a rybacy machają do niego.",
    "cs": "Trajekt opouští starý přístav v sedm hodin ráno a rybáři mu mávají.",
    "ro": "Feribotul pleacă din vechiul port la ora șapte dimineața, iar pescarii îi fac cu mâna.",
    "ru": "Паром выходит из старой гавани в семь часов утра, и рыбаки машут ему вслед.",
    "uk": "Пором виходить зі старої гавані о сьомій годині ранку, і рибалки махають йому.",
    "bg": "Фериботът напуска старото пристанище в седем часа сутринта и рибарите му махат.",
    "el": "Το πλοίο φεύγει από το παλιό λιμάνι στις επτά το πρωί και οι ψαράδες το χαιρετούν.",
    "tr": "Vapur sabah saat yedide eski limandan ayrılıyor ve balıkçılar ona el sallıyor.",
    "ar": "تغادر العبّارة الميناء القديم في الساعة السابعة صباحا ويلوّح لها الصيادون بأيديهم.",
    "fa": "کشتی ساعت هفت صبح بندر قدیمی را ترک می‌کند و ماهیگیران برایش دست تکان می‌دهند.",
    "he": "המעבורת יוצאת מהנמל הישן בשבע בבוקר, והדייגים מנופפים לה לשלום.",
    "hi": "नाव सुबह सात बजे पुराने बंदरगाह से निकलती है और मछुआरे उसे हाथ हिलाकर विदा करते हैं।",
    "bn": "ফেরিটি সকাল সাতটায় পুরোনো বন্দর থেকে ছাড়ে, আর জেলেরা হাত নেড়ে তাকে বিদায় জানায়।",
    "ta": "படகு காலை ஏழு மணிக்குப் பழைய துறைமுகத்தை விட்டுப் புறப்படுகிறது.",
    "th": "เรือข้ามฟากออกจากท่าเรือเก่าตอนเจ็ดโมงเช้า และชาวประมงโบกมือให้",
    "vi": "Chiếc phà rời bến cảng cũ lúc bảy giờ sáng, và những người đánh cá vẫy tay chào nó.",
    "id": "Kapal feri meninggalkan pelabuhan tua pada pukul tujuh pagi dan para nelayan melambaikan tangan.",
    "sw": "Kivuko kinaondoka bandari ya zamani saa moja asubuhi, na wavuvi wanakipungia mikono.",
    "zh-Hans": "渡轮早上七点离开旧港口，渔民们向它挥手告别。",
    "zh-Hant": "渡輪早上七點離開舊港口，漁民們向它揮手告別。",
    "ja": "渡し船は朝の七時に古い港を出て、漁師たちが手を振って見送ります。",
    "ko": "여객선은 아침 일곱 시에 오래된 항구를 떠나고 어부들은 손을 흔들어 준다.",
    "ka": "ბორანი დილის შვიდ საათზე ტოვებს ძველ ნავსადგურს და მეთევზეები ხელს უქნევენ.",
    "hy": "Լաստանավը առավոտյան ժամը յոթին հեռանում է հին նավահանգստից, և ձկնորսները ձեռքով են անում։",
}
CODE = (
    "```python\ndef read_the_lines_of_a_file(path):\n    with open(path) as handle:\n        return list(handle)\n```"
)


# the identifier


@pytest.mark.parametrize("tag", SENTENCES)
def test_a_sentence_is_in_its_language_and_in_no_other(tag: str) -> None:
    verdict = language.check(SENTENCES[tag], tag)
    assert (verdict.same, verdict.found, verdict.every_line) == (True, same_language(tag), True)
    assert not language.check(SENTENCES[tag], "sw" if tag != "sw" else "en").same


def test_varieties_that_are_written_alike_are_one() -> None:
    named = {each.tag for each in qwen3_languages()}
    assert all(len(named.intersection(kin)) > 1 for kin in KIN)
    assert language.check(SENTENCES["ar"], "ary").same
    assert language.check(SENTENCES["id"], "ms").same
    assert not language.check(SENTENCES["zh-Hant"], "zh-Hans").same


TWI = "Wofrɛ no sɛ ɔbarima a ɔde n’ani asi n’adwuma so, na nkurɔfoɔ ani gye no ho wɔ kuro no mu nyinaa."


@pytest.mark.parametrize("kin", FURTHER_KIN)
def test_kin_outside_of_the_119_are_one_where_one_of_them_is_asked_for(kin: tuple[str, ...]) -> None:
    assert not {each.tag for each in qwen3_languages()}.intersection(kin)
    for tag in kin:
        verdict = language.check(TWI, tag)
        assert (verdict.found, verdict.same, verdict.every_line) == (tag, True, True)
    assert language.check(TWI, "de").found in kin


def test_the_identifier_knows_all_languages_but_the_romanised() -> None:
    with np.load(MODEL) as stored:
        known = {find_language(str(code)).flores for code in stored["languages"]}
    assert {each.flores for each in known_languages()} - known == set(ROMANISED)


@pytest.mark.parametrize(
    ("text", "asked", "letters"),
    [("ሰላም ነው ወንድሜ", "am", None), ("ሰላም ነው ወንድሜ", "de", 10), ("မင်္ဂလာပါ ခင်ဗျာ", "my", 15)],
)
def test_a_script_of_several_languages_asks_for_more_letters_outside_of_the_119(
    text: str, asked: str, letters: int | None
) -> None:
    assert (language.check(text, asked).found is None) == (letters is None)


@pytest.mark.parametrize("tag", ["de", "vi", "hi", "ko", "ja", "fa"])
@pytest.mark.parametrize("form", ["NFD", "capitals", "zero width", "direction marks", "lone surrogates", "NUL"])
def test_a_text_is_judged_as_if_normalised(tag: str, form: str) -> None:
    text = SENTENCES[tag]
    written = {
        "NFD": unicodedata.normalize("NFD", text),
        "capitals": text.upper(),
        "zero width": "\u200b".join(text),
        "direction marks": f"\u202b{text}\u202c\u200f\ufeff",
        "lone surrogates": text.replace(" ", " \ud83d"),
        "NUL": f"\x00{text}\x00",
    }[form]
    assert language.check(written, tag) == language.check(text, tag)


@given(st.text(max_size=200), st.sampled_from([each.tag for each in qwen3_languages()]))
def test_any_text_gets_a_verdict(text: str, tag: str) -> None:
    verdict = language.check(text, tag)
    assert (verdict.found == same_language(tag)) == verdict.same
    assert verdict.every_line <= verdict.same


@pytest.mark.parametrize(
    "text", ["", "\x00", "\ud800" * 50, "9" * 10**6, "\n" * 10**6, "`" * 10**5, CODE, "$x^2$ 1,000 + 1", "😀" * 99]
)
def test_what_says_nothing_is_in_no_language(text: str) -> None:
    assert (language.check(text, "en").found, language.check(text, "en").letters) == (None, 0)


def test_a_long_answer_is_judged_whole_in_bounded_pieces() -> None:
    said = " ".join([SENTENCES["de"]] * 2_000)
    assert language.check(said, "de").every_line
    assert not language.check(f"{said} {SENTENCES['en'] * 20}", "de").every_line


def test_texts_are_identified_one_by_one_as_in_a_batch() -> None:
    texts = [words(text) for text in SENTENCES.values()] * 5
    assert identify(texts) == [tag for text in texts for tag in identify([text])]


# what of an answer is looked at


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ein `print(x)` Wort", "ein Wort"),
        (f"davor\n{CODE}\ndanach", "davor danach"),
        (f"davor\n{CODE[:-3]}", "davor"),
        ("~~~\nx\n~~~\ndanach", "danach"),
        ("also $x^2 + \\text{the value}$ und \\(a\\) und \\[\\int f\\] und $$y$$.", "also und und und ."),
        ("von $5 bis $6 und mehr", "von $5 bis $6 und mehr"),
        ("$5 und dann $6$", "$5 und dann"),
        ("\\begin{align} also \\frac \\boxed{42} fertig", "also fertig"),
        ("siehe https://example.org/a/path?x=1 oder mail@example.org, ja", "siehe oder , ja"),
        ("<b>fett</b>&nbsp;und", "fett und"),
    ],
)
def test_code_formulas_and_addresses_are_no_prose(text: str, left: str) -> None:
    assert " ".join(prose(text).split()) == left


@pytest.mark.parametrize("tag", ["de", "sw", "ru", "hi", "ar", "ja", "th", "ka"])
def test_what_is_not_prose_does_not_flip_a_verdict(tag: str) -> None:
    said = SENTENCES[tag]
    mixed = (
        f'{said}\n\n{CODE}\n\n{said} $f(x) = \\text{{the area under the curve}}$ "The New York Times", GPU, machine '
        f"learning (https://example.org/english/words/in/an/address), 3.14 and 1,000\n"
    )
    assert language.check(mixed, tag).same


@pytest.mark.parametrize("tag", ["sw", "tr", "hi", "ko"])
def test_a_first_line_in_english_does_not_flip_it_but_is_seen(tag: str) -> None:
    said = f"{SENTENCES[tag]} {SENTENCES[tag]}\n{SENTENCES[tag]}"
    verdict = language.check(f"Sure! Here is the answer to the question that you asked:\n\n{said}", tag)
    assert verdict.same
    assert verdict.every_line is False


def test_two_languages_are_no_third_one() -> None:
    """English and Swahili in one bag of n-grams look like Fulfulde."""
    verdict = language.check(f"{SENTENCES['en'][:60]}\n{SENTENCES['sw']}\n" * 2, "sw")
    assert (verdict.found, verdict.every_line) == ("sw", False)


@pytest.mark.parametrize(
    ("text", "tag", "found"),
    [
        ("42", "de", None),
        ("Ja, sieben Uhr.", "de", None),
        ("네, 일곱 시에 떠나요", "ko", "ko"),
        ("ใช่ ตอนเจ็ดโมงเช้า", "th", "th"),
        ("OK", "th", None),
        ("$x = 7$", "en", None),
    ],
)
def test_few_letters_tell_a_language_in_a_script_of_its_own_alone(text: str, tag: str, found: str | None) -> None:
    assert language.check(text, tag).found == found


# the task


def test_the_docs_are_sentences_in_the_languages_that_qwen3_names() -> None:
    docs = docs_of("language_fidelity")
    assert set(TASK.spec.languages) == {each.tag for each in qwen3_languages()}
    assert {doc.language for doc in docs} <= set(TASK.spec.languages)
    assert all(doc.target == doc.language and doc.id.endswith(f"/{doc.group}") for doc in docs)


def test_the_prompt_is_the_sentence_alone() -> None:
    doc = docs_of("language_fidelity")[0]
    check_snapshot("language_fidelity.chat", shown(TASK.prompt(doc)))


def fidelity_doc(tag: str) -> Doc:
    return Doc("1", SENTENCES[tag], tag, language=tag)


@pytest.mark.parametrize(
    ("tag", "answer", "value", "extracted", "metrics"),
    [
        ("de", SENTENCES["de"], 1, "de", {"every_line_in_language": 1, "in_english": 0}),
        ("de", SENTENCES["en"], 0, "en", {"every_line_in_language": 0, "in_english": 1}),
        ("de", SENTENCES["nl"], 0, "nl", {"every_line_in_language": 0, "in_english": 0}),
        ("en", SENTENCES["en"], 1, "en", {"every_line_in_language": 1}),
        ("ary", SENTENCES["ar"], 1, "ar", {"every_line_in_language": 1, "in_english": 0}),
        ("ms", SENTENCES["id"], 1, "id", {"every_line_in_language": 1, "in_english": 0}),
    ],
)
def test_fidelity_verdicts(tag: str, answer: str, value: float, extracted: str, metrics: dict[str, float]) -> None:
    found = TASK.score(Doc("1", "?", tag, language=tag), answer)
    assert (found.value, found.extracted, dict(found.metrics), found.outcome) == (value, extracted, metrics, "ok")


def test_an_answer_that_is_too_short_says_so() -> None:
    found = TASK.score(fidelity_doc("de"), "Ja, um sieben.")
    assert (found.value, found.outcome, found.detail) == (0, "no_answer", "10 letters do not tell a language")


def graded(generation: Generation, tag: str) -> dict[str, float]:
    async def grade() -> dict[str, float]:
        pool = WorkerPool(preload=("qwen3_eval.scoring.scorer",), workers=1)
        try:
            score = await Scorer(pool, None)(TASK, fidelity_doc(tag), generation, "chat")
        finally:
            await pool.close()
        return {"score": score.value, **score.metrics}

    return asyncio.run(grade())


def test_thinking_is_reported_apart_and_moves_no_score() -> None:
    found = graded(Generation(thinking=SENTENCES["en"], answer=SENTENCES["de"]), "de")
    assert found["score"] == 1
    assert (found["thinking_in_language"], found["thinking_in_english"]) == (0, 1)
    assert "thinking_in_language" not in graded(Generation(answer=SENTENCES["de"]), "de")


def test_the_thinking_of_a_conversation_is_that_of_all_replies() -> None:
    from qwen3_eval.scoring.scorer import thinking_of

    replies = (Reply("First.", "a"), Reply("", "b"), Reply("Then.", "c"))
    assert thinking_of(Generation(replies=replies)) == "First.\n\nThen."


# the real sentences


@with_mirror
def test_real_sentences_are_told_apart_in_all_119_languages() -> None:
    """Paragraphs of four sentences of the test split, which the identifier has not seen."""
    sentences = defaultdict(list)
    for doc in docs_of("language_fidelity", MIRROR):
        sentences[doc.language].append(doc.question)
    assert set(sentences) == set(TASK.spec.languages)
    for tag, found in sentences.items():
        assert identify([words(" ".join(found[:4])), words(" ".join(found[4:8]))]) == [same_language(tag)] * 2, tag


@with_mirror
def test_real_sentences_are_told_apart_beyond_the_119() -> None:
    """Single sentences; one that is too short to tell counts as missed."""
    sentences = defaultdict(list)
    for doc in docs_of("language_fidelity_205", MIRROR):
        sentences[doc.language].append(doc.question)
    assert set(sentences) == set(task_of("language_fidelity_205").spec.languages)
    further = set(sentences) - {each.tag for each in qwen3_languages()}
    shares = {tag: sum(language.check(text, tag).same for text in sentences[tag]) / 204 for tag in further}
    assert min(shares.values()) > 0.85, sorted(shares.items(), key=lambda pair: pair[1])[:5]
    assert sum(shares.values()) / len(shares) > 0.975

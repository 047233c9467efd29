r"""Takes emphasis, colour, frames and layout off an answer: what is left has the same meaning, and no other form.

``\boldsymbol{204}``, ``{\color{red}204}``, ``\underline{\mathbf{\frac12}}``, ``**204**`` and whatever is nested of
these. Upright ``i``, ``e`` and ``d`` are the letters themselves; upright words and other letters stay what they were,
since they may be names or units. What is struck out (``\cancel``) or invisible (``\phantom``) is gone. Linear in the
length of the text, for each of at most ``DEEPEST`` levels.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qwen3_eval.grading.patterns import regex

DEEPEST = 12
MAX_CHARS = 2000
SIZES = ("big", "Big", "bigg", "Bigg")
GREEK = "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega"


@dataclass(frozen=True)
class _Kind:
    """What becomes of a command: how many arguments come before its content, whether that stays, and as what."""

    skipped: int = 0
    kept: bool = True
    upright: bool = False


def _kinds(names: str, kind: _Kind) -> dict[str, _Kind]:
    return dict.fromkeys(names.split(), kind)


KINDS = {
    **_kinds("boldsymbol bm pmb mathbf mathsf mathtt mathnormal mathcal mathscr mathfrak mathbb", _Kind()),
    **_kinds("textbf textit texttt textsf textsc textsl textmd textup emph underline uline uuline uwave bbox", _Kind()),
    **_kinds("boxed fbox framebox ensuremath smash mathclap mathrlap mathllap makebox", _Kind()),
    **_kinds("underbrace overbrace underbracket overbracket", _Kind()),
    **_kinds("textcolor colorbox scalebox href style class enclose", _Kind(skipped=1)),
    **_kinds("fcolorbox", _Kind(skipped=2)),
    **_kinds("text textrm textnormal mathrm mathit mbox hbox operatorname", _Kind(upright=True)),
    **_kinds("mathop mathord mathrel mathbin mathopen mathclose mathinner mathpunct", _Kind(upright=True)),
    **_kinds("phantom hphantom vphantom cancel bcancel xcancel sout label tag hspace vspace mspace", _Kind(kept=False)),
}
# Commands that hold to the end of their group, or have no argument; of the first two the argument says no more.
SWITCHES = {
    **_kinds("color pagecolor", _Kind(skipped=1, kept=False)),
    **_kinds("bf it sf tt sl sc em cal bfseries itshape sffamily ttfamily scshape slshape", _Kind()),
    **_kinds("rm rmfamily normalfont upshape mdseries", _Kind(upright=True)),
    **_kinds("tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge boldmath", _Kind()),
    **_kinds("displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits strut null", _Kind()),
    **_kinds("centering noindent allowbreak nobreak relax hfill newline enspace thinspace medspace", _Kind()),
    **_kinds("checkmark qed blacksquare", _Kind()),
}
BRACES = ("underbrace", "overbrace", "underbracket", "overbracket")
NAMES = "|".join((*KINDS, *SWITCHES))
COMMAND = regex(rf"(?:(\{{\s*)?\\({'|'.join(SWITCHES)})|\\({'|'.join(KINDS)}))(?![A-Za-z])(?:\*(?=\s*{{))?\s*")
UPRIGHT_GREEK = regex(rf"\\(?:up({GREEK})|([ij])math)(?![A-Za-z])")
NULL = regex(r"\\(?:left|right|[bB]igg?[lr]?)\s*\.|\\(?:kern|hskip|mkern|mskip)\s*-?[\d.]+\s*[a-z]{2}")
MARKED = regex(r"(\*{1,3})([^*]+)\1|(_{2,3})([^_]+)\3|(`{1,3})([^`]+)\5")
HTML = regex(r"</?(?:b|i|u|em|strong|mark|span|font|sub|div|p)(?:\s[^<>]*)?>", re.IGNORECASE)
MARKS = ("*", "_", "`")
# The names of all commands that are looked for here: most texts have none, which is found out fast.
NAME = regex(r"\\([A-Za-z]+)")
STYLES = {*KINDS, *SWITCHES, "imath", "jmath", "kern", "hskip", "mkern", "mskip"}
STYLES |= {f"up{name}" for name in GREEK.split("|")} | {f"{size}{side}" for size in SIZES for side in ("", "l", "r")}
TICKS = str.maketrans(dict.fromkeys("✓✔✅☑\ufe0f", ""))
BRACE = regex(r"\\.|[{}]", re.DOTALL)
TOKEN = regex(r"\\(?:[A-Za-z]+|.)|\S", re.DOTALL)
OPTION = regex(r"\[[^\[\]{}]*\]\s*")
SCRIPT = regex(r"\s*[_^]\s*")
NESTED_TEXT = regex(r"\\(?:begin|end)\s*\{[^{}]*\}|\\(?:text|mathrm|mbox|operatorname)\s*\{[^{}]*\}|\\[A-Za-z]+")
WORD = regex(r"[^\W\d_]{2,}")
LISTED = regex(r"[-\d.,;\s]*\d[,;\s]*(?:\b(?:and|or)\b[-\d.,;\s]*\d[,;\s]*)+")
UPRIGHT_LETTER = regex(r"\s*([ie])\s*")
MATHEMATICS = regex(r"[^A-Za-z]*(?:(?<![A-Za-z])[A-Za-z](?![A-Za-z])[^A-Za-z]*)*")
LEADING_NUMBER = regex(r"\s*(-?\d[\d.,]*)(?=(?:\s|\\[ ,;]|~)[A-Za-z])")
# Behind a number, upright letters with a power or a slash are a unit: m/s^2.
COUNTED = regex(r"[\d})](?:\\[,;:! ]|~|\s)*$")
WORD_OR_POWER = regex(r"^(?![ie](?![A-Za-z]))[A-Za-z]+(?:\s?[/^·*-]|\\cdot)")
TEXT = regex(r"\\(?:text\w*|math(?:rm|it)|mbox|hbox|operatorname|mathbb)\{[^{}]*\}")
SIMPLE = regex(r"[\d.]+|[A-Za-z]|\([^()]*\)")
OPEN_ENDS = "+-=,;(<>[|&0123456789."


def plain(text: str) -> str:
    """The text without style. One of more than 2,000 characters is returned as it is."""
    if len(text) > MAX_CHARS:
        return text
    text = _unmarked(_unbraced((HTML.sub("", text) if "</" in text else text).strip()))
    if "\\" not in text or (STYLES.isdisjoint(NAME.findall(text)) and "left." not in text and "right." not in text):
        return text
    text = NULL.sub("", UPRIGHT_GREEK.sub(lambda found: f"\\{found[1]}" if found[1] else found[2], text))
    return _unmarked(_unbraced(_stripped(text, 0).strip()))


def _unmarked(text: str) -> str:
    """Without Markdown's emphasis around the whole, and without ticks."""
    if not text.isascii():
        text = text.translate(TICKS).strip()
    while text[:1] in MARKS and (found := MARKED.fullmatch(text)):
        text = (found[2] or found[4] or found[6]).strip()
    return text


def _unbraced(text: str) -> str:
    """Without braces around the whole."""
    for _ in range(DEEPEST):
        if not text.startswith("{") or closing(text, 0) != len(text) - 1:
            break
        text = text[1:-1].strip()
    return text


def closing(text: str, start: int) -> int:
    """Where the brace at ``start`` closes; -1 where it does not. Escaped braces do not count."""
    depth = 0
    for token in BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0:
            return token.start()
    return -1


def _stripped(text: str, depth: int) -> str:
    if depth > DEEPEST:
        return text
    done, at = "", 0
    while found := COMMAND.search(text, at):
        done += text[at : found.start()]
        piece, at = _piece(text, found, depth)
        done = _joined(done, piece, text[at : at + 1])
    return done + text[at:]


@dataclass(frozen=True)
class _Piece:
    """What stands for a command with its content. ``whole``: it is a group, and needs braces to stay one."""

    text: str
    whole: bool = False


def _piece(text: str, found: re.Match[str], depth: int) -> tuple[_Piece, int]:
    """What stands for the command, and where the text goes on."""
    name = found[2] or found[3]
    kind = KINDS.get(name) or SWITCHES[name]
    _, at = _arguments(text, found.end(), kind.skipped)
    end = closing(text, found.start()) if found[1] else -1
    if end >= 0:
        return _Piece(_meaning(_stripped(text[at:end], depth + 1), name, text[end + 1 : end + 2]), True), end + 1
    if name in SWITCHES and not (kind.upright and text[at : at + 1] == "{"):
        return _Piece((found[1] or "") + " "), at
    [content], at = _arguments(text, at, 1)
    unit = kind.upright and content[:1].isalpha() and COUNTED.search(text[max(0, found.start() - 8) : found.start()])
    if unit and WORD_OR_POWER.search(content):
        return _Piece(f"\\text{{{content.replace('{', '').replace('}', '')}}}"), at
    if name in BRACES and (script := SCRIPT.match(text, at)):
        _, at = _arguments(text, script.end(), 1)
    if not kind.kept:
        return _Piece(" "), at
    return _Piece(_meaning(_stripped(content, depth + 1), name, text[at : at + 1]), True), at


def _arguments(text: str, at: int, count: int) -> tuple[list[str], int]:
    """So many arguments, in braces or a single token each, and where the text goes on. Options are passed over."""
    found = []
    for _ in range(count):
        while option := OPTION.match(text, at):
            at = option.end()
        end = closing(text, at) if text[at : at + 1] == "{" else -1
        token = TOKEN.match(text, at)
        if end >= 0:
            found.append(text[at + 1 : end])
            at = end + 1
        else:
            found.append(token[0] if token else "")
            at = token.end() if token else at
    return found, at


def _meaning(content: str, name: str, after: str) -> str:
    """The content itself where it is mathematics, else as upright text."""
    kind = KINDS.get(name) or SWITCHES[name]
    command = name if name in KINDS and kind.upright else "text"
    if name == "mathbb" and content.strip().isupper():
        return f"\\mathbb{{{content}}}"
    if LISTED.fullmatch(content):
        return content.strip()
    if WORD.search(NESTED_TEXT.sub("", content)):
        number = LEADING_NUMBER.match(content)
        rest = content[number.end() :] if number else content
        return f"{number[1] if number else ''}\\{command}{{{rest}}}"
    if not kind.upright:
        return content.strip()
    if letter := UPRIGHT_LETTER.fullmatch(content):
        return letter[1]
    if content.strip() == "d" and after.isalpha():
        return "d"
    mathematics = MATHEMATICS.fullmatch(NESTED_TEXT.sub("", content)) and re.search(r"\d|\\[A-Za-z]", content)
    return content.strip() if mathematics else f"\\{command}{{{content}}}"


def _joined(done: str, piece: _Piece, after: str) -> str:
    """The text with a piece behind it, in braces where it would not stay one otherwise."""
    if not piece.whole:
        return done + piece.text
    before = done.rstrip()[-1:]
    free = not before or before in OPEN_ENDS
    if not (before or after) or TEXT.fullmatch(piece.text) or (free and SIMPLE.fullmatch(piece.text)):
        return done + piece.text
    return done + _braced(piece.text)


def _braced(text: str) -> str:
    return f"{{{text}}}"

"""The words of the language that ``latex`` reads, by the grammar that it names, and a text cut into them."""

from __future__ import annotations

import re
from typing import NamedTuple

GREEK = (
    "alpha beta Gamma gamma Delta delta epsilon varepsilon zeta eta Theta theta vartheta iota kappa Lambda lambda mu "
    "nu Xi xi omicron Pi varpi rho varrho Sigma sigma varsigma tau Upsilon upsilon Phi phi varphi chi Psi psi Omega "
    "omega"
).split()
SIGNS = (
    "Bbbk wp nabla bigstar angle nexists diagdown measuredangle eth emptyset diagup sphericalangle clubsuit varnothing "
    "Diamond complement diamondsuit imath Finv triangledown heartsuit jmath Game triangle spadesuit ell hbar "
    "vartriangle hslash blacklozenge lozenge blacksquare mho blacktriangle sharp prime Im flat square backprime Re "
    "natural surd circledS"
).split()
ACCENTS = (
    "acute bar overline breve check widecheck dot ddot grave hat tilde widetilde vec overrightarrow bm boldsymbol text "
    "textit mathbb mathbin mathbf mathcal mathclap mathclose mathellipsis mathfrak mathinner mathit mathnormal mathop "
    "mathopen mathord mathpunct mathrel mathring mathrlap mathrm mathscr mathsf mathsterling mathtt"
).split()
TRIGONOMETRIC = "sin cos tan csc sec cot sinh cosh tanh".split()
INVERSE = {
    **{f"arc{name}": f"a{name}" for name in TRIGONOMETRIC},
    **{f"ar{name}": f"a{name}" for name in ("sinh", "cosh", "tanh")},
}
FUNCTIONS = {*TRIGONOMETRIC, *(set(INVERSE) - {"arccsch", "arcsech", "arccoth"}), "log", "ln", "exp", "floor", "ceil"}
# Kinds of tokens by the words of each; the longest word wins, then the earlier kind.
WORDS = {
    "transpose": ["^T", "^{T}", "^{\\top}", "'"],
    "accent": [f"\\{name}" for name in ACCENTS],
    "add": ["+", "-"],
    "mul": ["*", "\\times", "\\cdot", "/", "\\over", "\\div", ":", "\\mod"],
    "relation": [
        *("\\in", "=", "==", "\\equiv", "<", "\\leq", "\\le", "\\leqslant", ">", "\\geq", "\\ge", "\\geqslant"),
        *("!=", "!==", "\\ne", "\\neq", "\\not\\equiv"),
    ],
    "open": ["(", "\\lgroup", "{", "\\{", "\\lbrace", "[", "\\lbrack"],
    "close": [")", "\\rgroup", "}", "\\}", "\\rbrace", "]", "\\rbrack"],
    "wrap": ["|", "\\lvert", "\\vert", "\\|", "\\lfloor", "\\llcorner", "\\lceil", "\\ulcorner"],
    "unwrap": ["\\rvert", "\\rfloor", "\\lrcorner", "\\rceil", "\\urcorner"],
    "left": ["\\left", "\\mleft"],
    "right": ["\\right", "\\mright"],
    "function": [f"\\{name}" for name in sorted(FUNCTIONS)],
    "many": ["\\gcd", "\\lcm", "\\max", "\\min"],
    "sqrt": ["\\sqrt"],
    "sum": ["\\sum", "\\prod"],
    "frac": ["\\frac"],
    "binom": ["\\binom", "\\tbinom", "\\dbinom"],
    "choose": ["\\choose"],
    "matrix": [f"\\begin{{{kind}}}" for kind in ("matrix", "pmatrix", "bmatrix", "vmatrix")],
    "unmatrix": [f"\\end{{{kind}}}" for kind in ("matrix", "pmatrix", "bmatrix", "vmatrix")],
    "row": ["\\\\"],
    "cell": ["&"],
    "sub": ["_"],
    "sup": ["^"],
    "separator": [",", ";"],
    "bang": ["!"],
    "e": ["e", "\\exponentialE"],
    "symbol": ["\\pi", "\\partial", "\\infty", "\\infty\\%"],
    "greek": [f"\\{name}" for name in GREEK],
    "sign": [f"\\{name}" for name in SIGNS],
    "skip": ["\\$"],
    # Words of the grammar that begin nothing that is read here, and end what is.
    "other": [
        *(".", "E", "\\lim", "\\to", "\\rightarrow", "\\Rightarrow", "\\longrightarrow", "\\Longrightarrow", "\\int"),
        *("\\operatorname", "\\xrightarrow", "\\xRightarrow", "\\leftrightarrow", "\\Leftrightarrow", "<->", "<=>"),
        *("\\det", "matrix", "pmatrix", "bmatrix", "vmatrix", "arsinh", "arcsinh", "arcosh", "arccosh", "artanh"),
        *("arctanh", "gcd", "lcm", "floor", "ceil", "eye", "zeros", "ones", "cols", "rows", "diag", "norm", "rank"),
        *("trace", "tr", "rref", "hstack", "vstack", "orth", "ortho", "orthogonal", "orthogonalize", "nullspace"),
        *("eig", "eigen", "diagonalize", "eigenvals", "eigenvalues", "eigenvects", "eigenvectors", "svd", "SVD"),
    ],
}
KINDS = {word: kind for kind, words in reversed(WORDS.items()) for word in words}
NUMBER = r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?|(?:,[0-9]{3})*\.[0-9]+"
VALUE = re.compile(rf"(?P<number>{NUMBER})(?:(?P<percent>\\%)|E[+-]?[0-9]+)?")
DIFFERENTIAL = re.compile(r"d\s*(?:[A-Za-z]|\\[A-Za-z]+)")
WORD = re.compile("|".join(re.escape(word) for word in sorted(KINDS, key=len, reverse=True)) + "|[A-Za-z]")
SPACE = re.compile(r"\s*")
PAIRS = dict(zip(WORDS["open"], WORDS["close"], strict=True)) | {
    "|": "|",
    "\\lvert": "\\rvert",
    "\\vert": "\\vert",
    "\\|": "\\|",
    "\\lfloor": "\\rfloor",
    "\\llcorner": "\\lrcorner",
    "\\lceil": "\\rceil",
    "\\ulcorner": "\\urcorner",
}
# What can follow a whole text without being a part of it.
LEFTOVER = {"end", "close", "unwrap", "right", "choose", "unmatrix", "row", "cell", "sub", "separator", "other"}
STARTS = {"open", "wrap", "left", "function", "many", "sqrt", "sum", "frac", "binom", "matrix", "e", "symbol"} | {
    *("greek", "sign", "letter", "number", "differential", "accent")
}
FUNCTION_STARTS = {"function", "many", "sqrt", "sum", "e"}


class ReadError(ValueError):
    """The text is not of the language."""


class Lexeme(NamedTuple):
    """A word, and what it can be in a sentence."""

    kind: str
    text: str


def tokens(text: str) -> list[Lexeme]:
    """The words of a text, up to the first that is none, which is of the kind ``bad``."""
    found: list[Lexeme] = []
    at = _after_space(text, 0)
    while at < len(text):
        token = _token(text, at)
        if token.kind != "skip":
            found.append(token)
        if token.kind == "bad":
            break
        at = _after_space(text, at + len(token.text))
    return found


def _after_space(text: str, at: int) -> int:
    space = SPACE.match(text, at)
    return space.end() if space else at


def _token(text: str, at: int) -> Lexeme:
    if value := VALUE.match(text, at):
        return Lexeme("number", value[0])
    word, differential = WORD.match(text, at), DIFFERENTIAL.match(text, at)
    if differential and (not word or differential.end() > word.end()):
        return Lexeme("differential", differential[0])
    return Lexeme(KINDS.get(word[0], "letter"), word[0]) if word else Lexeme("bad", text[at])

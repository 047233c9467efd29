"""The only place that knows ``<think>`` and its kin: split, finished or not, count, cut.

Which tags a model writes says its family (``Marks``). The rules, for text and for token ids alike
(``docs/decisions/0001-thinking-and-answer.md``; tags of other families: ``0021-tags.md``):

- thinking ends at the first closing tag; that is where a thinking budget is counted and cut;
- the answer is what follows the last closing tag, as in Qwen's own parsing code
  (QwenLM/Qwen3 docs/source/getting_started/quickstart.md), but for tags that the answer quotes, and
  for closing tags that nothing follows;
- a block that is open at the end is unfinished, and unfinished thinking has no answer;
- no block at all means that the model did not think: everything is the answer, unless it was asked to
  think and was cut off, because a template may have opened the block where nobody sees it.

Families that may begin a call inside the open block (``Marks.ends``): that ends the thinking, and the answer begins
with it. A closing tag that comes later then is dropped, and what stands before it stays.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from qwen3_eval.quoted import LONGEST_LINE, Written
from qwen3_eval.types import Block

OPEN = "<think>"
CLOSE = "</think>"
# Of a reply in channels: those of gpt-oss, whose model card calls the format harmony.
CHANNEL = "<|channel|>"
MESSAGE = "<|message|>"
END, CALL, RETURN, START, CONSTRAIN = "<|end|>", "<|call|>", "<|return|>", "<|start|>", "<|constrain|>"
CHANNELS = (CHANNEL, MESSAGE, END, CALL, RETURN, START, CONSTRAIN)
HEADER = re.compile(
    r"(?:<\|start\|>)?(?:assistant)?(?P<early>(?: to=[^<\s]+)?)<\|channel\|>(?P<name>\w+)(?P<more>[^<]*"
    r"(?:<\|constrain\|>[^<]*)?)<\|message\|>"
)
# What begins a call and is closed by its counterpart.
CALL_TAG = re.compile(r"<\w[^<>/]*>")
BETWEEN = re.compile(r"(?:<\|(?:end|call|return)\|>|\s)*\Z")
Decode = Callable[[Sequence[int]], str]


@dataclass(frozen=True, slots=True)
class Marks:
    """The tags of a model family as text, without white space around them.

    open: may be a sentence of the template, for a family that has no opening tag. ends: further texts that end an open
    block, and belong to the answer. wrappers: pairs of texts around an answer, the first of a pair may be empty.
    """

    open: str = OPEN
    close: str = CLOSE
    ends: tuple[str, ...] = ()
    wrappers: tuple[tuple[str, str], ...] = ()

    @property
    def channels(self) -> bool:
        """Thinking and answer are messages, each with the name of its channel."""
        return self.open.startswith(CHANNEL)

    def shows(self, token: str) -> bool:
        """Whether a special token is part of what has to be seen in a text to split it."""
        if self.channels and token in CHANNELS:
            return True
        pairs = (text for pair in self.wrappers for text in pair)
        return any(token in text for text in (self.open, self.close, *self.ends, *pairs))

    def written(self, thinking: str, answer: str, *, closed: bool) -> str:
        """Thinking and answer as one text. closed: the thinking came to its end."""
        if self.channels:
            return f"{self.open}{thinking}" + (f"{END}{START}assistant{_FINAL}{answer}" if closed else answer)
        return f"{self.open}\n{thinking}" + (f"\n{self.close}\n\n{answer}" if closed else answer)

    def stop(self, text: str) -> str:
        """A stop text that was written for ``</think>``, with the closing tag of this family."""
        return text.replace(CLOSE, self.close)

    def part(self, text: str) -> list[str]:
        """Text, tag, text, tag, text."""
        return _pattern(self).split(text)


_FINAL = f"{CHANNEL}final{MESSAGE}"
QWEN = Marks()


@functools.cache
def _pattern(marks: Marks) -> re.Pattern[str]:
    texts = sorted((marks.open, marks.close, *marks.ends), key=len, reverse=True)
    return re.compile(f"({'|'.join(re.escape(text) for text in texts if text)})")


@dataclass(frozen=True, slots=True)
class Split:
    """Thinking and answer as text, without tags and the newlines beside them; a text without tags stays as it is.

    block, tagged: as in ``Generation``.
    """

    thinking: str
    answer: str
    finished: bool
    block: Block = field(default="", compare=False)
    tagged: bool = field(default=False, compare=False)


def split_text(text: str, *, opened: bool = False, cut: bool = False, marks: Marks = QWEN) -> Split:
    """Splits what a model wrote.

    opened: the prompt already ended inside a block. cut: it was to think, and the token limit ended it.
    """
    if marks.channels:
        return _split_channels(text, opened=opened, cut=cut)
    return _split(marks.part(text), marks, opened=opened, cut=cut)


def split_tokens(
    tokens: Sequence[int], tags: Tags, decode: Decode, *, opened: bool = False, cut: bool = False
) -> Split:
    """As ``split_text``, for token ids: only the tags' own tokens are tags."""
    return _split(parts_of(tokens, tags, decode), tags.marks, opened=opened, cut=cut)


def cut_off(thinking: str, answer: str | None, *, tagged: bool) -> Split:
    """What a stop text ended, which closes the block, and the answer behind it; None: it opened another."""
    found = answer is not None
    return Split(thinking.strip("\n"), answer or "", found, _block(thinking, closed=found), tagged)


def answer_in_text(text: str, marks: Marks = QWEN) -> str | None:
    """The answer in what follows a closed block; None where it opens another and leaves it open."""
    if marks.channels:
        split = _split_channels(text, opened=False, cut=False)
        return split.answer if split.finished else None
    return _answer(marks.part(text), marks)


def answer_in_tokens(tokens: Sequence[int], tags: Tags, decode: Decode) -> str | None:
    """As ``answer_in_text``, for token ids."""
    return _answer(parts_of(tokens, tags, decode), tags.marks)


def written_with(text: str, marks: Marks) -> bool:
    """Whether a text cannot be but one with these tags: it begins with the opening one, or closes a block unquoted.

    Of a family whose block is opened by a sentence, only the closing tag says so.
    """
    if marks.channels:
        return HEADER.match(text.lstrip()) is not None
    if text.lstrip().startswith(marks.open):
        return marks.close in text or not marks.open[0].isalnum()
    if marks.close not in text:
        return False
    parts = marks.part(text)
    first = first_tag(parts, marks)
    return first is not None and parts[first] == marks.close


def only_named(text: str, marks: Marks) -> bool:
    """Whether a text holds tags, and all of them as words of a sentence or in code."""
    parts, written = marks.part(text), Written()
    for at in range(1, len(parts), 2):
        written.add(parts[at - 1])
        after = _line_after(parts, at)
        opens = parts[at] == marks.open and (written.opens_block() or written.breaks_off(after))
        if opens or not (parts[at] == marks.open or written.quotes_closing(after)):
            return False
        written.add(parts[at])
    return len(parts) > 1


def parts_of(tokens: Sequence[int], tags: Tags, decode: Decode) -> list[str]:
    """Text, tag, text, tag, text, as ``Marks.part`` gives it."""
    parts: list[str] = []
    start, names = 0, tags.names
    for place, token in enumerate(tokens):
        if token in names:
            parts += [decode(tokens[start:place]), names[token]]
            start = place + 1
    return [*parts, decode(tokens[start:])]


def _split(parts: Sequence[str], marks: Marks, *, opened: bool, cut: bool) -> Split:
    first = 0 if opened else first_tag(parts, marks)
    if first is None:
        text, tagged = "".join(parts), _opens(parts, 0, marks)
        if cut:
            return Split(_bare(text), "", finished=False, tagged=tagged)
        return Split("", _unwrapped(text, marks), finished=True, block="none", tagged=tagged)
    close = _closing(parts, marks, first)
    opening = first or (1 if len(parts) > 1 and not parts[0].strip() else 0)
    own = opening if opening % 2 and parts[opening] == marks.open else None
    thinking = _bare("".join(part for at, part in enumerate(parts[:close]) if at != own))
    answer = None if close is None else _answer(_after(parts, marks, close), marks)
    finished, inside = answer is not None, "".join(parts[0 if own is None else own + 1 : close])
    tagged = close is not None and _opens(parts, close, marks)
    return Split(thinking, answer or "", finished, _block(inside, closed=finished), tagged)


def _block(inside: str, *, closed: bool) -> Block:
    """What a block was, that was there."""
    if not closed:
        return "open"
    return "closed" if inside.strip() else "empty"


def _opens(parts: Sequence[str], behind: int, marks: Marks) -> bool:
    """Whether there is an opening tag behind a part, as a quotation or not."""
    return any(tag == marks.open for tag in parts[behind + 1 :][(behind % 2) :: 2])


def _closing(parts: Sequence[str], marks: Marks, first: int) -> int | None:
    """What ends the block that is open from ``first`` on; a closing tag there says that it was open all the time."""
    begin = first if parts[first] == marks.open else 0
    for at in range(1, len(parts), 2):
        if (at >= first and parts[at] == marks.close) or (at >= begin and parts[at] in marks.ends):
            return at
    return None


def _after(parts: Sequence[str], marks: Marks, close: int) -> Sequence[str]:
    """The parts of an answer: what ended the thinking belongs to it, unless that is the closing tag."""
    return parts[close + 1 :] if parts[close] == marks.close else ["", *parts[close:]]


def first_tag(parts: Sequence[str], marks: Marks) -> int | None:
    """The first tag that is no quotation, in a text whose prompt opened no block."""
    written = Written()
    mentions: set[tuple[bool, int]] = set()
    for at in range(1, len(parts), 2):
        written.add(parts[at - 1])
        after = _line_after(parts, at)
        if parts[at] == marks.open:
            if written.opens_block() or written.breaks_off(after):
                return at
            mentions.add(written.place)
        elif parts[at] == marks.close and not written.names_closing(after, mentions):
            return at
        written.add(parts[at])
    return None


def _answer(parts: Sequence[str], marks: Marks) -> str | None:
    found = _absorbed(parts, marks) if marks.ends else _last_answer(parts, marks)
    return None if found is None else _unwrapped(_bare(found), marks)


def _last_answer(parts: Sequence[str], marks: Marks) -> str | None:
    """What follows the last closing tag that is no quotation."""
    last = _last_words(parts, marks)
    start, reopened, mentions, written = 0, False, 0, Written()
    for at in range(1, len(parts), 2):
        written.add(parts[at - 1])
        if reopened:
            closes = parts[at] == marks.close
        elif parts[at] == marks.open:
            reopened = written.opens_block() or written.breaks_off(_line_after(parts, at))
            mentions, closes = mentions + (not reopened), False
        elif at > last and (not mentions or not written.line.strip()):
            return "".join(parts[start:at])
        else:
            quoted = bool(mentions) or written.quotes_closing(_line_after(parts, at))
            mentions, closes = max(0, mentions - 1), not quoted
        if closes:
            start, reopened, mentions, written = at + 1, False, 0, Written()
        else:
            written.add(parts[at])
    return None if reopened else "".join(parts[start:])


def _absorbed(parts: Sequence[str], marks: Marks) -> str | None:
    """All of an answer but closing tags that are no quotation, and blocks that were opened and closed again."""
    kept, inside, mentions, written = [parts[0]], False, 0, Written(parts[0])
    calls, last = _in_calls(parts, marks), _last_words(parts, marks)
    for at in range(1, len(parts), 2):
        tag, after = parts[at], _line_after(parts, at)
        said = tag in marks.ends or at in calls
        if inside:
            inside = tag == marks.open
        elif not said and tag == marks.open:
            inside = written.opens_block() or written.breaks_off(after)
            said, mentions = not inside, mentions + (not inside)
        elif not said:
            behind_call = written.line.endswith(tuple(_closing_of(text) for text in marks.ends))
            said = bool(mentions) or (at < last and written.quotes_closing(after) and not behind_call)
            mentions = max(0, mentions - 1)
        new = [tag] * said + [parts[at + 1]] * (not inside)
        kept += new
        written.add("".join(new))
    return None if inside else "".join(kept)


def _last_words(parts: Sequence[str], marks: Marks) -> int:
    """The last part that says more than that the thinking has ended."""
    return max((at for at, part in enumerate(parts) if part != marks.close and part.strip()), default=-1)


def _closing_of(tag: str) -> str:
    """What closes a tag such as ``<tool_call>``."""
    return f"</{tag[1:]}"


def _in_calls(parts: Sequence[str], marks: Marks) -> Collection[int]:
    """Tags inside of calls that are written to their ends, where they are an argument's text."""
    found, begun = set[int](), None
    for at, part in enumerate(parts):
        if at % 2 and part in marks.ends:
            begun = at if CALL_TAG.fullmatch(part) else None
        elif begun is not None and _closing_of(parts[begun]) in part:
            found.update(range(begun + 2, at, 2))
            begun = None
    return found


def _unwrapped(answer: str, marks: Marks) -> str:
    """An answer without what its family puts around it; what follows the second text of a pair stays."""
    for first, last in marks.wrappers:
        body = answer.lstrip()
        if not body.startswith(first) or (not first and not answer.rstrip().endswith(last)):
            continue
        inner, found, rest = body.removeprefix(first).rpartition(last)
        answer = _bare(inner + rest.rstrip()) if found else _bare(rest)
    return answer


def _split_channels(text: str, *, opened: bool, cut: bool) -> Split:
    """The channel analysis is thinking; the answer is the last final message, with the calls that were made.

    Without a final message or a call, what was said in the channel commentary is the answer.
    """
    headers = list(HEADER.finditer(text))
    if not headers and not opened:
        return Split(_bare(text), "", finished=False) if cut else Split("", text, finished=True, block="none")
    begins = [header.start() for header in headers] + [len(text)]
    said: dict[str, list[str]] = {"analysis": [_body(text[: begins[0]])], "commentary": [], "final": [], "call": []}
    for header, end in zip(headers, begins[1:], strict=True):
        called = header["name"] != "analysis" and " to=" in header["early"] + header["more"]
        kind = "call" if called else header["name"]
        said.setdefault(kind, []).append(text[header.start() : end] if called else _body(text[header.end() : end]))
    answer = "".join([*said["final"][-1:], *said["call"]]) or "\n\n".join(said["commentary"])
    finished = bool(headers) and headers[-1]["name"] != "analysis"
    thinking = "\n\n".join(filter(None, said["analysis"]))
    thought = opened or len(said["analysis"]) > 1
    block: Block = _block(thinking, closed=finished) if thought else "none"
    return Split(thinking, _bare(answer) if finished else "", finished, block)


def _body(text: str) -> str:
    return _bare(BETWEEN.sub("", text))


def _line_after(parts: Sequence[str], at: int) -> str:
    """What follows a tag on its line."""
    found = ""
    for part in parts[at + 1 :]:
        line, ended, _ = part.partition("\n")
        found += line
        if ended or len(found) > LONGEST_LINE:
            break
    return found


def _bare(text: str) -> str:
    return text.strip("\n")


def opened_by(prompt: str, marks: Marks = QWEN) -> bool:
    """Whether a rendered prompt ends inside a thinking block that it opened itself."""
    return prompt.rstrip().endswith(marks.open.rstrip())


@dataclass(frozen=True, slots=True)
class Tags:
    """Token ids of the two tags in one tokenizer, and of ``Marks.ends`` in their order."""

    open: int
    close: int
    ends: tuple[int, ...] = ()
    marks: Marks = QWEN

    @property
    def names(self) -> Mapping[int, str]:
        """Each tag's text."""
        return {
            self.open: self.marks.open,
            self.close: self.marks.close,
            **dict(zip(self.ends, self.marks.ends, strict=True)),
        }


def tags_of(marks: Marks, token_of: Callable[[str], int | None]) -> Tags | None:
    """The tags in a tokenizer; None where one of them is not a single token, which ``token_of`` says by None."""
    ids = [token_of(text) for text in (marks.open, marks.close, *marks.ends)]
    known = [number for number in ids if number is not None]
    return Tags(known[0], known[1], tuple(known[2:]), marks) if len(known) == len(ids) else None

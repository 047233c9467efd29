"""What the calls of a judge cost: how many there are, of how many tokens, at a price that a user names."""

from __future__ import annotations

from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """What a million tokens cost that a model reads, and that it writes, in a currency that is not named."""

    read: float
    written: float

    def __str__(self) -> str:
        """``2.5 and 10 a million tokens``."""
        return f"{self.read:g} and {self.written:g} a million tokens"


@dataclass(frozen=True, slots=True)
class JudgeWork:
    """Calls of a judge, with the tokens of all of them."""

    calls: int
    read: float
    written: float

    def __add__(self, other: JudgeWork) -> JudgeWork:
        """Both together."""
        return JudgeWork(self.calls + other.calls, self.read + other.read, self.written + other.written)

    def cost(self, price: TokenPrice) -> float:
        """What it costs."""
        return (self.read * price.read + self.written * price.written) / MILLION

    def text(self, price: TokenPrice | None = None) -> str:
        """``1,000 judge calls, 1.9 M tokens in, 0.5 M tokens out``, and the cost where there is a price."""
        tokens = f"{in_millions(self.read)} tokens in, {in_millions(self.written)} tokens out"
        cost = f", {amount(self.cost(price))} at {price}" if price else ""
        return f"{self.calls:,} judge call{'s' * (self.calls != 1)}, {tokens}{cost}"


NO_WORK = JudgeWork(0, 0, 0)


def asked_about(answers: int, calls: int, tokens: tuple[int, int]) -> JudgeWork:
    """What a judge is asked about some answers. calls: about each. tokens: of a call, prompt and reply."""
    read, written = tokens
    return JudgeWork(answers * calls, answers * calls * read, answers * calls * written)


def amount(cost: float) -> str:
    """Two decimals, and two digits of what is less than one of them."""
    return f"{cost:,.2f}" if cost >= 0.1 or not cost else f"{cost:.2g}"


def in_millions(tokens: float) -> str:
    """``1.9 M``; a small number as it is."""
    return f"{tokens / MILLION:,.1f} M" if tokens >= MILLION / 10 else f"{tokens:,.0f}"

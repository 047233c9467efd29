"""One message of the user, one reply: one call, or several at once. What needs none stands in ``no_call``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..domains import home
from ..domains.weather import RATES
from ..scene import Scene, Script, Scripts, ScriptShelf, Ways
from ..words import Deck, listed, say_euros
from .no_call import ASK, IMPOSSIBLE, TALK, WITHHELD
from .requests import ERRANDS, REQUESTS, SAID_MONEY

PART = "single_turn"
# Of twenty scenes.
MIX = ("one",) * 10 + ("several",) * 4 + ("ask",) * 3 + ("talk", "impossible", "withheld")

LINKS = (
    "{first} {second}",
    "Two things. {first} {second}",
    "{first} And one more thing: {second}",
    "{first} While you are at it: {second}",
    "First: {first} Second: {second}",
)

SEVERAL = Scripts("single_turn")


def scenes(deck: Deck) -> Iterator[dict[str, Any]]:
    """Rows without end; the first asks for one call."""
    several = [*SEVERAL, *(pair(deck) for _ in SEVERAL)]
    kinds = {
        "one": REQUESTS,
        "several": several,
        "ask": ASK,
        "talk": TALK,
        "impossible": IMPOSSIBLE,
        "withheld": WITHHELD,
    }
    shelves = {kind: ScriptShelf(deck, PART, scripts) for kind, scripts in kinds.items()}
    yield shelves["one"].scene()
    while True:
        yield shelves[deck.deal(MIX)].scene()


def pair(deck: Deck) -> Script:
    """Two requests of different domains in one message."""
    first, second = deck.some(REQUESTS, 2)
    while set(first.domains) & set(second.domains):
        first, second = deck.some(REQUESTS, 2)

    def write(scene: Scene) -> None:
        first.write(scene)
        second.write(scene)
        scene.join(LINKS)

    return Script("two_requests", (*first.domains, *second.domains), write, ())


@SEVERAL.about("home")
def lights(scene: Scene, ways: Ways) -> None:
    """The same light in several rooms."""
    rooms, level = scene.deck.some(home.ROOMS, scene.deck.whole(2, 3)), scene.deck.whole(10, 90, 10)
    scene.user(ways[0], rooms=listed(rooms), level=level)
    scene.call_each("set_light", [{"room": room, "on": True, "brightness": level} for room in rooms])


@SEVERAL.about("home")
def heating(scene: Scene, ways: Ways) -> None:
    """Different temperatures in two rooms."""
    (first, second), (warm, cool) = scene.deck.some(home.ROOMS, 2), scene.deck.some(range(16, 25), 2)
    scene.user(ways[0], first=first, second=second, warm=warm, cool=cool)
    scene.call("set_temperature", room=first, temperature=warm)
    scene.also("set_temperature", room=second, temperature=cool)


@SEVERAL.about("weather")
def forecasts(scene: Scene, ways: Ways) -> None:
    """The same day in two or three cities."""
    known = sorted({row["city"] for row in scene.state["weather"]["forecasts"]})
    cities, day = scene.deck.some(known, scene.deck.whole(2, 3)), scene.day(1, 6)
    scene.user(ways[0], cities=listed(cities), day=day)
    scene.call_each("get_forecast", [{"city": city, "date": day.iso} for city in cities])


@SEVERAL.about("weather")
def conversions(scene: Scene, ways: Ways) -> None:
    """One sum in two currencies."""
    source, *targets = scene.deck.some(tuple(RATES), 3)
    amount = scene.deck.whole(20, 3_000, 5)
    scene.user(
        ways[0],
        amount=amount,
        source=SAID_MONEY[source],
        targets=listed([SAID_MONEY[target] for target in targets]),
        first=SAID_MONEY[targets[0]],
        second=SAID_MONEY[targets[1]],
    )
    scene.call("convert_currency", amount=amount, from_currency=source, to_currency=targets[0])
    scene.also("convert_currency", amount=amount, from_currency=source, to_currency=targets[1])


@SEVERAL.about("banking", exactly=("transfer_money", "move_between_accounts", "create_standing_order", "freeze_card"))
def transfers(scene: Scene, ways: Ways) -> None:
    """Money for two people."""
    first, second = (row["name"] for row in scene.deck.some(scene.state["banking"]["payees"], 2))
    less, more = sorted(scene.deck.some(range(10, 400, 5), 2))
    scene.user(ways[0], first=first, second=second, less=say_euros(scene.deck, less), more=say_euros(scene.deck, more))
    scene.call("transfer_money", payee=first, amount=less)
    scene.also("transfer_money", payee=second, amount=more)


@SEVERAL.about("files", exactly=("move_file", "copy_file", "rename_file", "delete_file", "share_file"))
def files(scene: Scene, ways: Ways) -> None:
    """One file goes, another moves."""
    first, second = (row["path"] for row in scene.deck.some(scene.state["files"]["files"], 2))
    scene.user(ways[0], first=first, second=second)
    scene.call("delete_file", path=first)
    scene.also("move_file", path=second, to_folder="/Archive")


@SEVERAL.about("calendar")
def reminders(scene: Scene, ways: Ways) -> None:
    """Two reminders for one time of two days."""
    (first, second), time = scene.days(2), scene.time(7, 21)
    errand = scene.deck.deal(ERRANDS)
    scene.user(ways[0], errand=errand, time=time.words, first=first, second=second)
    scene.call("create_reminder", text=errand, date=first.iso, time=time.iso)
    scene.also("create_reminder", text=errand, date=second.iso, time=time.iso)


@SEVERAL.about("tickets", exactly=("assign_ticket", "set_priority", "add_comment", "close_ticket"))
def ticket(scene: Scene, ways: Ways) -> None:
    """One ticket for somebody, and more urgent."""
    known = scene.deck.one(scene.state["tickets"]["tickets"])["id"]
    member = scene.deck.one(scene.state["tickets"]["team"])
    scene.user(ways[0], ticket=known, member=member)
    scene.call("assign_ticket", ticket_id=known, assignee=member)
    scene.also("set_priority", ticket_id=known, priority="urgent")

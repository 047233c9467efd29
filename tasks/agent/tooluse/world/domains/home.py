"""A smart home: lights, heating, blinds, locks, a vacuum robot, routines."""

from __future__ import annotations

from datetime import date

from ..schema import choice, clock, flag, list_of, number, record, set_of, text, whole
from ..tools import Arguments, Domain, Row, State, ToolError, add, check_new, find, taken_out, update
from ..words import WEEKDAYS, Deck

ROOMS = ("kitchen", "living room", "bedroom", "office", "hall", "bathroom")
DOORS = ("front door", "back door", "garage door")
COLOURS = ("warm", "neutral", "cold")
MODES = ("vacuum", "mop", "both")

ROOM = choice("The room.", *ROOMS)


def draw(deck: Deck, today: date) -> State:
    """Six rooms with light, heating and blinds as they happen to be, and three doors."""
    return {
        "rooms": [
            {
                "room": room,
                "light": {"on": deck.one((True, False)), "brightness": 100, "colour": "warm"},
                "target_temperature": temperature,
                "temperature": temperature + deck.one((-1.5, -0.5, 0.5)),
                "blinds": deck.one((0, 100)),
            }
            for room, temperature in zip(ROOMS, deck.some(range(17, 25), 6), strict=True)
        ],
        "doors": [{"door": door, "locked": deck.one((True, False))} for door in DOORS],
        "vacuum": "docked",
        "routines": [],
    }


HOME = Domain("home", draw)


@HOME.reads("Gives the light, the heating and the blinds of one room.", room=ROOM)
def get_room_status(state: State, given: Arguments) -> Row:
    """The room."""
    return dict(find(state["rooms"], "room", room=given["room"]))


HOME.lists("get_door_status", "Gives the state of every door.", "doors")


@HOME.changes(
    "Switches the light of a room.",
    room=ROOM,
    on=flag("Whether the light is on."),
    brightness=whole("Brightness in percent, for a light that is on.", 1, 100).default(100),
    colour=choice("Colour of the light, for a light that is on.", *COLOURS).default("warm"),
)
def set_light(state: State, given: Arguments) -> Row:
    """The light as it is now."""
    light = find(state["rooms"], "room", room=given["room"])["light"]
    return update(light, given, "on", "brightness", "colour")


@HOME.changes(
    "Sets the temperature that the heating of a room keeps.",
    room=ROOM,
    temperature=number("Degrees Celsius, in steps of a half.", 5, 30),
)
def set_temperature(state: State, given: Arguments) -> Row:
    """The room as it is now."""
    if given["temperature"] * 2 % 1:
        raise ToolError("the temperature has steps of half a degree")
    room = find(state["rooms"], "room", room=given["room"])
    room["target_temperature"] = given["temperature"]
    return {"room": room["room"], "target_temperature": room["target_temperature"]}


@HOME.changes(
    "Moves the blinds of a room.",
    room=ROOM,
    closed_percent=whole("How far they are closed: 0 is open, 100 is closed.", 0, 100),
)
def set_blinds(state: State, given: Arguments) -> Row:
    """The blinds as they are now."""
    room = find(state["rooms"], "room", room=given["room"])
    room["blinds"] = given["closed_percent"]
    return {"room": room["room"], "blinds": room["blinds"]}


@HOME.changes("Locks or unlocks a door.", door=choice("The door.", *DOORS), locked=flag("Whether it is locked."))
def set_lock(state: State, given: Arguments) -> Row:
    """The door as it is now."""
    return update(find(state["doors"], "door", door=given["door"]), given, "locked")


@HOME.changes(
    "Sends the robot to clean rooms, in any order.",
    rooms=set_of("The rooms.", ROOM),
    mode=choice("How it cleans.", *MODES).default("vacuum"),
)
def start_cleaning(state: State, given: Arguments) -> Row:
    """What the robot does now."""
    state["vacuum"] = {"rooms": given["rooms"], "mode": given["mode"]}
    return dict(state["vacuum"])


@HOME.changes("Sends the robot back to its dock.")
def stop_cleaning(state: State, given: Arguments) -> Row:
    """What the robot does now."""
    state["vacuum"] = "docked"
    return {"vacuum": "docked"}


@HOME.changes(
    "Sets up a routine: steps that the home takes on its own at a time of the week.",
    name=text("Name of the routine."),
    trigger=record(
        "When it runs.",
        time=clock("The time."),
        days=set_of("The days of the week.", choice("A day.", *WEEKDAYS)),
    ),
    steps=list_of(
        "What is done, in this order.",
        record(
            "One step.",
            device=choice("What is moved.", "light", "heating", "blinds"),
            room=ROOM,
            value=number("Light: brightness in percent, 0 is off. Heating: degrees. Blinds: percent closed.", 0, 100),
        ),
    ),
)
def create_routine(state: State, given: Arguments) -> Row:
    """The routine."""
    check_new(state["routines"], "routine", name=given["name"])
    return add(state["routines"], "R", **given)


@HOME.changes("Deletes a routine.", name=text("Name of the routine."))
def delete_routine(state: State, given: Arguments) -> Row:
    """Which routine was deleted."""
    return {"deleted": taken_out(state["routines"], "routine", name=given["name"])["name"]}

"""A calendar: events, reminders, free time."""

from __future__ import annotations

from datetime import date, timedelta

from ..schema import clock, day, flag, key, set_of, text, whole
from ..tools import Arguments, Domain, Row, State, add, contains, find, update
from ..words import FIRST_NAMES, Deck, clock_of, minutes_of

TITLES = (
    *(
        "Budget review",
        "Design workshop",
        "Team lunch",
        "Dentist appointment",
        "Candidate interview",
        "Sprint planning",
    ),
    *("Parents' evening", "Yoga class", "Contract signing", "Product demo", "Press call", "Quarterly report"),
    *("Onboarding session", "Book club", "Tax consultation", "Photo shoot", "Architecture review", "Choir rehearsal"),
)
PLACES = ("Room 2", "Room 5", "the library", "Café Lumen", "online")
STARTS = ("09:00", "10:30", "13:00", "14:30", "16:00")
OPENING, CLOSING = 9 * 60, 18 * 60

EVENT_ID = key("Identifier of the event, such as E-104.", r"^E-\d+$")
NAME = text("First name.")


def draw(deck: Deck, today: date) -> State:
    """Eight events in the next five days that do not overlap, each with a title of its own."""
    slots = deck.some([(ahead, start) for ahead in range(1, 6) for start in STARTS], 8)
    events: list[Row] = []
    for title, (ahead, start) in zip(deck.some(TITLES, 8), sorted(slots), strict=True):
        add(
            events,
            "E",
            title=title,
            date=(today + timedelta(days=ahead)).isoformat(),
            start=start,
            duration_minutes=deck.one((30, 45, 60, 90)),
            attendees=sorted(deck.some(FIRST_NAMES, deck.whole(0, 2))),
            location=deck.one(PLACES),
        )
    return {"events": events, "reminders": []}


CALENDAR = Domain("calendar", draw)


@CALENDAR.reads("Lists the events of one day.", date=day("The day."))
def list_events(state: State, given: Arguments) -> list[Row]:
    """The events in the order of their start."""
    found = [event for event in state["events"] if event["date"] == given["date"]]
    return sorted(found, key=lambda event: str(event["start"]))


@CALENDAR.reads("Finds events by words in their title, on any day.", query=text("Words of the title."))
def search_events(state: State, given: Arguments) -> list[Row]:
    """The events whose title contains the words."""
    return [event for event in state["events"] if contains(event["title"], given["query"])]


@CALENDAR.reads(
    "Gives the stretches of free time of one day, between 09:00 and 18:00, that are long enough.",
    date=day("The day."),
    duration_minutes=whole("How much time is needed, in minutes.", 5, 480),
)
def find_free_time(state: State, given: Arguments) -> list[Row]:
    """The gaps between the events of the day, each with its start and end."""
    gaps, at = [], OPENING
    for event in [*list_events.run(state, given), None]:
        start = minutes_of(event["start"]) if event else CLOSING
        if start - at >= given["duration_minutes"]:
            gaps.append({"start": clock_of(at), "end": clock_of(start)})
        at = max(at, start + (event["duration_minutes"] if event else 0))
    return gaps


@CALENDAR.changes(
    "Puts a new event into the calendar.",
    title=text("Title of the event."),
    date=day("Day of the event."),
    start=clock("Time at which it starts."),
    duration_minutes=whole("Length in minutes.", 5, 480).default(60),
    attendees=set_of("First names of the other people who take part.", NAME).default([]),
    location=text("Where it takes place.").default(""),
)
def create_event(state: State, given: Arguments) -> Row:
    """The new event."""
    return add(state["events"], "E", **given)


@CALENDAR.changes(
    "Changes an event that is already in the calendar; what is left out stays as it is.",
    event_id=EVENT_ID,
    date=day("The new day.").optional(),
    start=clock("The new time at which it starts.").optional(),
    duration_minutes=whole("The new length in minutes.", 5, 480).optional(),
    location=text("The new place.").optional(),
)
def update_event(state: State, given: Arguments) -> Row:
    """The event as it is now."""
    event = find(state["events"], "event", id=given["event_id"])
    return update(event, given, "date", "start", "duration_minutes", "location")


@CALENDAR.changes(
    "Invites one more person to an event that is already in the calendar.",
    event_id=EVENT_ID,
    name=NAME,
)
def add_attendee(state: State, given: Arguments) -> Row:
    """The event as it is now."""
    event = find(state["events"], "event", id=given["event_id"])
    event["attendees"] = sorted({*event["attendees"], given["name"]})
    return dict(event)


@CALENDAR.changes(
    "Removes an event from the calendar.",
    event_id=EVENT_ID,
    notify_attendees=flag("Whether those who take part get a message.").default(False),
)
def cancel_event(state: State, given: Arguments) -> Row:
    """Which event was removed, and who was told."""
    event = find(state["events"], "event", id=given["event_id"])
    state["events"].remove(event)
    told = event["attendees"] if given["notify_attendees"] else []
    state.setdefault("told", []).extend({"event": event["id"], "name": name} for name in told)
    return {"cancelled": event["id"], "notified": told}


@CALENDAR.changes(
    "Reminds the user of something at a given time. It does not block time in the calendar.",
    text=text("What to remind of, in the user's words."),
    date=day("The day."),
    time=clock("The time."),
)
def create_reminder(state: State, given: Arguments) -> Row:
    """The new reminder."""
    return add(state["reminders"], "M", **given)

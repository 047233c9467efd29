"""A tracker of tickets in a software team."""

from __future__ import annotations

from datetime import date, timedelta

from ..schema import choice, flag, key, set_of, text
from ..tools import Arguments, Domain, Row, State, ToolError, add, alike, contains, find
from ..words import FIRST_NAMES, Deck

PROBLEMS = (
    *("Login page shows a blank screen", "Export to CSV drops the last row", "Search ignores umlauts"),
    *("Invoices are sent twice", "Dark mode hides the save button", "Upload stalls at 99 percent"),
    *("Calendar starts weeks on Sunday", "Password reset mail arrives late", "Charts are cut off on phones"),
    *("Session ends after a minute", "Sorting by date is reversed", "Prices lack the currency sign"),
)
COMPONENTS = ("web", "mobile", "billing", "api")
PRIORITIES = ("low", "medium", "high", "urgent")
LABELS = ("bug", "regression", "customer", "design")
RESOLUTIONS = ("fixed", "duplicate", "wont_fix", "cannot_reproduce")

TICKET_ID = key("Identifier of the ticket, such as K-104.", r"^K-\d+$")
COMPONENT = choice("Part of the product.", *COMPONENTS)
PRIORITY = choice("Priority.", *PRIORITIES)
ASSIGNEE = text("First name of the person who works on it.")


def draw(deck: Deck, today: date) -> State:
    """Nine open tickets of different ages and a team of five."""
    team = deck.some(FIRST_NAMES, 5)
    tickets: list[Row] = []
    for title, age in zip(deck.some(PROBLEMS, 9), sorted(deck.some(range(1, 60), 9), reverse=True), strict=True):
        add(
            tickets,
            "K",
            title=title,
            component=deck.one(COMPONENTS),
            priority=deck.one(PRIORITIES),
            assignee=deck.one((*team[:3], "")),
            created=(today - timedelta(days=age)).isoformat(),
            labels=deck.some(LABELS, 1),
            status="open",
            comments=[],
        )
    return {"team": sorted(team), "tickets": tickets}


def _member(state: State, name: str) -> str:
    for member in state["team"]:
        if alike(member, name):
            return str(member)
    raise ToolError(f"there is no {name!r} in the team: {', '.join(state['team'])}")


TICKETS = Domain("tickets", draw)


@TICKETS.reads(
    "Finds open tickets; what is left out does not matter.",
    text=text("Words of the title.").optional(),
    component=COMPONENT.optional(),
    priority=PRIORITY.optional(),
    assignee=ASSIGNEE.optional(),
)
def search_tickets(state: State, given: Arguments) -> list[Row]:
    """The tickets, the oldest first; an empty assignee means nobody."""
    named = {name: value for name, value in given.items() if name != "text"}
    rows = [row for row in state["tickets"] if row["status"] == "open"]
    rows = [row for row in rows if contains(row["title"], given.get("text", ""))]
    return [row for row in rows if all(alike(row[name], value) for name, value in named.items())]


@TICKETS.reads("Gives one ticket with its comments.", ticket_id=TICKET_ID)
def get_ticket(state: State, given: Arguments) -> Row:
    """The ticket."""
    return dict(find(state["tickets"], "ticket", id=given["ticket_id"]))


@TICKETS.changes(
    "Opens a new ticket.",
    title=text("What is wrong, in one line."),
    component=COMPONENT,
    priority=PRIORITY.default("medium"),
    assignee=ASSIGNEE.optional(),
    labels=set_of("Labels.", choice("A label.", *LABELS)).default([]),
)
def create_ticket(state: State, given: Arguments) -> Row:
    """The ticket."""
    assignee = _member(state, given["assignee"]) if "assignee" in given else ""
    values = {**given, "assignee": assignee}
    return add(state["tickets"], "K", **values, created="today", status="open", comments=[])


@TICKETS.changes("Hands a ticket to a member of the team.", ticket_id=TICKET_ID, assignee=ASSIGNEE)
def assign_ticket(state: State, given: Arguments) -> Row:
    """Who has the ticket now."""
    ticket = find(state["tickets"], "ticket", id=given["ticket_id"])
    ticket["assignee"] = _member(state, given["assignee"])
    return {"ticket_id": ticket["id"], "assignee": ticket["assignee"]}


@TICKETS.changes("Changes the priority of a ticket.", ticket_id=TICKET_ID, priority=PRIORITY)
def set_priority(state: State, given: Arguments) -> Row:
    """The priority now."""
    ticket = find(state["tickets"], "ticket", id=given["ticket_id"])
    ticket["priority"] = given["priority"]
    return {"ticket_id": ticket["id"], "priority": ticket["priority"]}


@TICKETS.changes(
    "Writes a comment under a ticket.",
    ticket_id=TICKET_ID,
    text=text("The comment."),
    internal=flag("Whether customers cannot see it.").default(False),
)
def add_comment(state: State, given: Arguments) -> Row:
    """The comment."""
    ticket = find(state["tickets"], "ticket", id=given["ticket_id"])
    ticket["comments"].append({"text": given["text"], "internal": given["internal"]})
    return {"ticket_id": ticket["id"], **ticket["comments"][-1]}


@TICKETS.changes("Closes a ticket.", ticket_id=TICKET_ID, resolution=choice("Why it is closed.", *RESOLUTIONS))
def close_ticket(state: State, given: Arguments) -> Row:
    """The state now."""
    ticket = find(state["tickets"], "ticket", id=given["ticket_id"])
    if ticket["status"] != "open":
        raise ToolError(f"{ticket['id']} is closed already")
    ticket.update(status="closed", resolution=given["resolution"])
    return {"ticket_id": ticket["id"], "status": "closed", "resolution": ticket["resolution"]}


@TICKETS.changes("Opens a closed ticket again.", ticket_id=TICKET_ID)
def reopen_ticket(state: State, given: Arguments) -> Row:
    """The state now."""
    ticket = find(state["tickets"], "ticket", id=given["ticket_id"])
    ticket.update(status="open")
    ticket.pop("resolution", None)
    return {"ticket_id": ticket["id"], "status": "open"}

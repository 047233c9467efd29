"""Messages: an address book, an inbox, text messages and e-mails."""

from __future__ import annotations

from datetime import date, timedelta

from ..schema import choice, key, set_of, text
from ..tools import Arguments, Domain, Row, State, add, alike, contains, find
from ..words import Deck, people

SUBJECTS = (
    *("Keys for the flat", "Minutes of the meeting", "Photos from Sunday", "Change of address", "Offer for the roof"),
    *("Tickets for the concert", "Lost umbrella", "Recipe you asked for", "Parking permit", "Notes for the talk"),
)
FOLDERS = ("archive", "receipts", "family", "work")

EMAIL = key("E-mail address.", r"^\S+@\S+$")
MESSAGE_ID = key("Identifier of the message, such as N-103.", r"^N-\d+$")


def draw(deck: Deck, today: date) -> State:
    """Eight contacts, and six messages from six of them, some of them unread."""
    known = people(deck, 8)
    inbox: list[Row] = []
    backs = sorted(deck.some(range(1, 15), 6), reverse=True)
    unread = deck.some(range(6), 3)
    for place, (person, subject, back) in enumerate(zip(known, deck.some(SUBJECTS, 6), backs, strict=False)):
        row = {"sender": person.name, "subject": subject, "date": (today - timedelta(days=back)).isoformat()}
        add(inbox, "N", **row, read=place not in unread, folder="inbox")
    contacts = [
        {"name": person.name, "phone": f"+491520{deck.whole(100_000, 999_999)}", "email": person.email}
        for person in sorted(known, key=lambda person: person.name)
    ]
    return {"contacts": contacts, "inbox": inbox, "sent": []}


MESSAGES = Domain("messages", draw)


@MESSAGES.reads("Finds people in the address book, with their phone number and e-mail address.", name=text("The name."))
def find_contact(state: State, given: Arguments) -> list[Row]:
    """The contacts whose name contains the words."""
    return [contact for contact in state["contacts"] if contains(contact["name"], given["name"])]


@MESSAGES.changes(
    "Sends a text message to a phone number.",
    phone=key("Phone number as it stands in the address book.", r"^\+\d+$"),
    text=text("The message."),
)
def send_text(state: State, given: Arguments) -> Row:
    """The message that was sent."""
    state["sent"].append({"kind": "text", **given})
    return dict(state["sent"][-1])


@MESSAGES.changes(
    "Sends an e-mail.",
    to=set_of("Addresses of those who get it.", EMAIL),
    subject=text("The subject."),
    body=text("The text."),
    cc=set_of("Addresses of those who get a copy.", EMAIL).default([]),
)
def send_email(state: State, given: Arguments) -> Row:
    """The e-mail that was sent."""
    state["sent"].append({"kind": "e-mail", **given})
    return dict(state["sent"][-1])


@MESSAGES.reads(
    "Lists the messages in a folder, the oldest first.",
    folder=choice("The folder.", "inbox", *FOLDERS).default("inbox"),
    sender=text("Only messages of the person with this name.").optional(),
)
def list_messages(state: State, given: Arguments) -> list[Row]:
    """The messages with sender, subject and date, and whether they were read."""
    found = [row for row in state["inbox"] if row["folder"] == given["folder"]]
    return [row for row in found if contains(row["sender"], given.get("sender", ""))]


@MESSAGES.changes("Answers a message.", message_id=MESSAGE_ID, text=text("The answer."))
def reply_to_message(state: State, given: Arguments) -> Row:
    """The answer that was sent."""
    message = find(state["inbox"], "message", id=given["message_id"])
    state["sent"].append({"kind": "reply", "to": message["sender"], **given})
    return dict(state["sent"][-1])


@MESSAGES.changes("Forwards a message to other people.", message_id=MESSAGE_ID, to=set_of("Their addresses.", EMAIL))
def forward_message(state: State, given: Arguments) -> Row:
    """What was forwarded."""
    find(state["inbox"], "message", id=given["message_id"])
    state["sent"].append({"kind": "forwarded", **given})
    return dict(state["sent"][-1])


@MESSAGES.changes("Marks messages as read.", message_ids=set_of("The messages.", MESSAGE_ID))
def mark_as_read(state: State, given: Arguments) -> Row:
    """The messages that are read now."""
    rows = [find(state["inbox"], "message", id=each) for each in given["message_ids"]]
    for row in rows:
        row["read"] = True
    return {"read": [row["id"] for row in rows]}


@MESSAGES.changes(
    "Moves a message into another folder.",
    message_id=MESSAGE_ID,
    folder=choice("The folder.", "inbox", *FOLDERS),
)
def move_message(state: State, given: Arguments) -> Row:
    """The message where it is now."""
    message = find(state["inbox"], "message", id=given["message_id"])
    message["folder"] = given["folder"]
    return dict(message)


@MESSAGES.changes("Deletes a message.", message_id=MESSAGE_ID)
def delete_message(state: State, given: Arguments) -> Row:
    """Which message was deleted."""
    message = find(state["inbox"], "message", id=given["message_id"])
    state["inbox"] = [row for row in state["inbox"] if not alike(row["id"], message["id"])]
    return {"deleted": message["id"]}

"""Conversations of several turns: what comes later leans on what came before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qwen3_eval.toolworld.domains import home
from qwen3_eval.toolworld.domains.files import folder_of
from qwen3_eval.toolworld.domains.weather import RATES
from qwen3_eval.toolworld.scene import Scene, Scripts, Shelf
from qwen3_eval.toolworld.scenes.requests import ANSWERS, ERRANDS, NEW_PROBLEMS, NEW_TITLES, REMARKS, SAID_MONEY
from qwen3_eval.toolworld.words import COUNTS, FIRST_NAMES, Deck, people, say_euros, say_span

PART = "multi_turn"
DIALOGUES = Scripts()

THANKS = (
    "Thank you, that was all.",
    "Perfect, thanks!",
    "Great. Nothing else for now.",
    "Thanks a lot, you have been a great help.",
    "That is it for today, thank you.",
)


def scenes(deck: Deck) -> Iterator[dict[str, Any]]:
    """Rows without end."""
    shelf = Shelf(deck, PART, DIALOGUES)
    while True:
        yield shelf.scene()


@DIALOGUES.about("calendar")
def plan_again(scene: Scene) -> None:
    """An event, the same on another day, and a correction of the second."""
    title, (first, second), time = scene.deck.deal(NEW_TITLES), scene.days(2), scene.time()
    spans = scene.deck.some((20, 30, 45, 75, 90, 120), 2)
    long, short = (say_span(scene.deck, (span,)) for span in spans)
    scene.user(
        (
            'Put "{title}" into my calendar {day.on} at {time}, for {span}.',
            'Schedule "{title}" for {day.words}, {time}, {span}.',
            'I need {span} for "{title}" {day.on} at {time}. Add it to the calendar.',
            'Please add "{title}" {day.on}. It starts at {time} and takes {span}.',
        ),
        title=title,
        day=first,
        time=time.words,
        span=long.words,
    )
    event = {"title": title, "start": time.iso, "duration_minutes": long.value}
    scene.call("create_event", date=first.iso, **event)
    scene.user(
        (
            "The same again {day.on}, please.",
            "And once more {day.on}, everything else as before.",
            "I need a second one just like it {day.on}.",
            "Add another one, identical, for {day.words}.",
        ),
        day=second,
    )
    made = scene.call("create_event", date=second.iso, **event)
    scene.user(
        (
            "On second thought, the one {day.on} should only take {span}.",
            "Make the one {day.on} {span} instead; leave the other as it is.",
            "Correction: the second one, {day.on}, takes {span}.",
        ),
        day=second,
        span=short.words,
    )
    scene.call("update_event", event_id=made["id"], duration_minutes=short.value)


@DIALOGUES.about(
    "calendar", exactly=("create_event", "update_event", "add_attendee", "cancel_event", "create_reminder")
)
def event_bit_by_bit(scene: Scene) -> None:
    """An event whose time and guest come later."""
    title, day, time, guest = scene.deck.deal(NEW_TITLES), scene.day(), scene.time(), scene.deck.one(FIRST_NAMES)
    scene.asks_back(
        (
            'Please put "{title}" into my calendar {day.on}.',
            'I have "{title}" {day.on}; add it.',
            'Can you add an event "{title}" for {day.words}?',
        ),
        title=title,
        day=day,
    )
    scene.user(
        (
            "It starts at {time}.",
            "Sorry, I forgot: {time}.",
            "At {time}, please.",
            "Let us say {time}.",
        ),
        time=time.words,
    )
    made = scene.call("create_event", title=title, date=day.iso, start=time.iso)
    scene.user(
        (
            "Invite {guest} as well.",
            "{guest} wants to come too. Add {guest} to it.",
            "Oh, and {guest} should be on the list of attendees.",
        ),
        guest=guest,
    )
    scene.call("add_attendee", event_id=made["id"], name=guest)


@DIALOGUES.about("calendar")
def move_and_move_again(scene: Scene) -> None:
    """A day's events, one of which moves to a day, no, to another."""
    event = scene.deck.one(scene.state["calendar"]["events"])
    day = scene.said(event["date"])
    first, second = scene.deck.shuffled(scene.days(2, 1, 8, but=event["date"]))
    scene.user(
        (
            "What is in my calendar {day.on}?",
            "Which events do I have {day.on}?",
            "Please list my events for {day.words}.",
        ),
        day=day,
    )
    scene.call("list_events", date=day.iso)
    scene.user(
        (
            'Move "{title}" to {day.words}. The time stays.',
            'I cannot make "{title}" then. Put it on {day.words}, same time.',
            '"{title}" has to move to {day.words}, at the same time of day.',
        ),
        title=event["title"],
        day=first,
    )
    scene.call("update_event", event_id=event["id"], date=first.iso)
    scene.user(
        (
            "Sorry, I got the day wrong. I meant {day.words}.",
            "No, wait: {day.words} is better.",
            "Hm, make that {day.words} instead.",
        ),
        day=second,
    )
    scene.call("update_event", event_id=event["id"], date=second.iso)


@DIALOGUES.about("home")
def same_light_elsewhere(scene: Scene) -> None:
    """A light, the same in another room, and the first one off again."""
    (first, second), level = scene.deck.some(home.ROOMS, 2), scene.deck.whole(15, 85, 5)
    colour = scene.deck.one(("cold", "neutral"))
    scene.user(
        (
            "Set the light in the {room} to {level} percent, {colour}.",
            "I would like {colour} light in the {room}, at {level} percent.",
            "Light on in the {room}: {level} percent and {colour}.",
        ),
        room=first,
        level=level,
        colour=colour,
    )
    scene.call("set_light", room=first, on=True, brightness=level, colour=colour)
    scene.user(
        (
            "Do the same in the {room}.",
            "And the {room} exactly like that, please.",
            "Now the {room}, with the same settings.",
        ),
        room=second,
    )
    scene.call("set_light", room=second, on=True, brightness=level, colour=colour)
    scene.user(
        (
            "You can switch the {room} off again.",
            "Actually, no light in the {room}. Turn it off.",
            "The one in the {room} may go off now.",
        ),
        room=first,
    )
    scene.call("set_light", room=first, on=False)


@DIALOGUES.about("home")
def a_little_warmer(scene: Scene) -> None:
    """A temperature, and another by its difference."""
    room, degrees, more = scene.deck.one(home.ROOMS), scene.deck.whole(17, 22), scene.deck.one((0.5, 1, 1.5, 2))
    scene.user(
        (
            "Heat the {room} to {degrees} degrees.",
            "I want {degrees} degrees in the {room}.",
            "Set the heating in the {room} to {degrees}.",
        ),
        room=room,
        degrees=degrees,
    )
    scene.call("set_temperature", room=room, temperature=degrees)
    way = scene.deck.one((1, -1))
    words = {0.5: "half a degree", 1: "one degree", 1.5: "one and a half degrees", 2: "two degrees"}[more]
    scene.user(
        (
            "Set it {more} {warmer}, please.",
            "Now make that {more} {warmer}.",
            "{more} {warmer} would be better. Change it.",
        ),
        more=words,
        warmer="warmer" if way > 0 else "cooler",
    )
    scene.call("set_temperature", room=room, temperature=degrees + way * more)
    scene.user(THANKS)


@DIALOGUES.about("home")
def doors(scene: Scene) -> None:
    """Which doors are open, and closing those; then one of them again."""
    unlocked = scene.deck.some(home.DOORS, 2)
    for row in scene.state["home"]["doors"]:
        row["locked"] = row["door"] not in unlocked
    scene.user(
        (
            "Which doors are not locked?",
            "Are all the doors locked?",
            "Check the doors for me: which of them are unlocked?",
        )
    )
    scene.call("get_door_status")
    scene.user(
        (
            "Then lock the ones that are not.",
            "Please lock those that are still unlocked.",
            "Lock the unlocked ones.",
        )
    )
    scene.call("set_lock", door=unlocked[0], locked=True)
    scene.also("set_lock", door=unlocked[1], locked=True)
    scene.user(
        (
            "Somebody is coming through the {door} in a minute. Unlock it again.",
            "I forgot something outside: open the lock of the {door} once more.",
            "The {door} has to be unlocked after all.",
        ),
        door=unlocked[0],
    )
    scene.call("set_lock", door=unlocked[0], locked=False)


@DIALOGUES.about(
    "banking", exactly=("transfer_money", "move_between_accounts", "create_standing_order", "list_accounts")
)
def same_amount(scene: Scene) -> None:
    """A transfer without its amount; the amount; the same for somebody else."""
    first, second = (row["name"] for row in scene.deck.some(scene.state["banking"]["payees"], 2))
    amount = scene.deck.whole(8, 240)
    scene.asks_back(
        (
            "Transfer money to {payee} from my checking account.",
            "I have to pay {payee}. Do that from checking, please.",
            "Send {payee} what I owe from the checking account.",
        ),
        payee=first,
    )
    scene.user(
        (
            "{amount}.",
            "It is {amount}.",
            "Right, sorry. It comes to {amount}.",
        ),
        amount=say_euros(scene.deck, amount),
    )
    scene.call("transfer_money", payee=first, amount=amount)
    scene.user(
        (
            "And the same amount to {payee}.",
            "{payee} gets just as much. Send it.",
            "Now do the same for {payee}.",
        ),
        payee=second,
    )
    scene.call("transfer_money", payee=second, amount=amount)


@DIALOGUES.about("banking")
def card_lost_and_found(scene: Scene) -> None:
    """A card by its kind: frozen, released, and with a lower limit."""
    kind, limit = scene.deck.one(("credit", "travel")), scene.deck.whole(100, 450, 50)
    card = next(row["last4"] for row in scene.state["banking"]["cards"] if row["kind"] == kind)
    scene.user(
        (
            "Which cards do I have?",
            "Show me my cards.",
            "List all my cards, please.",
        )
    )
    scene.call("list_cards")
    scene.user(
        (
            "I cannot find the {kind} card. Freeze it.",
            "Block the {kind} card for now, I have mislaid it.",
            "The {kind} card is gone; please freeze it.",
        ),
        kind=kind,
    )
    scene.call("freeze_card", last4=card)
    scene.user(
        (
            "It was in my coat. Release it again, but set its daily limit to {limit}.",
            "Found it! Unfreeze it and lower its daily limit to {limit}.",
            "There it is. You can unblock it. Its daily limit should be {limit} from now on.",
        ),
        limit=say_euros(scene.deck, limit),
    )
    scene.call("unfreeze_card", last4=card)
    scene.also("set_card_limit", last4=card, daily_limit=limit)


@DIALOGUES.about("banking")
def rather_once(scene: Scene) -> None:
    """A standing order that is taken back in favour of one transfer."""
    payee, day = scene.deck.one(scene.state["banking"]["payees"])["name"], scene.day(2, 25)
    amount = scene.deck.whole(15, 400, 5)
    scene.user(
        (
            "Set up a standing order of {amount} to {payee}, every month, first {day.on}.",
            "I want to send {payee} {amount} every month, starting {day.on}.",
            "{payee} should get {amount} from me each month, for the first time {day.on}.",
        ),
        amount=say_euros(scene.deck, amount),
        payee=payee,
        day=day,
    )
    order = {"payee": payee, "amount": amount, "interval": "monthly", "first_date": day.iso}
    made = scene.call("create_standing_order", **order)
    scene.user(
        (
            "No, cancel that standing order again.",
            "I have changed my mind. Undo that, please.",
            "That was a mistake. Cancel the standing order.",
        )
    )
    scene.call("cancel_standing_order", standing_order_id=made["id"])
    scene.user(
        (
            "Send the same amount once, right now, instead.",
            "Just transfer the sum once, today.",
            "Pay that amount one single time, now.",
        )
    )
    scene.call("transfer_money", payee=payee, amount=amount)


@DIALOGUES.about(
    "shop", exactly=("search_products", "add_to_cart", "change_quantity", "place_order", "remove_from_cart")
)
def from_search_to_order(scene: Scene) -> None:
    """A search, the cheapest into the cart, more of it, and the order."""
    kind = scene.deck.one(scene.state["shop"]["products"])["name"].partition(" ")[2]
    count, more = scene.deck.some((2, 3, 4), 2)
    place, shipping = scene.deck.one(("home", "office")), scene.deck.one(("express", "standard"))
    scene.user(
        (
            'Search the shop for "{kind}".',
            'What can I get under "{kind}" in the shop?',
            'Look up "{kind}" in the shop for me.',
        ),
        kind=kind,
    )
    found = scene.call("search_products", query=kind)
    cheapest = min(found, key=lambda row: float(row["price"]))["id"]
    scene.user(
        (
            "Put {count} of the cheapest one into my cart.",
            "I will take the cheapest: {count} of it, into the cart.",
            "The one with the lowest price, {count} times. Add that to the cart.",
        ),
        count=COUNTS[count],
    )
    scene.call("add_to_cart", product_id=cheapest, quantity=count)
    scene.user(
        (
            "Make it {count}.",
            "Hm, {count} would be better. Change that.",
            "Change the number to {count}.",
        ),
        count=COUNTS[more],
    )
    scene.call("change_quantity", product_id=cheapest, quantity=more)
    scene.user(
        (
            "Now order it to my {place}, {shipping} shipping.",
            "Place the order: {shipping} shipping, to the {place} address.",
            "That is all, order it. Deliver to my {place} by {shipping} shipping.",
        ),
        place=place,
        shipping=shipping,
    )
    scene.call("place_order", address=place, shipping=shipping)


@DIALOGUES.about("shop", exactly=("list_orders", "cancel_order", "return_item", "place_order", "add_to_cart"))
def orders(scene: Scene) -> None:
    """All orders; one is cancelled by its state, an item of another goes back."""
    order = scene.state["shop"]["orders"][scene.deck.one((0, 3))]
    item = scene.deck.one(order["items"])
    scene.user(
        (
            "List all my orders.",
            "What have I ordered so far?",
            "Show me every order of mine with its state.",
        )
    )
    scene.call("list_orders")
    scene.user(
        (
            "Cancel the one that is still being processed.",
            "I do not want the one in processing any more. Cancel it.",
            "The order that has not been shipped yet can be cancelled.",
        )
    )
    scene.call("cancel_order", order_id="O-103")
    scene.user(
        (
            "And I want to return the {name} from {order}; it arrived damaged.",
            "The {name} in {order} is broken, it was damaged when it came. Send it back.",
            "Please send the {name} from order {order} back. It arrived damaged.",
        ),
        name=item["name"],
        order=order["id"],
    )
    scene.call("return_item", order_id=order["id"], product_id=item["product_id"], reason="damaged")
    scene.user(THANKS)


@DIALOGUES.about("travel")
def train_and_class(scene: Scene) -> None:
    """Trains, seats on one of them, and a better class."""
    train, day = scene.deck.one(scene.state["travel"]["trains"]), scene.day()
    route, count = {"origin": train["origin"], "destination": train["destination"]}, scene.deck.whole(2, 4)
    scene.user(
        (
            "Which trains are there from {origin} to {destination} {day.on}?",
            "Show me the trains from {origin} to {destination}, {day.words}.",
            "I am going from {origin} to {destination} {day.on}. What are the trains?",
        ),
        **route,
        day=day,
    )
    found = scene.call("search_trains", **route, date=day.iso)
    which = scene.deck.deal(("the cheapest one", "the first one of the day", "the last one of the day"))
    cheapest = min(found, key=lambda row: float(row["price"]))
    train = {"the cheapest one": cheapest, "the first one of the day": found[0]}.get(which, found[-1])
    scene.user(
        (
            "Book {which} for {count} of us.",
            "We take {which}: {count} seats, please.",
            "{count} tickets for {which}.",
        ),
        which=which,
        count=COUNTS[count],
    )
    made = scene.call("book_train", train_id=train["id"], date=day.iso, passengers=count)
    scene.user(
        (
            "Can you change that to first class?",
            "Make it first class.",
            "Please upgrade that booking to first class.",
        )
    )
    scene.call("change_train_booking", booking_id=made["id"], travel_class="first")


@DIALOGUES.about("travel")
def hotel_after_all_not(scene: Scene) -> None:
    """Hotels, a room in the best, and its cancellation."""
    city, day, nights = scene.deck.one(scene.state["travel"]["hotels"])["city"], scene.day(), scene.deck.whole(2, 6)
    scene.user(
        (
            "Which hotels are there in {city}?",
            "Show me hotels in {city}.",
            "I need a hotel in {city}. What is on offer?",
        ),
        city=city,
    )
    found = scene.call("search_hotels", city=city)
    best = max(found, key=lambda row: float(row["rating"]))["id"]
    scene.user(
        (
            "Book the one with the best rating: two guests, {nights} nights from {day.words}.",
            "We take the best-rated one, two people, arriving {day.on} for {nights} nights.",
            "The highest-rated one, please. Check-in {day.on}, {nights} nights, for two.",
        ),
        nights=COUNTS[nights],
        day=day,
    )
    made = scene.call("book_hotel", hotel_id=best, check_in=day.iso, nights=nights, guests=2)
    scene.user(
        (
            "We are staying with friends now. Cancel it.",
            "Sorry, we do not need it any more; please cancel the room.",
            "Change of plans: cancel that booking.",
        )
    )
    scene.call("cancel_booking", booking_id=made["id"])


@DIALOGUES.about("tickets")
def oldest_ticket(scene: Scene) -> None:
    """Tickets of a component; the oldest is handed over and raised."""
    component = scene.deck.one(scene.state["tickets"]["tickets"])["component"]
    scene.user(
        (
            "Which tickets are open in {component}?",
            "List the open tickets of the component {component}.",
            "Show me all open {component} tickets.",
        ),
        component=component,
    )
    found = scene.call("search_tickets", component=component)
    oldest = min(found, key=lambda row: str(row["created"]))
    member = scene.deck.one([name for name in scene.state["tickets"]["team"] if name != oldest["assignee"]])
    priority = scene.deck.one([each for each in ("low", "high", "urgent") if each != oldest["priority"]])
    scene.user(
        (
            "Give the oldest of them to {member}.",
            "Assign the oldest one to {member}, please.",
            "{member} takes the oldest. Assign it.",
        ),
        member=member,
    )
    scene.call("assign_ticket", ticket_id=oldest["id"], assignee=member)
    scene.user(
        (
            "And set it to {priority} priority.",
            "Its priority should be {priority}.",
            "Change that ticket to priority {priority} too.",
        ),
        priority=priority,
    )
    scene.call("set_priority", ticket_id=oldest["id"], priority=priority)


@DIALOGUES.about("tickets")
def closed_too_early(scene: Scene) -> None:
    """A new ticket, a comment under it, closed, and opened again."""
    title, remark = scene.deck.deal(NEW_PROBLEMS), scene.deck.deal(REMARKS)
    component = scene.deck.one(("web", "mobile", "billing"))
    scene.user(
        (
            'Open a {component} ticket: "{title}".',
            'New ticket for {component}, title "{title}".',
            'Please file a ticket "{title}" in the component {component}.',
        ),
        component=component,
        title=title,
    )
    made = scene.call("create_ticket", title=title, component=component)
    scene.user(
        (
            'Comment on it: "{remark}"',
            'Add this comment to it: "{remark}"',
            'Write underneath: "{remark}"',
        ),
        remark=remark,
    )
    scene.call("add_comment", ticket_id=made["id"], text=remark)
    scene.user(
        (
            "It turns out to be a duplicate. Close it as that.",
            "We already have this one. Close the new ticket as a duplicate.",
            "Somebody filed it before: close it as a duplicate, please.",
        )
    )
    scene.call("close_ticket", ticket_id=made["id"], resolution="duplicate")
    scene.user(
        (
            "No, I was wrong, it is a different problem. Open it again.",
            "Wait, it is not the same. Reopen it.",
            "I mixed something up. Please reopen it.",
        )
    )
    scene.call("reopen_ticket", ticket_id=made["id"])


@DIALOGUES.about("messages")
def answer_and_file(scene: Scene) -> None:
    """A message of somebody, an answer, a folder for it."""
    message, body = scene.deck.one(scene.state["messages"]["inbox"]), scene.deck.deal(ANSWERS)
    folder = scene.deck.one(("archive", "family", "work"))
    scene.user(
        (
            "What has {sender} written to me? Look into the inbox.",
            "Is there a message from {sender} in my inbox?",
            "Show me the inbox messages from {sender}.",
        ),
        sender=message["sender"],
    )
    scene.call("list_messages", sender=message["sender"])
    scene.user(
        (
            'Answer it with "{body}"',
            'Reply: "{body}"',
            'Please write back "{body}"',
        ),
        body=body,
    )
    scene.call("reply_to_message", message_id=message["id"], text=body)
    scene.user(
        (
            "Now file the message under {folder}.",
            "Then move the message to {folder}.",
            "Done. Put the message into the folder {folder}.",
        ),
        folder=folder,
    )
    scene.call("move_message", message_id=message["id"], folder=folder)


@DIALOGUES.about("messages", exactly=("find_contact", "send_text", "send_email", "list_messages", "mark_as_read"))
def same_text(scene: Scene) -> None:
    """A phone number, a text to it, and the same text to somebody else."""
    (first, second), body = scene.deck.some(scene.state["messages"]["contacts"], 2), scene.deck.deal(ANSWERS)
    scene.user(
        (
            "What is the phone number of {name}?",
            "Look up {name}'s phone number.",
            "I need the phone number of {name}.",
        ),
        name=first["name"],
    )
    scene.call("find_contact", name=first["name"])
    scene.user(
        (
            'Text "{body}" to that number.',
            'Send a text message there: "{body}"',
            'A text to this number, please: "{body}"',
        ),
        body=body,
    )
    scene.call("send_text", phone=first["phone"], text=body)
    scene.user(
        (
            "And the same text to {name}.",
            "{name} should get the same text message.",
            "Now send exactly that text to {name} as well.",
        ),
        name=second["name"],
    )
    found = scene.look("find_contact", name=second["name"])
    scene.call("send_text", phone=found[0]["phone"], text=body)


@DIALOGUES.about("files", exactly=("list_folder", "move_file", "rename_file", "copy_file", "delete_file"))
def there_and_back(scene: Scene) -> None:
    """A folder, its largest file moved away, and back again."""
    files = scene.state["files"]["files"]
    folder = scene.deck.one(sorted({folder_of(file["path"]) for file in files}))
    scene.user(
        (
            "What is in {folder}?",
            "List the files in {folder}.",
            "Show me the folder {folder}.",
        ),
        folder=folder,
    )
    found = scene.call("list_folder", path=folder)["files"]
    path = max(found, key=lambda file: int(file["size_kb"]))["path"]
    scene.user(
        (
            "Move the largest file to /Archive.",
            "The biggest of these belongs in /Archive. Move it.",
            "Put the one with the largest size into /Archive.",
        )
    )
    moved = scene.call("move_file", path=path, to_folder="/Archive")
    scene.user(
        (
            "No, put it back where it was.",
            "I need it in its old folder after all. Move it back.",
            "Undo that move, please.",
        )
    )
    scene.call("move_file", path=moved["path"], to_folder=folder)


@DIALOGUES.about("files", exactly=("rename_file", "share_file", "copy_file", "move_file", "delete_file"))
def name_comes_later(scene: Scene) -> None:
    """A file that gets a name, once it is said, and readers."""
    path = scene.deck.one(scene.state["files"]["files"])["path"]
    name = f"{scene.deck.one(('version', 'copy', 'revised'))}_{scene.deck.whole(2, 60)}.{path.rpartition('.')[2]}"
    [person] = people(scene.deck, 1)
    scene.asks_back(
        (
            "I would like to rename {path}.",
            "Please give {path} a new name.",
            "Rename {path} for me.",
        ),
        path=path,
    )
    scene.user(
        (
            "Call it {name}.",
            "The new name is {name}, please.",
        ),
        name=name,
    )
    renamed = scene.call("rename_file", path=path, new_name=name)
    scene.user(
        (
            "Share it with {email} for editing.",
            "Now let {email} edit it.",
            "And share it: {email} should be able to edit it.",
        ),
        email=person.email,
    )
    scene.call("share_file", path=renamed["path"], emails=[person.email], permission="edit")


@DIALOGUES.about("weather")
def and_there(scene: Scene) -> None:
    """A forecast, for the next question another day, then another city."""
    known = sorted({row["city"] for row in scene.state["weather"]["forecasts"]})
    (here, there), (first, second) = scene.deck.some(known, 2), scene.days(2, 1, 6)
    scene.user(
        (
            "What will the weather be in {city} {day.on}?",
            "Give me the forecast for {city}, {day.words}.",
            "How warm will it be in {city} {day.on}?",
        ),
        city=here,
        day=first,
    )
    scene.call("get_forecast", city=here, date=first.iso)
    scene.user(
        (
            "And {day.on}?",
            "What about {day.words}?",
            "How does it look there {day.on}?",
        ),
        day=second,
    )
    scene.call("get_forecast", city=here, date=second.iso)
    scene.user(
        (
            "And in {city} on that same day?",
            "How about {city}, same day?",
            "Compare that with {city} on the same day.",
        ),
        city=there,
    )
    scene.call("get_forecast", city=there, date=second.iso)
    scene.user(THANKS)


@DIALOGUES.about("weather")
def and_in_other_money(scene: Scene) -> None:
    """A sum in one currency, then in another, then another sum."""
    source, first, second = scene.deck.some(tuple(RATES), 3)
    amount, other = scene.deck.some(range(30, 4_000), 2)
    scene.user(
        (
            "How much is {amount} {source} in {target}?",
            "Convert {amount} {source} to {target}.",
            "What are {amount} {source} in {target}?",
        ),
        amount=amount,
        source=SAID_MONEY[source],
        target=SAID_MONEY[first],
    )
    scene.call("convert_currency", amount=amount, from_currency=source, to_currency=first)
    scene.user(
        (
            "And in {target}?",
            "What is the same sum in {target}?",
            "Now in {target}, please.",
        ),
        target=SAID_MONEY[second],
    )
    scene.call("convert_currency", amount=amount, from_currency=source, to_currency=second)
    scene.user(
        (
            "What if it were {amount} instead? Still {source} to {target}.",
            "Now the same with {amount} {source}, again in {target}.",
        ),
        amount=other,
        source=SAID_MONEY[source],
        target=SAID_MONEY[second],
    )
    scene.call("convert_currency", amount=other, from_currency=source, to_currency=second)


@DIALOGUES.about(
    "music", exactly=("create_playlist", "search_tracks", "add_to_playlist", "play_playlist", "delete_playlist")
)
def new_playlist(scene: Scene) -> None:
    """A playlist, a track by its title, and playing it."""
    track = scene.deck.one(scene.state["music"]["tracks"])
    name = scene.deck.deal(("Kitchen radio", "Late hours", "Train window", "Birthday", "Spring", "Ironing"))
    scene.user(
        (
            'Make a new playlist "{name}".',
            'Create a playlist called "{name}".',
            'I want to start a playlist with the name "{name}".',
        ),
        name=name,
    )
    scene.call("create_playlist", name=name)
    scene.user(
        (
            'Add the track "{title}" by {artist} to it.',
            'Put "{title}" by {artist} on it.',
            '"{title}" by {artist} should be its first track. Add it.',
        ),
        title=track["title"],
        artist=track["artist"],
    )
    found = scene.look("search_tracks", title=track["title"])
    scene.call("add_to_playlist", playlist=name, track_ids=[found[0]["id"]])
    scene.user(
        (
            "Now play that playlist.",
            "Let me hear the playlist.",
            "Good, play the playlist.",
        )
    )
    scene.call("play_playlist", playlist=name)


@DIALOGUES.about("music")
def softer(scene: Scene) -> None:
    """A playlist, the volume, the volume again by its difference, and an end."""
    playlist = scene.deck.one(scene.state["music"]["playlists"])["name"]
    level, span, less = scene.deck.whole(40, 80, 5), say_span(scene.deck), scene.deck.one((5, 10, 15))
    scene.user(
        (
            'Play the playlist "{playlist}" at volume {level}.',
            'Put on my playlist "{playlist}" and set the volume to {level}.',
            'I want to hear "{playlist}", one of my playlists; volume {level}.',
        ),
        playlist=playlist,
        level=level,
    )
    scene.call("play_playlist", playlist=playlist)
    scene.also("set_volume", level=level)
    scene.user(
        (
            "{less} points softer, please.",
            "Turn it down by {less}.",
            "That is too loud. Lower it by {less}.",
        ),
        less=less,
    )
    scene.call("set_volume", level=level - less)
    scene.user(
        (
            "And let it stop by itself in {span}.",
            "It should end on its own after {span}.",
            "Set the sleep timer to {span}.",
        ),
        span=span.words,
    )
    scene.call("set_sleep_timer", minutes=span.value)


@DIALOGUES.about("dining")
def table_for_more(scene: Scene) -> None:
    """Restaurants, free tables at the best, a reservation, and one guest more."""
    city, cuisine = (scene.state["dining"]["restaurants"][0][name] for name in ("city", "cuisine"))
    day, guests = scene.day(), scene.deck.whole(2, 5)
    food = cuisine if cuisine == "vegetarian" else cuisine.title()
    scene.user(
        (
            "Which {food} restaurants are there in {city}?",
            "Find {food} restaurants in {city}.",
            "I feel like {food} food. Where can I go in {city}?",
        ),
        food=food,
        city=city,
    )
    found = scene.call("search_restaurants", city=city, cuisine=cuisine)
    best = max(found, key=lambda row: float(row["rating"]))["id"]
    scene.user(
        (
            "At what times does the one with the best rating have a table for {guests} {day.on}?",
            "When {day.on} could {guests} people get a table at the best-rated one?",
            "Check the free tables of the highest-rated one: {guests} people, {day.words}.",
        ),
        guests=COUNTS[guests],
        day=day,
    )
    times = scene.call("get_free_tables", restaurant_id=best, date=day.iso, guests=guests)["times"]
    which, time = scene.deck.one((("earliest", times[0]), ("latest", times[-1])))
    scene.user(
        (
            "Take the {which} of these.",
            "The {which} time suits us. Reserve it.",
            "Reserve the {which} one, please.",
        ),
        which=which,
    )
    made = scene.call("reserve_table", restaurant_id=best, date=day.iso, time=time, guests=guests)
    scene.user(
        (
            "There will be {guests} of us now. Change the reservation.",
            "One more is coming, so make it {guests}.",
            "Update it to {guests} people.",
        ),
        guests=COUNTS[guests + 1],
    )
    scene.call("change_reservation", reservation_id=made["id"], guests=guests + 1)


@DIALOGUES.about("calendar", "travel", exactly=("search_events", "search_trains", "book_train", "create_reminder"))
def train_to_an_event(scene: Scene) -> None:
    """When something is, which trains go that day, and the first of them."""
    event, train = (
        scene.deck.one(scene.state[name][rows]) for name, rows in (("calendar", "events"), ("travel", "trains"))
    )
    route, errand = {"origin": train["origin"], "destination": train["destination"]}, scene.deck.deal(ERRANDS)
    scene.user(
        (
            'On which day is "{title}" in my calendar?',
            'When is my event "{title}"?',
            'Look up when "{title}" takes place.',
        ),
        title=event["title"],
    )
    scene.call("search_events", query=event["title"])
    scene.user(
        (
            "Which trains go from {origin} to {destination} on that day?",
            "Show me that day's trains from {origin} to {destination}.",
            "I will have to travel from {origin} to {destination} on the day of the event. What trains are there?",
        ),
        **route,
    )
    found = scene.call("search_trains", **route, date=event["date"])
    scene.user(
        (
            "Book me the first train of the day.",
            "I take the earliest one. Book it, just for me.",
            "One seat on the earliest of them, please.",
        )
    )
    scene.call("book_train", train_id=found[0]["id"], date=event["date"])
    scene.user(
        (
            'And remind me "{errand}" at {time} that day.',
            'Also set a reminder for that day at {time}: "{errand}".',
        ),
        errand=errand,
        time=found[0]["departure"],
    )
    scene.call("create_reminder", text=errand, date=event["date"], time=found[0]["departure"])


@DIALOGUES.about("calendar", exactly=("create_reminder", "create_event", "list_events", "cancel_event"))
def no_tool_for_that(scene: Scene) -> None:
    """A question in between, a reminder, and the same for another day."""
    errand, (first, second), time = scene.deck.deal(ERRANDS), scene.days(2), scene.time(7, 20)
    scene.user(
        (
            "How many weeks does a year have?",
            "Which month has 28 days in most years?",
            "What do the letters am and pm stand for?",
            "How many minutes are there in a day?",
        )
    )
    scene.user(
        (
            'Good. Now remind me {day.on} at {time}: "{errand}".',
            'Thanks. I also need a reminder "{errand}" {day.on} at {time}.',
            'I see. Please set a reminder for {day.words}, {time}, with the text "{errand}".',
        ),
        errand=errand,
        day=first,
        time=time.words,
    )
    scene.call("create_reminder", text=errand, date=first.iso, time=time.iso)
    scene.user(
        (
            "The same reminder {day.on}, too.",
            "And again {day.on}, same time.",
            "Repeat that for {day.words}.",
        ),
        day=second,
    )
    scene.call("create_reminder", text=errand, date=second.iso, time=time.iso)

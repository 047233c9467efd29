"""Requests that one call answers, all that it needs being said."""

from __future__ import annotations

from datetime import date, timedelta

from ..domains import home, shop, tickets
from ..domains.dining import CUISINES
from ..domains.files import FOLDERS, folder_of
from ..domains.messages import FOLDERS as MAIL_FOLDERS
from ..domains.weather import RATES, UNITS
from ..scene import Scene, Scripts, Ways
from ..words import (
    COUNTS,
    FIRST_NAMES,
    MONTHS,
    WEEKDAYS,
    listed,
    people,
    say_euros,
    say_span,
)

REQUESTS = Scripts("requests")

NEW_TITLES = (
    *("Roof inspection", "Piano lesson", "Visa interview", "Farewell drinks", "Flat viewing", "Board meeting"),
    *("Chess evening", "Budget talk", "Dress rehearsal", "Vet appointment", "Pottery course", "Town hall"),
)
ERRANDS = (
    *("water the tomatoes", "call the landlord", "renew the library books", "take the bread out", "pay the plumber"),
    *("bring back the ladder", "feed the neighbours' cat", "send the postcard", "charge the bike", "defrost the soup"),
)
NEW_FOLDERS = ("/Taxes", "/Travel", "/Music", "/School", "/Drafts", "/Photos/2025", "/Invoices/paid", "/Contracts/old")
INTERVALS = {"weekly": "every week", "monthly": "every month", "quarterly": "every quarter", "yearly": "once a year"}
SAID_UNITS = {
    "km": "kilometres",
    "m": "metres",
    "mile": "miles",
    "foot": "feet",
    "kg": "kilograms",
    "pound": "pounds",
    "litre": "litres",
    "us_gallon": "US gallons",
}
SAID_MONEY = {
    "EUR": "euros",
    "USD": "US dollars",
    "GBP": "British pounds",
    "CHF": "Swiss francs",
    "PLN": "Polish zlotys",
    "SEK": "Swedish kronor",
    "JPY": "Japanese yen",
}
NEW_PROBLEMS = (
    *(
        "Avatar is not saved",
        "Map does not load on tablets",
        "Discount is applied twice",
        "Fonts differ on the help page",
    ),
    *(
        "Webhook is called without a body",
        "Tooltips stay on the screen",
        "Receipt has the wrong year",
        "Timer runs late",
    ),
)
REMARKS = (
    *("Seen again this morning.", "Two more customers asked about it.", "The log is attached.", "Needs a test first."),
    *("It works in the preview.", "Only happens on old phones.", "Please look at this before the release."),
)
ANSWERS = (
    *("I will be there.", "Thanks, that helps a lot.", "Can we do it next month?", "Please send me the address."),
    *("I need one more day.", "Sounds good to me.", "Sorry, I cannot make it.", "The key is under the blue pot."),
)
SUBJECT_LINES = ("Saturday", "Question about the bill", "New phone number", "Slides", "Lunch", "Ride to the airport")
REASONS = {
    "damaged": "it arrived damaged",
    "wrong_item": "they sent the wrong item",
    "not_as_described": "it is not as described",
    "no_longer_needed": "I no longer need it",
}
RESOLUTIONS = {
    "fixed": "it has been fixed",
    "duplicate": "it is a duplicate",
    "wont_fix": "we will not fix it",
    "cannot_reproduce": "nobody can reproduce it",
}
DEVICES = {
    "light": ("the light in the {room} goes to {value} percent", range(10, 100, 5)),
    "heating": ("the heating in the {room} goes to {value} degrees", range(16, 25)),
    "blinds": ("the blinds in the {room} close to {value} percent", range(5, 100, 5)),
}


@REQUESTS.about("calendar")
def create_event(scene: Scene, ways: Ways) -> None:
    """An event with its length."""
    title, day, time, span = scene.deck.deal(NEW_TITLES), scene.day(), scene.time(), say_span(scene.deck)
    scene.user(ways[0], title=title, day=day, time=time.words, span=span.words)
    scene.call("create_event", title=title, date=day.iso, start=time.iso, duration_minutes=span.value)


@REQUESTS.about("calendar")
def create_event_with_people(scene: Scene, ways: Ways) -> None:
    """An event of the usual length, with people and a place."""
    title, day, time = scene.deck.deal(NEW_TITLES), scene.day(), scene.time()
    guests, place = (
        scene.deck.some(FIRST_NAMES, scene.deck.whole(1, 3)),
        scene.deck.one(("Room 4", "Room 9", "the café")),
    )
    scene.user(ways[0], title=title, day=day, time=time.words, guests=listed(guests), place=place)
    scene.call("create_event", title=title, date=day.iso, start=time.iso, attendees=guests, location=place)


@REQUESTS.about("calendar")
def create_reminder(scene: Scene, ways: Ways) -> None:
    """A reminder, word by word."""
    errand, day, time = scene.deck.deal(ERRANDS), scene.day(), scene.time(7, 21)
    scene.user(ways[0], errand=errand, day=day, time=time.words)
    scene.call("create_reminder", text=errand, date=day.iso, time=time.iso)


@REQUESTS.about("calendar", exactly=("list_events", "create_event", "create_reminder", "search_events", "cancel_event"))
def list_events(scene: Scene, ways: Ways) -> None:
    """The events of a day."""
    day = scene.day(1, 6)
    scene.user(ways[0], day=day)
    scene.call("list_events", date=day.iso)


@REQUESTS.about("calendar", exactly=("find_free_time", "create_event", "create_reminder", "update_event"))
def find_free_time(scene: Scene, ways: Ways) -> None:
    """Room for something in a day."""
    day, span = scene.day(1, 6), say_span(scene.deck)
    scene.user(ways[0], day=day, span=span.words)
    scene.call("find_free_time", date=day.iso, duration_minutes=span.value)


def _path(scene: Scene) -> str:
    return str(scene.deck.one(scene.state["files"]["files"])["path"])


def _to_another_folder(scene: Scene, ways: Ways, tool: str) -> None:
    path = _path(scene)
    folder = scene.deck.one([folder for folder in FOLDERS if folder != folder_of(path)])
    scene.user(ways[0], path=path, folder=folder)
    scene.call(tool, path=path, to_folder=folder)


@REQUESTS.about("files", exactly=("move_file", "copy_file", "rename_file", "share_file", "create_folder"))
def move_file(scene: Scene, ways: Ways) -> None:
    """A file that belongs elsewhere."""
    _to_another_folder(scene, ways, "move_file")


@REQUESTS.about("files", exactly=("copy_file", "move_file", "rename_file", "share_file", "delete_file"))
def copy_file(scene: Scene, ways: Ways) -> None:
    """A second copy of a file."""
    _to_another_folder(scene, ways, "copy_file")


@REQUESTS.about("files", exactly=("rename_file", "copy_file", "move_file", "share_file", "delete_file"))
def rename_file(scene: Scene, ways: Ways) -> None:
    """A file with a better name."""
    path = _path(scene)
    ending = path.rpartition(".")[2]
    name = f"{scene.deck.one(('final', 'spring', 'old', 'checked', 'draft'))}_{scene.deck.whole(2, 99)}.{ending}"
    scene.user(ways[0], path=path, name=name)
    scene.call("rename_file", path=path, new_name=name)


@REQUESTS.about("files", exactly=("delete_file", "move_file", "rename_file", "copy_file", "create_folder"))
def delete_file(scene: Scene, ways: Ways) -> None:
    """A file that goes, for good or to the trash."""
    path, permanently = _path(scene), scene.deck.one((True, False))
    if permanently:
        scene.user(ways[0], path=path)
    else:
        scene.user(ways[1], path=path)
    scene.call("delete_file", path=path, permanently=permanently)


@REQUESTS.about("files", exactly=("share_file", "move_file", "copy_file", "rename_file"))
def share_file(scene: Scene, ways: Ways) -> None:
    """A file for others, with what they may do."""
    path, guests = _path(scene), people(scene.deck, scene.deck.whole(1, 2))
    permission, verb = scene.deck.one((("view", "look at"), ("comment", "comment on"), ("edit", "edit")))
    scene.user(ways[0], path=path, verb=verb, emails=listed([guest.email for guest in guests]))
    scene.call("share_file", path=path, emails=[guest.email for guest in guests], permission=permission)


@REQUESTS.about("files")
def create_folder(scene: Scene, ways: Ways) -> None:
    """A new folder."""
    path = scene.deck.deal(NEW_FOLDERS)
    scene.user(ways[0], path=path)
    scene.call("create_folder", path=path)


@REQUESTS.about("travel")
def search_trains(scene: Scene, ways: Ways) -> None:
    """Trains of a day, from some time on."""
    train, day = scene.deck.one(scene.state["travel"]["trains"]), scene.day()
    words = {"origin": train["origin"], "destination": train["destination"], "day": day}
    if scene.deck.one((True, False)):
        scene.user(ways[0], **words)
        scene.call("search_trains", origin=train["origin"], destination=train["destination"], date=day.iso)
        return
    time = scene.time(7, 15)
    scene.user(ways[1], time=time.words, **words)
    route = {"origin": train["origin"], "destination": train["destination"]}
    scene.call("search_trains", **route, date=day.iso, depart_after=time.iso)


@REQUESTS.about("travel")
def search_hotels(scene: Scene, ways: Ways) -> None:
    """Hotels up to a price."""
    city, price = scene.deck.one(scene.state["travel"]["hotels"])["city"], scene.deck.whole(90, 220, 10)
    scene.user(ways[0], city=city, price=say_euros(scene.deck, price))
    scene.call("search_hotels", city=city, max_price=price)


@REQUESTS.about("travel", exactly=("book_train", "book_hotel", "change_train_booking", "cancel_booking"))
def book_train(scene: Scene, ways: Ways) -> None:
    """Seats on a known train."""
    train, day, count = scene.deck.one(scene.state["travel"]["trains"])["id"], scene.day(), scene.deck.whole(2, 6)
    where = scene.deck.one(("first", "second"))
    scene.user(ways[0], count=COUNTS[count], train=train, day=day, where=where)
    scene.call("book_train", train_id=train, date=day.iso, passengers=count, travel_class=where)


@REQUESTS.about("travel", exactly=("book_hotel", "book_train", "cancel_booking", "change_train_booking"))
def book_hotel(scene: Scene, ways: Ways) -> None:
    """A room in a known hotel."""
    hotel, day, nights = scene.deck.one(scene.state["travel"]["hotels"]), scene.day(), scene.deck.whole(2, 7)
    breakfast = scene.deck.one((True, False))
    scene.user(
        ways[0],
        hotel=f"{hotel['name']} (hotel {hotel['id']})",
        nights=COUNTS[nights],
        day=day,
        breakfast="with" if breakfast else "without",
    )
    scene.call("book_hotel", hotel_id=hotel["id"], check_in=day.iso, nights=nights, guests=2, breakfast=breakfast)


@REQUESTS.about("travel", exactly=("cancel_booking", "change_train_booking", "book_train", "book_hotel"))
def cancel_booking(scene: Scene, ways: Ways) -> None:
    """A booking that is not needed."""
    booking = scene.deck.one(scene.state["travel"]["bookings"])["id"]
    scene.user(ways[0], booking=booking)
    scene.call("cancel_booking", booking_id=booking)


@REQUESTS.about("travel", exactly=("change_train_booking", "cancel_booking", "book_train", "book_hotel"))
def change_train_booking(scene: Scene, ways: Ways) -> None:
    """A booking with something more."""
    wish, value = scene.deck.deal(
        (
            ("upgrade it to first class", ("travel_class", "first")),
            ("add a place for a bicycle", ("bicycle", True)),
            ("make it three travellers", ("passengers", 3)),
        )
    )
    scene.user(ways[0], wish=wish)
    scene.call("change_train_booking", booking_id="B-101", **{value[0]: value[1]})


def _payee(scene: Scene) -> str:
    return str(scene.deck.one(scene.state["banking"]["payees"])["name"])


@REQUESTS.about("banking", exactly=("transfer_money", "move_between_accounts", "create_standing_order", "freeze_card"))
def transfer_money(scene: Scene, ways: Ways) -> None:
    """Money for somebody, from the usual account or from another."""
    payee, amount = _payee(scene), scene.deck.one((scene.deck.whole(5, 900), scene.deck.cents(5, 300)))
    account = scene.deck.one(("checking", "savings", "joint"))
    reference = scene.deck.one(("Tickets", "Rent", "Present", "Invoice 4471", "Dinner"))
    scene.user(ways[0], amount=say_euros(scene.deck, amount), payee=payee, account=account, reference=reference)
    scene.call("transfer_money", payee=payee, amount=amount, from_account=account, reference=reference)


@REQUESTS.about(
    "banking", exactly=("move_between_accounts", "transfer_money", "create_standing_order", "set_card_limit")
)
def move_between_accounts(scene: Scene, ways: Ways) -> None:
    """Money from one pocket to another."""
    source, target = scene.deck.some(("checking", "savings", "joint"), 2)
    amount = scene.deck.whole(20, 1_500, 10)
    scene.user(ways[0], amount=say_euros(scene.deck, amount), source=source, target=target)
    scene.call("move_between_accounts", from_account=source, to_account=target, amount=amount)


@REQUESTS.about("banking", exactly=("create_standing_order", "transfer_money", "cancel_standing_order", "freeze_card"))
def create_standing_order(scene: Scene, ways: Ways) -> None:
    """Money that is sent again and again."""
    payee, amount, day = _payee(scene), scene.deck.whole(10, 900, 5), scene.day(1, 30)
    interval = scene.deck.deal(tuple(INTERVALS))
    scene.user(ways[0], amount=say_euros(scene.deck, amount), payee=payee, interval=INTERVALS[interval], day=day)
    scene.call("create_standing_order", payee=payee, amount=amount, interval=interval, first_date=day.iso)


@REQUESTS.about("banking", exactly=("freeze_card", "unfreeze_card", "set_card_limit", "transfer_money"))
def freeze_card(scene: Scene, ways: Ways) -> None:
    """A card that is gone."""
    card = scene.deck.one(scene.state["banking"]["cards"])["last4"]
    scene.user(ways[0], card=card)
    scene.call("freeze_card", last4=card)


@REQUESTS.about("banking", exactly=("set_card_limit", "freeze_card", "unfreeze_card", "transfer_money"))
def set_card_limit(scene: Scene, ways: Ways) -> None:
    """A card with another limit."""
    card, limit = scene.deck.one(scene.state["banking"]["cards"])["last4"], scene.deck.whole(100, 3_000, 50)
    scene.user(ways[0], card=card, limit=say_euros(scene.deck, limit))
    scene.call("set_card_limit", last4=card, daily_limit=limit)


@REQUESTS.about("banking", exactly=("list_payments", "transfer_money", "move_between_accounts", "freeze_card"))
def list_payments(scene: Scene, ways: Ways) -> None:
    """Payments since a day, or to somebody."""
    if scene.deck.one((True, False)):
        since: date = scene.today - timedelta(days=scene.deck.whole(5, 20))
        scene.user(ways[0], since=f"{since.day} {MONTHS[since.month - 1]}")
        scene.call("list_payments", account="checking", since=since.isoformat())
        return
    merchant = scene.deck.one(scene.state["banking"]["payments"])["to"]
    scene.user(ways[1], merchant=merchant)
    scene.call("list_payments", account="checking", recipient=merchant)


@REQUESTS.about("home")
def light_on(scene: Scene, ways: Ways) -> None:
    """Light of some brightness and colour."""
    room, level, colour = scene.deck.one(home.ROOMS), scene.deck.whole(10, 90, 5), scene.deck.one(("neutral", "cold"))
    scene.user(ways[0], room=room, level=level, colour=colour)
    scene.call("set_light", room=room, on=True, brightness=level, colour=colour)


@REQUESTS.about("home")
def light_off(scene: Scene, ways: Ways) -> None:
    """Darkness."""
    room = scene.deck.one(home.ROOMS)
    scene.user(ways[0], room=room)
    scene.call("set_light", room=room, on=False)


@REQUESTS.about("home")
def set_temperature(scene: Scene, ways: Ways) -> None:
    """Heating to a temperature."""
    room, temperature = scene.deck.one(home.ROOMS), scene.deck.whole(32, 49) / 2
    scene.user(ways[0], room=room, temperature=f"{temperature:g}")
    scene.call("set_temperature", room=room, temperature=temperature)


@REQUESTS.about("home")
def set_blinds(scene: Scene, ways: Ways) -> None:
    """Blinds, all or part of the way."""
    room = scene.deck.one(home.ROOMS)
    words, closed = scene.deck.deal(
        (
            ("Close the blinds in the {room} completely.", 100),
            ("Close the blinds in the {room} halfway.", 50),
            ("Open the blinds in the {room} all the way.", 0),
            ("Move the blinds in the {room} so that they are 30 percent closed.", 30),
            ("The blinds in the {room} should be closed to 80 percent.", 80),
        )
    )
    scene.user((words,), room=room)
    scene.call("set_blinds", room=room, closed_percent=closed)


@REQUESTS.about("home")
def set_lock(scene: Scene, ways: Ways) -> None:
    """A door."""
    door, locked = scene.deck.one(home.DOORS), scene.deck.one((True, False))
    scene.user(ways[0], verb="lock" if locked else "unlock", door=door)
    scene.call("set_lock", door=door, locked=locked)


@REQUESTS.about("home")
def start_cleaning(scene: Scene, ways: Ways) -> None:
    """The robot in some rooms."""
    rooms = scene.deck.some(home.ROOMS, scene.deck.whole(1, 3))
    mode, verb = scene.deck.one((("vacuum", "vacuum"), ("mop", "mop"), ("both", "vacuum and mop")))
    scene.user(ways[0], verb=verb, rooms=listed(rooms))
    scene.call("start_cleaning", rooms=rooms, mode=mode)


@REQUESTS.about("home")
def create_routine(scene: Scene, ways: Ways) -> None:
    """Several steps on some days."""
    name = scene.deck.deal(("Wake up", "Good night", "Movie time", "Away", "Reading hour", "Siesta"))
    days = sorted(scene.deck.some(WEEKDAYS, 2), key=WEEKDAYS.index)
    time, steps, said = scene.time(6, 22), [], []
    for device in scene.deck.some(tuple(DEVICES), 2):
        phrase, values = DEVICES[device]
        steps.append({"device": device, "room": scene.deck.one(home.ROOMS), "value": scene.deck.one(values)})
        said.append(phrase.format(**steps[-1]))
    scene.user(ways[0], name=name, days=listed(days), time=time.words, first=said[0], second=said[1])
    scene.call("create_routine", name=name, trigger={"time": time.iso, "days": days}, steps=steps)


@REQUESTS.about("shop", exactly=("get_order", "cancel_order", "return_item", "place_order"))
def get_order(scene: Scene, ways: Ways) -> None:
    """How an order is doing."""
    order = scene.deck.one(scene.state["shop"]["orders"])["id"]
    scene.user(ways[0], order=order)
    scene.call("get_order", order_id=order)


@REQUESTS.about("shop", exactly=("add_to_cart", "change_quantity", "remove_from_cart", "place_order"))
def add_to_cart(scene: Scene, ways: Ways) -> None:
    """A known product, wrapped or not."""
    product, count = scene.deck.one(scene.state["shop"]["products"])["id"], scene.deck.whole(2, 6)
    wrapped = scene.deck.one((True, False))
    scene.user(ways[0], product=product, count=COUNTS[count], wrapped=", wrapped as a present" if wrapped else "")
    scene.call("add_to_cart", product_id=product, quantity=count, gift_wrap=wrapped)


@REQUESTS.about("shop", exactly=("return_item", "cancel_order", "add_to_cart", "place_order"))
def return_item(scene: Scene, ways: Ways) -> None:
    """Something that goes back."""
    order = scene.deck.one([row for row in scene.state["shop"]["orders"] if row["status"] == "delivered"])
    item, reason = scene.deck.one(order["items"]), scene.deck.deal(shop.REASONS)
    scene.user(ways[0], name=item["name"], item=item["product_id"], order=order["id"], reason=REASONS[reason])
    scene.call("return_item", order_id=order["id"], product_id=item["product_id"], reason=reason)


@REQUESTS.about("shop", exactly=("cancel_order", "return_item", "place_order", "add_to_cart"))
def cancel_order(scene: Scene, ways: Ways) -> None:
    """An order that was not sent yet."""
    scene.user(ways[0], order="O-103")
    scene.call("cancel_order", order_id="O-103")


@REQUESTS.about("shop", exactly=("search_products", "get_order", "view_cart", "place_order"))
def search_products(scene: Scene, ways: Ways) -> None:
    """Products up to a price."""
    product, price = scene.deck.one(scene.state["shop"]["products"]), scene.deck.whole(40, 120, 5)
    kind = product["name"].partition(" ")[2]
    scene.user(ways[0], kind=kind, price=say_euros(scene.deck, price))
    scene.call("search_products", query=kind, max_price=price)


@REQUESTS.about("tickets")
def create_ticket(scene: Scene, ways: Ways) -> None:
    """A new problem."""
    title, component = scene.deck.deal(NEW_PROBLEMS), scene.deck.one(tickets.COMPONENTS)
    priority, labels = scene.deck.one(("low", "high", "urgent")), scene.deck.some(tickets.LABELS, 2)
    scene.user(ways[0], title=title, component=component, priority=priority, labels=listed(labels))
    scene.call("create_ticket", title=title, component=component, priority=priority, labels=labels)


def _ticket(scene: Scene) -> str:
    return str(scene.deck.one(scene.state["tickets"]["tickets"])["id"])


@REQUESTS.about("tickets", exactly=("set_priority", "assign_ticket", "add_comment", "close_ticket"))
def set_priority(scene: Scene, ways: Ways) -> None:
    """A ticket that matters more, or less."""
    ticket, priority = _ticket(scene), scene.deck.deal(tickets.PRIORITIES)
    scene.user(ways[0], ticket=ticket, priority=priority)
    scene.call("set_priority", ticket_id=ticket, priority=priority)


@REQUESTS.about("tickets", exactly=("assign_ticket", "set_priority", "add_comment", "close_ticket"))
def assign_ticket(scene: Scene, ways: Ways) -> None:
    """A ticket for somebody."""
    ticket, member = _ticket(scene), scene.deck.one(scene.state["tickets"]["team"])
    scene.user(ways[0], ticket=ticket, member=member)
    scene.call("assign_ticket", ticket_id=ticket, assignee=member)


@REQUESTS.about("tickets", exactly=("add_comment", "set_priority", "assign_ticket", "close_ticket"))
def add_comment(scene: Scene, ways: Ways) -> None:
    """A remark, for all or for the team."""
    ticket, remark, internal = _ticket(scene), scene.deck.deal(REMARKS), scene.deck.one((True, False))
    scene.user(ways[0], ticket=ticket, remark=remark, how=", not visible to customers" if internal else "")
    scene.call("add_comment", ticket_id=ticket, text=remark, internal=internal)


@REQUESTS.about("tickets", exactly=("close_ticket", "assign_ticket", "set_priority", "add_comment"))
def close_ticket(scene: Scene, ways: Ways) -> None:
    """A ticket that is done with."""
    ticket, resolution = _ticket(scene), scene.deck.deal(tickets.RESOLUTIONS)
    scene.user(ways[0], ticket=ticket, why=RESOLUTIONS[resolution])
    scene.call("close_ticket", ticket_id=ticket, resolution=resolution)


@REQUESTS.about("tickets", exactly=("search_tickets", "create_ticket", "assign_ticket", "close_ticket"))
def search_tickets(scene: Scene, ways: Ways) -> None:
    """Open tickets of a kind."""
    ticket = scene.deck.one(scene.state["tickets"]["tickets"])
    scene.user(ways[0], component=ticket["component"], priority=ticket["priority"])
    scene.call("search_tickets", component=ticket["component"], priority=ticket["priority"])


@REQUESTS.about("messages", exactly=("send_email", "reply_to_message", "forward_message", "send_text"))
def send_email(scene: Scene, ways: Ways) -> None:
    """An e-mail, word by word."""
    person, other = people(scene.deck, 2)
    subject, body = scene.deck.deal(SUBJECT_LINES), scene.deck.deal(ANSWERS)
    scene.user(ways[0], to=person.email, other=other.email, subject=subject, body=body)
    scene.call("send_email", to=[person.email], subject=subject, body=body, cc=[other.email])


@REQUESTS.about("messages", exactly=("send_text", "send_email", "reply_to_message", "forward_message"))
def send_text(scene: Scene, ways: Ways) -> None:
    """A text message, word by word."""
    phone, body = scene.deck.one(scene.state["messages"]["contacts"])["phone"], scene.deck.deal(ANSWERS)
    scene.user(ways[0], phone=phone, body=body)
    scene.call("send_text", phone=phone, text=body)


def _message(scene: Scene) -> str:
    return str(scene.deck.one(scene.state["messages"]["inbox"])["id"])


@REQUESTS.about("messages", exactly=("reply_to_message", "forward_message", "send_email", "move_message"))
def reply_to_message(scene: Scene, ways: Ways) -> None:
    """An answer, word by word."""
    message, body = _message(scene), scene.deck.deal(ANSWERS)
    scene.user(ways[0], message=message, body=body)
    scene.call("reply_to_message", message_id=message, text=body)


@REQUESTS.about("messages", exactly=("mark_as_read", "move_message", "delete_message", "forward_message"))
def mark_as_read(scene: Scene, ways: Ways) -> None:
    """Messages that were seen."""
    messages = sorted(row["id"] for row in scene.deck.some(scene.state["messages"]["inbox"], 2))
    scene.user(ways[0], messages=listed(messages))
    scene.call("mark_as_read", message_ids=messages)


@REQUESTS.about("messages", exactly=("move_message", "delete_message", "forward_message", "reply_to_message"))
def move_message(scene: Scene, ways: Ways) -> None:
    """A message for a folder."""
    message, folder = _message(scene), scene.deck.deal(MAIL_FOLDERS)
    scene.user(ways[0], message=message, folder=folder)
    scene.call("move_message", message_id=message, folder=folder)


@REQUESTS.about("messages", exactly=("forward_message", "reply_to_message", "send_email", "move_message"))
def forward_message(scene: Scene, ways: Ways) -> None:
    """A message for others."""
    message, guests = _message(scene), [person.email for person in people(scene.deck, scene.deck.whole(1, 2))]
    scene.user(ways[0], message=message, guests=listed(guests))
    scene.call("forward_message", message_id=message, to=guests)


def _city(scene: Scene) -> str:
    return str(scene.deck.one(scene.state["weather"]["forecasts"])["city"])


@REQUESTS.about("weather")
def get_current_weather(scene: Scene, ways: Ways) -> None:
    """The weather now."""
    city = _city(scene)
    scene.user(ways[0], city=city)
    scene.call("get_current_weather", city=city)


@REQUESTS.about("weather")
def get_forecast(scene: Scene, ways: Ways) -> None:
    """The weather of a day to come."""
    city, day = _city(scene), scene.day(1, 6)
    scene.user(ways[0], city=city, day=day)
    scene.call("get_forecast", city=city, date=day.iso)


@REQUESTS.about("weather")
def convert_units(scene: Scene, ways: Ways) -> None:
    """A quantity in another unit."""
    kind = scene.deck.one(sorted({kind for kind, _ in UNITS.values()}))
    source, target = scene.deck.some([unit for unit, (each, _) in UNITS.items() if each == kind], 2)
    value = scene.deck.whole(3, 950)
    scene.user(ways[0], value=value, source=SAID_UNITS[source], target=SAID_UNITS[target])
    scene.call("convert_units", value=value, from_unit=source, to_unit=target)


@REQUESTS.about("weather")
def convert_currency(scene: Scene, ways: Ways) -> None:
    """A sum in other money."""
    source, target = scene.deck.some(tuple(RATES), 2)
    amount = scene.deck.whole(15, 4_800)
    scene.user(ways[0], amount=amount, source=SAID_MONEY[source], target=SAID_MONEY[target])
    scene.call("convert_currency", amount=amount, from_currency=source, to_currency=target)


def _playlist(scene: Scene) -> str:
    return str(scene.deck.one(scene.state["music"]["playlists"])["name"])


@REQUESTS.about("music", exactly=("play_playlist", "play_track", "create_playlist", "set_volume", "stop_music"))
def play_playlist(scene: Scene, ways: Ways) -> None:
    """A playlist, mixed or not."""
    playlist, shuffle = _playlist(scene), scene.deck.one((True, False))
    scene.user(ways[0], playlist=playlist, how=" in shuffled order" if shuffle else "")
    scene.call("play_playlist", playlist=playlist, shuffle=shuffle)


@REQUESTS.about("music")
def set_volume(scene: Scene, ways: Ways) -> None:
    """Louder or softer."""
    level = scene.deck.whole(5, 95, 5)
    scene.user(ways[0], level=level)
    scene.call("set_volume", level=level)


@REQUESTS.about("music", exactly=("set_sleep_timer", "stop_music", "set_volume", "play_playlist"))
def set_sleep_timer(scene: Scene, ways: Ways) -> None:
    """Music that ends on its own."""
    span = say_span(scene.deck)
    scene.user(ways[0], span=span.words)
    scene.call("set_sleep_timer", minutes=span.value)


@REQUESTS.about("music", exactly=("create_playlist", "play_playlist", "add_to_playlist", "delete_playlist"))
def create_playlist(scene: Scene, ways: Ways) -> None:
    """A new playlist, for all or not."""
    name = scene.deck.deal(("Rainy days", "Garden party", "Slow cooking", "Long drive", "Workout", "Attic"))
    public = scene.deck.one((True, False))
    scene.user(ways[0], name=name, how=" that others can find" if public else "")
    scene.call("create_playlist", name=name, public=public)


@REQUESTS.about("music", exactly=("delete_playlist", "create_playlist", "play_playlist", "stop_music"))
def delete_playlist(scene: Scene, ways: Ways) -> None:
    """A playlist that goes."""
    playlist = _playlist(scene)
    scene.user(ways[0], playlist=playlist)
    scene.call("delete_playlist", playlist=playlist)


@REQUESTS.about("dining", exactly=("search_restaurants", "list_reservations", "reserve_table", "cancel_reservation"))
def search_restaurants(scene: Scene, ways: Ways) -> None:
    """Restaurants of a kind and rating."""
    city, cuisine = scene.deck.one(scene.state["dining"]["restaurants"])["city"], scene.deck.deal(CUISINES)
    rating = scene.deck.whole(12, 18) / 2
    scene.user(
        ways[0], city=city, cuisine=cuisine.title() if cuisine != "vegetarian" else cuisine, rating=f"{rating:g}"
    )
    scene.call("search_restaurants", city=city, cuisine=cuisine, min_rating=rating)


@REQUESTS.about("dining", exactly=("change_reservation", "cancel_reservation", "reserve_table", "search_restaurants"))
def change_reservation(scene: Scene, ways: Ways) -> None:
    """A table for more, or elsewhere."""
    wish, name, value = scene.deck.deal(
        (
            ("we will be six", "guests", 6),
            ("we will be eight after all", "guests", 8),
            ("we would rather sit on the terrace", "seating", "terrace"),
        )
    )
    scene.user(ways[0], wish=wish)
    scene.call("change_reservation", reservation_id="V-101", **{name: value})


@REQUESTS.about("dining", exactly=("cancel_reservation", "change_reservation", "reserve_table", "search_restaurants"))
def cancel_reservation(scene: Scene, ways: Ways) -> None:
    """A table that is not needed."""
    scene.user(ways[0])
    scene.call("cancel_reservation", reservation_id="V-101")

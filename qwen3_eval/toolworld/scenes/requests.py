"""Requests that one call answers, all that it needs being said."""

from __future__ import annotations

from datetime import date, timedelta

from qwen3_eval.toolworld.domains import home, shop, tickets
from qwen3_eval.toolworld.domains.dining import CUISINES
from qwen3_eval.toolworld.domains.files import FOLDERS, folder_of
from qwen3_eval.toolworld.domains.messages import FOLDERS as MAIL_FOLDERS
from qwen3_eval.toolworld.domains.weather import RATES, UNITS
from qwen3_eval.toolworld.scene import Scene, Scripts
from qwen3_eval.toolworld.words import (
    COUNTS,
    FIRST_NAMES,
    MONTHS,
    WEEKDAYS,
    listed,
    people,
    say_euros,
    say_span,
)

REQUESTS = Scripts()

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
def create_event(scene: Scene) -> None:
    """An event with its length."""
    title, day, time, span = scene.deck.deal(NEW_TITLES), scene.day(), scene.time(), say_span(scene.deck)
    scene.user(
        (
            'Put "{title}" into my calendar {day.on} at {time}, for {span}.',
            'I have "{title}" {day.on} at {time}; block {span} for it, please.',
            'Please schedule "{title}" for {day.words} at {time}. It takes {span}.',
            'A new event: "{title}", {day.words}, from {time}, {span} long.',
        ),
        title=title,
        day=day,
        time=time.words,
        span=span.words,
    )
    scene.call("create_event", title=title, date=day.iso, start=time.iso, duration_minutes=span.value)


@REQUESTS.about("calendar")
def create_event_with_people(scene: Scene) -> None:
    """An event of the usual length, with people and a place."""
    title, day, time = scene.deck.deal(NEW_TITLES), scene.day(), scene.time()
    guests, place = (
        scene.deck.some(FIRST_NAMES, scene.deck.whole(1, 3)),
        scene.deck.one(("Room 4", "Room 9", "the café")),
    )
    scene.user(
        (
            'Set up "{title}" with {guests} {day.on} at {time} in {place}.',
            'Plan "{title}" in {place} for {day.words} at {time} and invite {guests}.',
            'I am meeting {guests} in {place} {day.on} at {time}. Create an event called "{title}" for that.',
            'Create the event "{title}", {day.words} at {time}, in {place}; {guests} will join.',
        ),
        title=title,
        day=day,
        time=time.words,
        guests=listed(guests),
        place=place,
    )
    scene.call("create_event", title=title, date=day.iso, start=time.iso, attendees=guests, location=place)


@REQUESTS.about("calendar")
def create_reminder(scene: Scene) -> None:
    """A reminder, word by word."""
    errand, day, time = scene.deck.deal(ERRANDS), scene.day(), scene.time(7, 21)
    scene.user(
        (
            'Remind me {day.on} at {time}: "{errand}".',
            'I need a reminder {day.on} at {time} with the text "{errand}".',
            'Could you remind me at {time} {day.on}? The text is "{errand}".',
            'Set a reminder "{errand}" for {day.words}, {time}.',
        ),
        errand=errand,
        day=day,
        time=time.words,
    )
    scene.call("create_reminder", text=errand, date=day.iso, time=time.iso)


@REQUESTS.about("calendar", exactly=("list_events", "create_event", "create_reminder", "search_events", "cancel_event"))
def list_events(scene: Scene) -> None:
    """The events of a day."""
    day = scene.day(1, 6)
    scene.user(
        (
            "What is in my calendar {day.on}?",
            "Show me my events for {day.words}.",
            "Which appointments do I have {day.on}?",
            "Read me my schedule for {day.words}, please.",
        ),
        day=day,
    )
    scene.call("list_events", date=day.iso)


@REQUESTS.about("calendar", exactly=("find_free_time", "create_event", "create_reminder", "update_event"))
def find_free_time(scene: Scene) -> None:
    """Room for something in a day."""
    day, span = scene.day(1, 6), say_span(scene.deck)
    scene.user(
        (
            "When am I free for {span} {day.on}?",
            "Find the gaps of at least {span} in my calendar for {day.words}.",
            "I need {span} {day.on}. Which times are possible?",
            "Where is there room for {span} in my calendar {day.on}?",
        ),
        day=day,
        span=span.words,
    )
    scene.call("find_free_time", date=day.iso, duration_minutes=span.value)


def _path(scene: Scene) -> str:
    return str(scene.deck.one(scene.state["files"]["files"])["path"])


def _other_folder(scene: Scene, path: str) -> str:
    return scene.deck.one([folder for folder in FOLDERS if folder != folder_of(path)])


@REQUESTS.about("files", exactly=("move_file", "copy_file", "rename_file", "share_file", "create_folder"))
def move_file(scene: Scene) -> None:
    """A file that belongs elsewhere."""
    path = _path(scene)
    folder = _other_folder(scene, path)
    scene.user(
        (
            "Move {path} to {folder}.",
            "The file {path} belongs in {folder}; please move it there.",
            "Take {path} out of its folder and put it into {folder} instead.",
            "Could you move my file {path} over to the folder {folder}?",
        ),
        path=path,
        folder=folder,
    )
    scene.call("move_file", path=path, to_folder=folder)


@REQUESTS.about("files", exactly=("copy_file", "move_file", "rename_file", "share_file", "delete_file"))
def copy_file(scene: Scene) -> None:
    """A second copy of a file."""
    path = _path(scene)
    folder = _other_folder(scene, path)
    scene.user(
        (
            "Make a copy of {path} in {folder}.",
            "I want {path} in {folder} as well, without losing the original.",
            "Copy {path} into the folder {folder}, please.",
            "Please keep {path} where it is and put a copy of it into {folder}.",
        ),
        path=path,
        folder=folder,
    )
    scene.call("copy_file", path=path, to_folder=folder)


@REQUESTS.about("files", exactly=("rename_file", "copy_file", "move_file", "share_file", "delete_file"))
def rename_file(scene: Scene) -> None:
    """A file with a better name."""
    path = _path(scene)
    ending = path.rpartition(".")[2]
    name = f"{scene.deck.one(('final', 'spring', 'old', 'checked', 'draft'))}_{scene.deck.whole(2, 99)}.{ending}"
    scene.user(
        (
            "Rename {path} to {name}.",
            "Give the file {path} the name {name}.",
            "From now on {path} should be called {name}; its folder stays the same.",
            "Please change the name of {path} to {name}.",
        ),
        path=path,
        name=name,
    )
    scene.call("rename_file", path=path, new_name=name)


@REQUESTS.about("files", exactly=("delete_file", "move_file", "rename_file", "copy_file", "create_folder"))
def delete_file(scene: Scene) -> None:
    """A file that goes, for good or to the trash."""
    path, permanently = _path(scene), scene.deck.one((True, False))
    for_good = (
        "Delete {path} for good; it must not stay in the trash.",
        "Please delete {path} permanently.",
        "Remove {path} for good, past the trash.",
    )
    to_trash = (
        "Delete {path}.",
        "I have no use for {path} any more. Please delete it.",
        "Throw {path} into the trash.",
    )
    scene.user(for_good if permanently else to_trash, path=path)
    scene.call("delete_file", path=path, permanently=permanently)


@REQUESTS.about("files", exactly=("share_file", "move_file", "copy_file", "rename_file"))
def share_file(scene: Scene) -> None:
    """A file for others, with what they may do."""
    path, guests = _path(scene), people(scene.deck, scene.deck.whole(1, 2))
    permission, verb = scene.deck.one((("view", "look at"), ("comment", "comment on"), ("edit", "edit")))
    scene.user(
        (
            "Share {path} with {emails}, who should be able to {verb} it.",
            "Let {emails} {verb} the file {path}.",
            "I want {emails} to be able to {verb} {path}. Please share it.",
            "Share the file {path} so that {emails} can {verb} it.",
        ),
        path=path,
        verb=verb,
        emails=listed([guest.email for guest in guests]),
    )
    scene.call("share_file", path=path, emails=[guest.email for guest in guests], permission=permission)


@REQUESTS.about("files")
def create_folder(scene: Scene) -> None:
    """A new folder."""
    path = scene.deck.deal(NEW_FOLDERS)
    scene.user(
        (
            "Create a folder {path}.",
            "I need a new, empty folder {path}.",
            "Please make me a folder {path} in my storage.",
        ),
        path=path,
    )
    scene.call("create_folder", path=path)


@REQUESTS.about("travel")
def search_trains(scene: Scene) -> None:
    """Trains of a day, from some time on."""
    train, day = scene.deck.one(scene.state["travel"]["trains"]), scene.day()
    words = {"origin": train["origin"], "destination": train["destination"], "day": day}
    if scene.deck.one((True, False)):
        scene.user(
            (
                "Which trains go from {origin} to {destination} {day.on}?",
                "Show me the trains from {origin} to {destination} for {day.words}.",
                "I have to be in {destination} {day.on}. What trains are there from {origin}?",
            ),
            **words,
        )
        scene.call("search_trains", origin=train["origin"], destination=train["destination"], date=day.iso)
        return
    time = scene.time(7, 15)
    scene.user(
        (
            "Which trains leave {origin} for {destination} {day.on} at {time} or later?",
            "Find trains from {origin} to {destination} {day.on}, departing no earlier than {time}.",
            (
                "I want to go from {origin} to {destination} {day.on}, but I cannot leave before {time}. Show me the "
                "trains."
            ),
        ),
        time=time.words,
        **words,
    )
    route = {"origin": train["origin"], "destination": train["destination"]}
    scene.call("search_trains", **route, date=day.iso, depart_after=time.iso)


@REQUESTS.about("travel")
def search_hotels(scene: Scene) -> None:
    """Hotels up to a price."""
    city, price = scene.deck.one(scene.state["travel"]["hotels"])["city"], scene.deck.whole(90, 220, 10)
    scene.user(
        (
            "Show me hotels in {city} for at most {price} a night.",
            "Which hotels in {city} cost {price} a night or less?",
            "I am looking for a hotel in {city}; my limit is {price} for a night. What is there?",
        ),
        city=city,
        price=say_euros(scene.deck, price),
    )
    scene.call("search_hotels", city=city, max_price=price)


@REQUESTS.about("travel", exactly=("book_train", "book_hotel", "change_train_booking", "cancel_booking"))
def book_train(scene: Scene) -> None:
    """Seats on a known train."""
    train, day, count = scene.deck.one(scene.state["travel"]["trains"])["id"], scene.day(), scene.deck.whole(2, 6)
    where = scene.deck.one(("first", "second"))
    scene.user(
        (
            "Book {count} seats on train {train} {day.on}, {where} class.",
            "I need {count} {where}-class tickets for train {train} {day.on}.",
            "Train {train} {day.on}, please: {count} people, {where} class.",
            "We are {count} and want to take train {train} {day.on} in {where} class. Book that for us.",
        ),
        count=COUNTS[count],
        train=train,
        day=day,
        where=where,
    )
    scene.call("book_train", train_id=train, date=day.iso, passengers=count, travel_class=where)


@REQUESTS.about("travel", exactly=("book_hotel", "book_train", "cancel_booking", "change_train_booking"))
def book_hotel(scene: Scene) -> None:
    """A room in a known hotel."""
    hotel, day, nights = scene.deck.one(scene.state["travel"]["hotels"]), scene.day(), scene.deck.whole(2, 7)
    breakfast = scene.deck.one((True, False))
    scene.user(
        (
            "Book a room for two at {hotel}: {nights} nights from {day.words}, {breakfast} breakfast.",
            (
                "We are two and want to stay at {hotel} for {nights} nights, arriving {day.on}, {breakfast} breakfast. "
                "Book it."
            ),
            "Reserve {hotel} for two guests, check-in {day.on}, {nights} nights, {breakfast} breakfast.",
        ),
        hotel=f"{hotel['name']} (hotel {hotel['id']})",
        nights=COUNTS[nights],
        day=day,
        breakfast="with" if breakfast else "without",
    )
    scene.call("book_hotel", hotel_id=hotel["id"], check_in=day.iso, nights=nights, guests=2, breakfast=breakfast)


@REQUESTS.about("travel", exactly=("cancel_booking", "change_train_booking", "book_train", "book_hotel"))
def cancel_booking(scene: Scene) -> None:
    """A booking that is not needed."""
    booking = scene.deck.one(scene.state["travel"]["bookings"])["id"]
    scene.user(
        (
            "Cancel booking {booking}.",
            "I am not going after all. Please cancel my booking {booking}.",
            "Booking {booking} can be cancelled; plans have changed.",
        ),
        booking=booking,
    )
    scene.call("cancel_booking", booking_id=booking)


@REQUESTS.about("travel", exactly=("change_train_booking", "cancel_booking", "book_train", "book_hotel"))
def change_train_booking(scene: Scene) -> None:
    """A booking with something more."""
    wish, value = scene.deck.deal(
        (
            ("upgrade it to first class", ("travel_class", "first")),
            ("add a place for a bicycle", ("bicycle", True)),
            ("make it three travellers", ("passengers", 3)),
        )
    )
    scene.user(
        (
            "About my train booking B-101: please {wish}.",
            "Take my booking B-101, it is for a train, and {wish}.",
            "My train is booked under B-101. Could you {wish}?",
        ),
        wish=wish,
    )
    scene.call("change_train_booking", booking_id="B-101", **{value[0]: value[1]})


def _payee(scene: Scene) -> str:
    return str(scene.deck.one(scene.state["banking"]["payees"])["name"])


@REQUESTS.about("banking", exactly=("transfer_money", "move_between_accounts", "create_standing_order", "freeze_card"))
def transfer_money(scene: Scene) -> None:
    """Money for somebody, from the usual account or from another."""
    payee, amount = _payee(scene), scene.deck.one((scene.deck.whole(5, 900), scene.deck.cents(5, 300)))
    account = scene.deck.one(("checking", "savings", "joint"))
    reference = scene.deck.one(("Tickets", "Rent", "Present", "Invoice 4471", "Dinner"))
    scene.user(
        (
            'Send {amount} to {payee} from my {account} account, reference "{reference}".',
            (
                'Transfer {amount} to {payee}. Take it from the {account} account and write "{reference}" as the '
                "reference."
            ),
            'Please pay {payee} {amount} out of the {account} account with the reference "{reference}".',
            'From {account}: {amount} to {payee}, reference "{reference}", please.',
        ),
        amount=say_euros(scene.deck, amount),
        payee=payee,
        account=account,
        reference=reference,
    )
    scene.call("transfer_money", payee=payee, amount=amount, from_account=account, reference=reference)


@REQUESTS.about(
    "banking", exactly=("move_between_accounts", "transfer_money", "create_standing_order", "set_card_limit")
)
def move_between_accounts(scene: Scene) -> None:
    """Money from one pocket to another."""
    source, target = scene.deck.some(("checking", "savings", "joint"), 2)
    amount = scene.deck.whole(20, 1_500, 10)
    scene.user(
        (
            "Move {amount} from my {source} to my {target} account.",
            "Please shift {amount} out of {source} into {target}.",
            "My {target} account needs {amount}. Take it from {source}.",
            "Put {amount} from the {source} account into the {target} account.",
        ),
        amount=say_euros(scene.deck, amount),
        source=source,
        target=target,
    )
    scene.call("move_between_accounts", from_account=source, to_account=target, amount=amount)


@REQUESTS.about("banking", exactly=("create_standing_order", "transfer_money", "cancel_standing_order", "freeze_card"))
def create_standing_order(scene: Scene) -> None:
    """Money that is sent again and again."""
    payee, amount, day = _payee(scene), scene.deck.whole(10, 900, 5), scene.day(1, 30)
    interval = scene.deck.deal(tuple(INTERVALS))
    scene.user(
        (
            "Set up a standing order: {amount} to {payee} {interval}, for the first time {day.on}.",
            "I want {payee} to get {amount} {interval}, starting {day.on}.",
            "Pay {payee} {amount} {interval} from my checking account. The first payment is due {day.on}.",
        ),
        amount=say_euros(scene.deck, amount),
        payee=payee,
        interval=INTERVALS[interval],
        day=day,
    )
    scene.call("create_standing_order", payee=payee, amount=amount, interval=interval, first_date=day.iso)


@REQUESTS.about("banking", exactly=("freeze_card", "unfreeze_card", "set_card_limit", "transfer_money"))
def freeze_card(scene: Scene) -> None:
    """A card that is gone."""
    card = scene.deck.one(scene.state["banking"]["cards"])["last4"]
    scene.user(
        (
            "Freeze my card ending in {card}.",
            "I cannot find the card that ends in {card}. Block it until I have looked everywhere.",
            "Please block my card {card} for now; those are its last four digits.",
        ),
        card=card,
    )
    scene.call("freeze_card", last4=card)


@REQUESTS.about("banking", exactly=("set_card_limit", "freeze_card", "unfreeze_card", "transfer_money"))
def set_card_limit(scene: Scene) -> None:
    """A card with another limit."""
    card, limit = scene.deck.one(scene.state["banking"]["cards"])["last4"], scene.deck.whole(100, 3_000, 50)
    scene.user(
        (
            "Set the daily limit of my card ending in {card} to {limit}.",
            "The card that ends in {card} should allow {limit} a day.",
            "I want to be able to pay {limit} a day with the card {card} (last four digits).",
        ),
        card=card,
        limit=say_euros(scene.deck, limit),
    )
    scene.call("set_card_limit", last4=card, daily_limit=limit)


@REQUESTS.about("banking", exactly=("list_payments", "transfer_money", "move_between_accounts", "freeze_card"))
def list_payments(scene: Scene) -> None:
    """Payments since a day, or to somebody."""
    if scene.deck.one((True, False)):
        since: date = scene.today - timedelta(days=scene.deck.whole(5, 20))
        scene.user(
            (
                "Which payments left my checking account since {since}?",
                "List everything that was paid from the checking account from {since} on.",
                "Show me the payments of my checking account, starting with {since}.",
            ),
            since=f"{since.day} {MONTHS[since.month - 1]}",
        )
        scene.call("list_payments", account="checking", since=since.isoformat())
        return
    merchant = scene.deck.one(scene.state["banking"]["payments"])["to"]
    scene.user(
        (
            "What did I pay to {merchant} from my checking account?",
            "Show me the payments to {merchant} out of the checking account.",
            "How much went from my checking account to {merchant}, and when?",
        ),
        merchant=merchant,
    )
    scene.call("list_payments", account="checking", recipient=merchant)


@REQUESTS.about("home")
def light_on(scene: Scene) -> None:
    """Light of some brightness and colour."""
    room, level, colour = scene.deck.one(home.ROOMS), scene.deck.whole(10, 90, 5), scene.deck.one(("neutral", "cold"))
    scene.user(
        (
            "Switch on the light in the {room}, {level} percent, {colour}.",
            "I would like {colour} light at {level} percent in the {room}.",
            "Light on in the {room}, please: {colour}, brightness {level} percent.",
            "Make the light in the {room} {colour} and set it to {level} percent.",
        ),
        room=room,
        level=level,
        colour=colour,
    )
    scene.call("set_light", room=room, on=True, brightness=level, colour=colour)


@REQUESTS.about("home")
def light_off(scene: Scene) -> None:
    """Darkness."""
    room = scene.deck.one(home.ROOMS)
    scene.user(
        (
            "Turn off the light in the {room}.",
            "Nobody is in the {room}; switch the light off there.",
            "Lights out in the {room}, please.",
            "The light in the {room} can go off.",
        ),
        room=room,
    )
    scene.call("set_light", room=room, on=False)


@REQUESTS.about("home")
def set_temperature(scene: Scene) -> None:
    """Heating to a temperature."""
    room, temperature = scene.deck.one(home.ROOMS), scene.deck.whole(32, 49) / 2
    scene.user(
        (
            "Heat the {room} to {temperature} degrees.",
            "Set the heating in the {room} to {temperature} °C.",
            "I want {temperature} degrees in the {room}.",
            "Please keep the {room} at {temperature} degrees.",
        ),
        room=room,
        temperature=f"{temperature:g}",
    )
    scene.call("set_temperature", room=room, temperature=temperature)


@REQUESTS.about("home")
def set_blinds(scene: Scene) -> None:
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
def set_lock(scene: Scene) -> None:
    """A door."""
    door, locked = scene.deck.one(home.DOORS), scene.deck.one((True, False))
    scene.user(
        (
            "{verb} the {door}.",
            "Please {verb} the {door} for me.",
            "Could you {verb} the {door}?",
        ),
        verb="lock" if locked else "unlock",
        door=door,
    )
    scene.call("set_lock", door=door, locked=locked)


@REQUESTS.about("home")
def start_cleaning(scene: Scene) -> None:
    """The robot in some rooms."""
    rooms = scene.deck.some(home.ROOMS, scene.deck.whole(1, 3))
    mode, verb = scene.deck.one((("vacuum", "vacuum"), ("mop", "mop"), ("both", "vacuum and mop")))
    scene.user(
        (
            "Have the robot {verb} the {rooms}.",
            "Send the robot out to {verb} the {rooms}.",
            "The {rooms} could do with a clean: let the robot {verb} there.",
        ),
        verb=verb,
        rooms=listed(rooms),
    )
    scene.call("start_cleaning", rooms=rooms, mode=mode)


@REQUESTS.about("home")
def create_routine(scene: Scene) -> None:
    """Several steps on some days."""
    name = scene.deck.deal(("Wake up", "Good night", "Movie time", "Away", "Reading hour", "Siesta"))
    days = sorted(scene.deck.some(WEEKDAYS, 2), key=WEEKDAYS.index)
    time, steps, said = scene.time(6, 22), [], []
    for device in scene.deck.some(tuple(DEVICES), 2):
        phrase, values = DEVICES[device]
        steps.append({"device": device, "room": scene.deck.one(home.ROOMS), "value": scene.deck.one(values)})
        said.append(phrase.format(**steps[-1]))
    scene.user(
        (
            'Set up a routine "{name}" for {days} at {time}: first {first}, then {second}.',
            'I want a routine called "{name}". On {days}, at {time}, {first}; after that {second}.',
            'New routine "{name}", {days}, {time}. Step one: {first}. Step two: {second}.',
        ),
        name=name,
        days=listed(days),
        time=time.words,
        first=said[0],
        second=said[1],
    )
    scene.call("create_routine", name=name, trigger={"time": time.iso, "days": days}, steps=steps)


@REQUESTS.about("shop", exactly=("get_order", "cancel_order", "return_item", "place_order"))
def get_order(scene: Scene) -> None:
    """How an order is doing."""
    order = scene.deck.one(scene.state["shop"]["orders"])["id"]
    scene.user(
        (
            "What has become of my order {order}?",
            "Where is order {order} at the moment?",
            "Tell me the state of order {order}.",
            "Has {order} been shipped yet? That is my order.",
        ),
        order=order,
    )
    scene.call("get_order", order_id=order)


@REQUESTS.about("shop", exactly=("add_to_cart", "change_quantity", "remove_from_cart", "place_order"))
def add_to_cart(scene: Scene) -> None:
    """A known product, wrapped or not."""
    product, count = scene.deck.one(scene.state["shop"]["products"])["id"], scene.deck.whole(2, 6)
    wrapped = scene.deck.one((True, False))
    scene.user(
        (
            "Put {count} of product {product} into my cart{wrapped}.",
            "I would like {count} pieces of {product} in the cart{wrapped}.",
            "Add article {product} to my cart, {count} of it{wrapped}.",
        ),
        product=product,
        count=COUNTS[count],
        wrapped=", wrapped as a present" if wrapped else "",
    )
    scene.call("add_to_cart", product_id=product, quantity=count, gift_wrap=wrapped)


@REQUESTS.about("shop", exactly=("return_item", "cancel_order", "add_to_cart", "place_order"))
def return_item(scene: Scene) -> None:
    """Something that goes back."""
    order = scene.deck.one([row for row in scene.state["shop"]["orders"] if row["status"] == "delivered"])
    item, reason = scene.deck.one(order["items"]), scene.deck.deal(shop.REASONS)
    scene.user(
        (
            "I want to send back the {name} ({item}) from order {order}: {reason}.",
            "Please return product {item} of my delivered order {order}, because {reason}.",
            "The {name}, {item}, in order {order} has to go back; {reason}.",
        ),
        name=item["name"],
        item=item["product_id"],
        order=order["id"],
        reason=REASONS[reason],
    )
    scene.call("return_item", order_id=order["id"], product_id=item["product_id"], reason=reason)


@REQUESTS.about("shop", exactly=("cancel_order", "return_item", "place_order", "add_to_cart"))
def cancel_order(scene: Scene) -> None:
    """An order that was not sent yet."""
    scene.user(
        (
            "Cancel my order {order}; it is still in processing.",
            "I ordered {order} by mistake. Cancel it before it is shipped.",
            "Please stop order {order}. It has not left the warehouse yet, so cancel it.",
        ),
        order="O-103",
    )
    scene.call("cancel_order", order_id="O-103")


@REQUESTS.about("shop", exactly=("search_products", "get_order", "view_cart", "place_order"))
def search_products(scene: Scene) -> None:
    """Products up to a price."""
    product, price = scene.deck.one(scene.state["shop"]["products"]), scene.deck.whole(40, 120, 5)
    kind = product["name"].partition(" ")[2]
    scene.user(
        (
            'Search the shop for "{kind}" up to {price}.',
            'What does the shop have under "{kind}" for {price} at most?',
            'Look for "{kind}" in the shop. I do not want to spend more than {price}.',
        ),
        kind=kind,
        price=say_euros(scene.deck, price),
    )
    scene.call("search_products", query=kind, max_price=price)


@REQUESTS.about("tickets")
def create_ticket(scene: Scene) -> None:
    """A new problem."""
    title, component = scene.deck.deal(NEW_PROBLEMS), scene.deck.one(tickets.COMPONENTS)
    priority, labels = scene.deck.one(("low", "high", "urgent")), scene.deck.some(tickets.LABELS, 2)
    scene.user(
        (
            'Open a ticket "{title}" for the component {component}, priority {priority}, labels {labels}.',
            'File this under {component} with {priority} priority: "{title}". Label it {labels}.',
            'We need a ticket in {component}, priority {priority}, called "{title}" and labelled {labels}.',
        ),
        title=title,
        component=component,
        priority=priority,
        labels=listed(labels),
    )
    scene.call("create_ticket", title=title, component=component, priority=priority, labels=labels)


def _ticket(scene: Scene) -> str:
    return str(scene.deck.one(scene.state["tickets"]["tickets"])["id"])


@REQUESTS.about("tickets", exactly=("set_priority", "assign_ticket", "add_comment", "close_ticket"))
def set_priority(scene: Scene) -> None:
    """A ticket that matters more, or less."""
    ticket, priority = _ticket(scene), scene.deck.deal(tickets.PRIORITIES)
    scene.user(
        (
            "Set the priority of {ticket} to {priority}.",
            "Ticket {ticket} should have the priority {priority}.",
            "Please make {ticket} {priority}; I mean its priority.",
        ),
        ticket=ticket,
        priority=priority,
    )
    scene.call("set_priority", ticket_id=ticket, priority=priority)


@REQUESTS.about("tickets", exactly=("assign_ticket", "set_priority", "add_comment", "close_ticket"))
def assign_ticket(scene: Scene) -> None:
    """A ticket for somebody."""
    ticket, member = _ticket(scene), scene.deck.one(scene.state["tickets"]["team"])
    scene.user(
        (
            "Give ticket {ticket} to {member}.",
            "Let {member} take care of ticket {ticket}: assign it.",
            "Please assign {ticket} to {member}.",
            "From now on {member} works on {ticket}. Update the ticket.",
        ),
        ticket=ticket,
        member=member,
    )
    scene.call("assign_ticket", ticket_id=ticket, assignee=member)


@REQUESTS.about("tickets", exactly=("add_comment", "set_priority", "assign_ticket", "close_ticket"))
def add_comment(scene: Scene) -> None:
    """A remark, for all or for the team."""
    ticket, remark, internal = _ticket(scene), scene.deck.deal(REMARKS), scene.deck.one((True, False))
    scene.user(
        (
            'Write under ticket {ticket}{how}: "{remark}"',
            'Add a comment to {ticket}{how}. It says: "{remark}"',
            'Please comment on ticket {ticket}{how}: "{remark}"',
        ),
        ticket=ticket,
        remark=remark,
        how=", not visible to customers" if internal else "",
    )
    scene.call("add_comment", ticket_id=ticket, text=remark, internal=internal)


@REQUESTS.about("tickets", exactly=("close_ticket", "assign_ticket", "set_priority", "add_comment"))
def close_ticket(scene: Scene) -> None:
    """A ticket that is done with."""
    ticket, resolution = _ticket(scene), scene.deck.deal(tickets.RESOLUTIONS)
    scene.user(
        (
            "Close ticket {ticket}: {why}.",
            "Ticket {ticket} can be closed, since {why}.",
            "Please close {ticket}. The reason is that {why}.",
        ),
        ticket=ticket,
        why=RESOLUTIONS[resolution],
    )
    scene.call("close_ticket", ticket_id=ticket, resolution=resolution)


@REQUESTS.about("tickets", exactly=("search_tickets", "create_ticket", "assign_ticket", "close_ticket"))
def search_tickets(scene: Scene) -> None:
    """Open tickets of a kind."""
    ticket = scene.deck.one(scene.state["tickets"]["tickets"])
    scene.user(
        (
            "Which open {component} tickets have the priority {priority}?",
            "List the open tickets of the component {component} with {priority} priority.",
            "Show me what is open in {component} at {priority} priority.",
        ),
        component=ticket["component"],
        priority=ticket["priority"],
    )
    scene.call("search_tickets", component=ticket["component"], priority=ticket["priority"])


@REQUESTS.about("messages", exactly=("send_email", "reply_to_message", "forward_message", "send_text"))
def send_email(scene: Scene) -> None:
    """An e-mail, word by word."""
    person, other = people(scene.deck, 2)
    subject, body = scene.deck.deal(SUBJECT_LINES), scene.deck.deal(ANSWERS)
    scene.user(
        (
            'Write an e-mail to {to} with the subject "{subject}" and this text: "{body}" {other} gets a copy.',
            'E-mail {to}, copy to {other}. Subject: "{subject}". Text: "{body}"',
            'Send "{body}" by e-mail to {to} and in copy to {other}; the subject is "{subject}".',
        ),
        to=person.email,
        other=other.email,
        subject=subject,
        body=body,
    )
    scene.call("send_email", to=[person.email], subject=subject, body=body, cc=[other.email])


@REQUESTS.about("messages", exactly=("send_text", "send_email", "reply_to_message", "forward_message"))
def send_text(scene: Scene) -> None:
    """A text message, word by word."""
    phone, body = scene.deck.one(scene.state["messages"]["contacts"])["phone"], scene.deck.deal(ANSWERS)
    scene.user(
        (
            'Text this to {phone}: "{body}"',
            'Send a text message to {phone} that says "{body}"',
            'The number is {phone}. Send it the message "{body}"',
        ),
        phone=phone,
        body=body,
    )
    scene.call("send_text", phone=phone, text=body)


def _message(scene: Scene) -> str:
    return str(scene.deck.one(scene.state["messages"]["inbox"])["id"])


@REQUESTS.about("messages", exactly=("reply_to_message", "forward_message", "send_email", "move_message"))
def reply_to_message(scene: Scene) -> None:
    """An answer, word by word."""
    message, body = _message(scene), scene.deck.deal(ANSWERS)
    scene.user(
        (
            'Answer message {message} with "{body}"',
            'Reply to {message}: "{body}"',
            'My answer to message {message} is "{body}" Please send it.',
        ),
        message=message,
        body=body,
    )
    scene.call("reply_to_message", message_id=message, text=body)


@REQUESTS.about("messages", exactly=("mark_as_read", "move_message", "delete_message", "forward_message"))
def mark_as_read(scene: Scene) -> None:
    """Messages that were seen."""
    messages = sorted(row["id"] for row in scene.deck.some(scene.state["messages"]["inbox"], 2))
    scene.user(
        (
            "Mark the messages {messages} as read.",
            "I have seen {messages}; mark them as read.",
            "The messages {messages} should no longer show as unread.",
        ),
        messages=listed(messages),
    )
    scene.call("mark_as_read", message_ids=messages)


@REQUESTS.about("messages", exactly=("move_message", "delete_message", "forward_message", "reply_to_message"))
def move_message(scene: Scene) -> None:
    """A message for a folder."""
    message, folder = _message(scene), scene.deck.deal(MAIL_FOLDERS)
    scene.user(
        (
            "Move message {message} to the folder {folder}.",
            "File {message} under {folder}, please. It is in my inbox.",
            "Message {message} belongs in {folder}. Put it there.",
        ),
        message=message,
        folder=folder,
    )
    scene.call("move_message", message_id=message, folder=folder)


@REQUESTS.about("messages", exactly=("forward_message", "reply_to_message", "send_email", "move_message"))
def forward_message(scene: Scene) -> None:
    """A message for others."""
    message, guests = _message(scene), [person.email for person in people(scene.deck, scene.deck.whole(1, 2))]
    scene.user(
        (
            "Forward message {message} to {guests}.",
            "Please pass {message} on to {guests}; it is a message in my inbox.",
            "Let {guests} have message {message}: forward it.",
        ),
        message=message,
        guests=listed(guests),
    )
    scene.call("forward_message", message_id=message, to=guests)


def _city(scene: Scene) -> str:
    return str(scene.deck.one(scene.state["weather"]["forecasts"])["city"])


@REQUESTS.about("weather")
def get_current_weather(scene: Scene) -> None:
    """The weather now."""
    city = _city(scene)
    scene.user(
        (
            "What is the weather like in {city} right now?",
            "How is the weather in {city} at the moment?",
            "Tell me the current temperature in {city}.",
            "Is it raining in {city} just now?",
        ),
        city=city,
    )
    scene.call("get_current_weather", city=city)


@REQUESTS.about("weather")
def get_forecast(scene: Scene) -> None:
    """The weather of a day to come."""
    city, day = _city(scene), scene.day(1, 6)
    scene.user(
        (
            "Will it rain in {city} {day.on}?",
            "What will the weather be in {city} {day.on}?",
            "I will be in {city} {day.on}. Do I need an umbrella?",
            "How warm will it get in {city} {day.on}?",
        ),
        city=city,
        day=day,
    )
    scene.call("get_forecast", city=city, date=day.iso)


@REQUESTS.about("weather")
def convert_units(scene: Scene) -> None:
    """A quantity in another unit."""
    kind = scene.deck.one(sorted({kind for kind, _ in UNITS.values()}))
    source, target = scene.deck.some([unit for unit, (each, _) in UNITS.items() if each == kind], 2)
    value = scene.deck.whole(3, 950)
    scene.user(
        (
            "How many {target} are {value} {source}?",
            "Convert {value} {source} to {target}.",
            "Give me {value} {source} in {target}.",
        ),
        value=value,
        source=SAID_UNITS[source],
        target=SAID_UNITS[target],
    )
    scene.call("convert_units", value=value, from_unit=source, to_unit=target)


@REQUESTS.about("weather")
def convert_currency(scene: Scene) -> None:
    """A sum in other money."""
    source, target = scene.deck.some(tuple(RATES), 2)
    amount = scene.deck.whole(15, 4_800)
    scene.user(
        (
            "How much is {amount} {source} in {target}?",
            "Convert {amount} {source} into {target} for me.",
            "What would {amount} {source} be worth in {target} today?",
            "I have {amount} {source}. How many {target} do I get?",
        ),
        amount=amount,
        source=SAID_MONEY[source],
        target=SAID_MONEY[target],
    )
    scene.call("convert_currency", amount=amount, from_currency=source, to_currency=target)


def _playlist(scene: Scene) -> str:
    return str(scene.deck.one(scene.state["music"]["playlists"])["name"])


@REQUESTS.about("music", exactly=("play_playlist", "play_track", "create_playlist", "set_volume", "stop_music"))
def play_playlist(scene: Scene) -> None:
    """A playlist, mixed or not."""
    playlist, shuffle = _playlist(scene), scene.deck.one((True, False))
    scene.user(
        (
            'Play my playlist "{playlist}"{how}.',
            'Put on "{playlist}", one of my playlists{how}.',
            'I want to hear the playlist "{playlist}"{how}.',
        ),
        playlist=playlist,
        how=" in shuffled order" if shuffle else "",
    )
    scene.call("play_playlist", playlist=playlist, shuffle=shuffle)


@REQUESTS.about("music")
def set_volume(scene: Scene) -> None:
    """Louder or softer."""
    level = scene.deck.whole(5, 95, 5)
    scene.user(
        (
            "Set the volume of the music to {level}.",
            "Volume {level}, please.",
            "The music should play at volume {level}.",
        ),
        level=level,
    )
    scene.call("set_volume", level=level)


@REQUESTS.about("music", exactly=("set_sleep_timer", "stop_music", "set_volume", "play_playlist"))
def set_sleep_timer(scene: Scene) -> None:
    """Music that ends on its own."""
    span = say_span(scene.deck)
    scene.user(
        (
            "Let the music stop on its own after {span}.",
            "I am falling asleep. The music should play for {span} more and then end.",
            "Set the sleep timer of the player to {span}.",
        ),
        span=span.words,
    )
    scene.call("set_sleep_timer", minutes=span.value)


@REQUESTS.about("music", exactly=("create_playlist", "play_playlist", "add_to_playlist", "delete_playlist"))
def create_playlist(scene: Scene) -> None:
    """A new playlist, for all or not."""
    name = scene.deck.deal(("Rainy days", "Garden party", "Slow cooking", "Long drive", "Workout", "Attic"))
    public = scene.deck.one((True, False))
    scene.user(
        (
            'Create a playlist called "{name}"{how}.',
            'I would like a new playlist, "{name}"{how}.',
            'Make an empty playlist with the name "{name}"{how}.',
        ),
        name=name,
        how=" that others can find" if public else "",
    )
    scene.call("create_playlist", name=name, public=public)


@REQUESTS.about("music", exactly=("delete_playlist", "create_playlist", "play_playlist", "stop_music"))
def delete_playlist(scene: Scene) -> None:
    """A playlist that goes."""
    playlist = _playlist(scene)
    scene.user(
        (
            'Delete my playlist "{playlist}".',
            'I never listen to the playlist "{playlist}". Please delete it.',
            'The playlist "{playlist}" can go.',
        ),
        playlist=playlist,
    )
    scene.call("delete_playlist", playlist=playlist)


@REQUESTS.about("dining", exactly=("search_restaurants", "list_reservations", "reserve_table", "cancel_reservation"))
def search_restaurants(scene: Scene) -> None:
    """Restaurants of a kind and rating."""
    city, cuisine = scene.deck.one(scene.state["dining"]["restaurants"])["city"], scene.deck.deal(CUISINES)
    rating = scene.deck.whole(12, 18) / 2
    scene.user(
        (
            "Find {cuisine} restaurants in {city} with a rating of {rating} or better.",
            "Where in {city} can I eat {cuisine} food? The rating should be at least {rating}.",
            "Show me {cuisine} restaurants in {city}, rated {rating} at the lowest.",
        ),
        city=city,
        cuisine=cuisine.title() if cuisine != "vegetarian" else cuisine,
        rating=f"{rating:g}",
    )
    scene.call("search_restaurants", city=city, cuisine=cuisine, min_rating=rating)


@REQUESTS.about("dining", exactly=("change_reservation", "cancel_reservation", "reserve_table", "search_restaurants"))
def change_reservation(scene: Scene) -> None:
    """A table for more, or elsewhere."""
    wish, name, value = scene.deck.deal(
        (
            ("we will be six", "guests", 6),
            ("we will be eight after all", "guests", 8),
            ("we would rather sit on the terrace", "seating", "terrace"),
        )
    )
    scene.user(
        (
            "Please change my reservation V-101: {wish}.",
            "About my reservation V-101: {wish}. Update it.",
            "Update reservation V-101; {wish}.",
        ),
        wish=wish,
    )
    scene.call("change_reservation", reservation_id="V-101", **{name: value})


@REQUESTS.about("dining", exactly=("cancel_reservation", "change_reservation", "reserve_table", "search_restaurants"))
def cancel_reservation(scene: Scene) -> None:
    """A table that is not needed."""
    scene.user(
        (
            "Cancel my reservation V-101.",
            "We cannot come. Please cancel the table reserved under V-101.",
            "Reservation V-101 is no longer needed; cancel it.",
        )
    )
    scene.call("cancel_reservation", reservation_id="V-101")

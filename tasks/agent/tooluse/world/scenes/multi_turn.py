"""Conversations of several turns: what comes later leans on what came before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..domains import home
from ..domains.files import folder_of
from ..domains.weather import RATES
from ..scene import Scene, Scripts, ScriptShelf, Ways
from ..words import COUNTS, FIRST_NAMES, Deck, people, say_euros, say_span
from .requests import ANSWERS, ERRANDS, NEW_PROBLEMS, NEW_TITLES, REMARKS, SAID_MONEY

PART = "multi_turn"
DIALOGUES = Scripts("multi_turn")

THANKS = (
    "Thank you, that was all.",
    "Perfect, thanks!",
    "Great. Nothing else for now.",
    "Thanks a lot, you have been a great help.",
    "That is it for today, thank you.",
)


def scenes(deck: Deck) -> Iterator[dict[str, Any]]:
    """Rows without end."""
    shelf = ScriptShelf(deck, PART, DIALOGUES)
    while True:
        yield shelf.scene()


@DIALOGUES.about("calendar")
def plan_again(scene: Scene, ways: Ways) -> None:
    """An event, the same on another day, and a correction of the second."""
    title, (first, second), time = scene.deck.deal(NEW_TITLES), scene.days(2), scene.time()
    spans = scene.deck.some((20, 30, 45, 75, 90, 120), 2)
    long, short = (say_span(scene.deck, (span,)) for span in spans)
    scene.user(ways[0], title=title, day=first, time=time.words, span=long.words)
    event = {"title": title, "start": time.iso, "duration_minutes": long.value}
    scene.call("create_event", date=first.iso, **event)
    scene.user(ways[1], day=second)
    made = scene.call("create_event", date=second.iso, **event)
    scene.user(ways[2], day=second, span=short.words)
    scene.call("update_event", event_id=made["id"], duration_minutes=short.value)


@DIALOGUES.about(
    "calendar", exactly=("create_event", "update_event", "add_attendee", "cancel_event", "create_reminder")
)
def event_bit_by_bit(scene: Scene, ways: Ways) -> None:
    """An event whose time and guest come later."""
    title, day, time, guest = scene.deck.deal(NEW_TITLES), scene.day(), scene.time(), scene.deck.one(FIRST_NAMES)
    scene.asks_back(ways[0], title=title, day=day)
    scene.user(ways[1], time=time.words)
    made = scene.call("create_event", title=title, date=day.iso, start=time.iso)
    scene.user(ways[2], guest=guest)
    scene.call("add_attendee", event_id=made["id"], name=guest)


@DIALOGUES.about("calendar")
def move_and_move_again(scene: Scene, ways: Ways) -> None:
    """A day's events, one of which moves to a day, no, to another."""
    event = scene.deck.one(scene.state["calendar"]["events"])
    day = scene.said(event["date"])
    first, second = scene.deck.shuffled(scene.days(2, 1, 8, but=event["date"]))
    scene.user(ways[0], day=day)
    scene.call("list_events", date=day.iso)
    scene.user(ways[1], title=event["title"], day=first)
    scene.call("update_event", event_id=event["id"], date=first.iso)
    scene.user(ways[2], day=second)
    scene.call("update_event", event_id=event["id"], date=second.iso)


@DIALOGUES.about("home")
def same_light_elsewhere(scene: Scene, ways: Ways) -> None:
    """A light, the same in another room, and the first one off again."""
    (first, second), level = scene.deck.some(home.ROOMS, 2), scene.deck.whole(15, 85, 5)
    colour = scene.deck.one(("cold", "neutral"))
    scene.user(ways[0], room=first, level=level, colour=colour)
    scene.call("set_light", room=first, on=True, brightness=level, colour=colour)
    scene.user(ways[1], room=second)
    scene.call("set_light", room=second, on=True, brightness=level, colour=colour)
    scene.user(ways[2], room=first)
    scene.call("set_light", room=first, on=False)


@DIALOGUES.about("home")
def a_little_warmer(scene: Scene, ways: Ways) -> None:
    """A temperature, and another by its difference."""
    room, degrees, more = scene.deck.one(home.ROOMS), scene.deck.whole(17, 22), scene.deck.one((0.5, 1, 1.5, 2))
    scene.user(ways[0], room=room, degrees=degrees)
    scene.call("set_temperature", room=room, temperature=degrees)
    way = scene.deck.one((1, -1))
    words = {0.5: "half a degree", 1: "one degree", 1.5: "one and a half degrees", 2: "two degrees"}[more]
    scene.user(ways[1], more=words, warmer="warmer" if way > 0 else "cooler")
    scene.call("set_temperature", room=room, temperature=degrees + way * more)
    scene.user(THANKS)


@DIALOGUES.about("home")
def doors(scene: Scene, ways: Ways) -> None:
    """Which doors are open, and closing those; then one of them again."""
    unlocked = scene.deck.some(home.DOORS, 2)
    for row in scene.state["home"]["doors"]:
        row["locked"] = row["door"] not in unlocked
    scene.user(ways[0])
    scene.call("get_door_status")
    scene.user(ways[1])
    scene.call("set_lock", door=unlocked[0], locked=True)
    scene.also("set_lock", door=unlocked[1], locked=True)
    scene.user(ways[2], door=unlocked[0])
    scene.call("set_lock", door=unlocked[0], locked=False)


@DIALOGUES.about(
    "banking", exactly=("transfer_money", "move_between_accounts", "create_standing_order", "list_accounts")
)
def same_amount(scene: Scene, ways: Ways) -> None:
    """A transfer without its amount; the amount; the same for somebody else."""
    first, second = (row["name"] for row in scene.deck.some(scene.state["banking"]["payees"], 2))
    amount = scene.deck.whole(8, 240)
    scene.asks_back(ways[0], payee=first)
    scene.user(ways[1], amount=say_euros(scene.deck, amount))
    scene.call("transfer_money", payee=first, amount=amount)
    scene.user(ways[2], payee=second)
    scene.call("transfer_money", payee=second, amount=amount)


@DIALOGUES.about("banking")
def card_lost_and_found(scene: Scene, ways: Ways) -> None:
    """A card by its kind: frozen, released, and with a lower limit."""
    kind, limit = scene.deck.one(("credit", "travel")), scene.deck.whole(100, 450, 50)
    card = next(row["last4"] for row in scene.state["banking"]["cards"] if row["kind"] == kind)
    scene.user(ways[0])
    scene.call("list_cards")
    scene.user(ways[1], kind=kind)
    scene.call("freeze_card", last4=card)
    scene.user(ways[2], limit=say_euros(scene.deck, limit))
    scene.call("unfreeze_card", last4=card)
    scene.also("set_card_limit", last4=card, daily_limit=limit)


@DIALOGUES.about("banking")
def rather_once(scene: Scene, ways: Ways) -> None:
    """A standing order that is taken back in favour of one transfer."""
    payee, day = scene.deck.one(scene.state["banking"]["payees"])["name"], scene.day(2, 25)
    amount = scene.deck.whole(15, 400, 5)
    scene.user(ways[0], amount=say_euros(scene.deck, amount), payee=payee, day=day)
    order = {"payee": payee, "amount": amount, "interval": "monthly", "first_date": day.iso}
    made = scene.call("create_standing_order", **order)
    scene.user(ways[1])
    scene.call("cancel_standing_order", standing_order_id=made["id"])
    scene.user(ways[2])
    scene.call("transfer_money", payee=payee, amount=amount)


@DIALOGUES.about(
    "shop", exactly=("search_products", "add_to_cart", "change_quantity", "place_order", "remove_from_cart")
)
def from_search_to_order(scene: Scene, ways: Ways) -> None:
    """A search, the cheapest into the cart, more of it, and the order."""
    kind = scene.deck.one(scene.state["shop"]["products"])["name"].partition(" ")[2]
    count, more = scene.deck.some((2, 3, 4), 2)
    place, shipping = scene.deck.one(("home", "office")), scene.deck.one(("express", "standard"))
    scene.user(ways[0], kind=kind)
    found = scene.call("search_products", query=kind)
    cheapest = min(found, key=lambda row: float(row["price"]))["id"]
    scene.user(ways[1], count=COUNTS[count])
    scene.call("add_to_cart", product_id=cheapest, quantity=count)
    scene.user(ways[2], count=COUNTS[more])
    scene.call("change_quantity", product_id=cheapest, quantity=more)
    scene.user(ways[3], place=place, shipping=shipping)
    scene.call("place_order", address=place, shipping=shipping)


@DIALOGUES.about("shop", exactly=("list_orders", "cancel_order", "return_item", "place_order", "add_to_cart"))
def orders(scene: Scene, ways: Ways) -> None:
    """All orders; one is cancelled by its state, an item of another goes back."""
    order = scene.state["shop"]["orders"][scene.deck.one((0, 3))]
    item = scene.deck.one(order["items"])
    scene.user(ways[0])
    scene.call("list_orders")
    scene.user(ways[1])
    scene.call("cancel_order", order_id="O-103")
    scene.user(ways[2], name=item["name"], order=order["id"])
    scene.call("return_item", order_id=order["id"], product_id=item["product_id"], reason="damaged")
    scene.user(THANKS)


@DIALOGUES.about("travel")
def train_and_class(scene: Scene, ways: Ways) -> None:
    """Trains, seats on one of them, and a better class."""
    train, day = scene.deck.one(scene.state["travel"]["trains"]), scene.day()
    route, count = {"origin": train["origin"], "destination": train["destination"]}, scene.deck.whole(2, 4)
    scene.user(ways[0], **route, day=day)
    found = scene.call("search_trains", **route, date=day.iso)
    which = scene.deck.deal(("the cheapest one", "the first one of the day", "the last one of the day"))
    cheapest = min(found, key=lambda row: float(row["price"]))
    train = {"the cheapest one": cheapest, "the first one of the day": found[0]}.get(which, found[-1])
    scene.user(ways[1], which=which, count=COUNTS[count])
    made = scene.call("book_train", train_id=train["id"], date=day.iso, passengers=count)
    scene.user(ways[2])
    scene.call("change_train_booking", booking_id=made["id"], travel_class="first")


@DIALOGUES.about("travel")
def hotel_after_all_not(scene: Scene, ways: Ways) -> None:
    """Hotels, a room in the best, and its cancellation."""
    city, day, nights = scene.deck.one(scene.state["travel"]["hotels"])["city"], scene.day(), scene.deck.whole(2, 6)
    scene.user(ways[0], city=city)
    found = scene.call("search_hotels", city=city)
    best = max(found, key=lambda row: float(row["rating"]))["id"]
    scene.user(ways[1], nights=COUNTS[nights], day=day)
    made = scene.call("book_hotel", hotel_id=best, check_in=day.iso, nights=nights, guests=2)
    scene.user(ways[2])
    scene.call("cancel_booking", booking_id=made["id"])


@DIALOGUES.about("tickets")
def oldest_ticket(scene: Scene, ways: Ways) -> None:
    """Tickets of a component; the oldest is handed over and raised."""
    component = scene.deck.one(scene.state["tickets"]["tickets"])["component"]
    scene.user(ways[0], component=component)
    found = scene.call("search_tickets", component=component)
    oldest = min(found, key=lambda row: str(row["created"]))
    member = scene.deck.one([name for name in scene.state["tickets"]["team"] if name != oldest["assignee"]])
    priority = scene.deck.one([each for each in ("low", "high", "urgent") if each != oldest["priority"]])
    scene.user(ways[1], member=member)
    scene.call("assign_ticket", ticket_id=oldest["id"], assignee=member)
    scene.user(ways[2], priority=priority)
    scene.call("set_priority", ticket_id=oldest["id"], priority=priority)


@DIALOGUES.about("tickets")
def closed_too_early(scene: Scene, ways: Ways) -> None:
    """A new ticket, a comment under it, closed, and opened again."""
    title, remark = scene.deck.deal(NEW_PROBLEMS), scene.deck.deal(REMARKS)
    component = scene.deck.one(("web", "mobile", "billing"))
    scene.user(ways[0], component=component, title=title)
    made = scene.call("create_ticket", title=title, component=component)
    scene.user(ways[1], remark=remark)
    scene.call("add_comment", ticket_id=made["id"], text=remark)
    scene.user(ways[2])
    scene.call("close_ticket", ticket_id=made["id"], resolution="duplicate")
    scene.user(ways[3])
    scene.call("reopen_ticket", ticket_id=made["id"])


@DIALOGUES.about("messages")
def answer_and_file(scene: Scene, ways: Ways) -> None:
    """A message of somebody, an answer, a folder for it."""
    message, body = scene.deck.one(scene.state["messages"]["inbox"]), scene.deck.deal(ANSWERS)
    folder = scene.deck.one(("archive", "family", "work"))
    scene.user(ways[0], sender=message["sender"])
    scene.call("list_messages", sender=message["sender"])
    scene.user(ways[1], body=body)
    scene.call("reply_to_message", message_id=message["id"], text=body)
    scene.user(ways[2], folder=folder)
    scene.call("move_message", message_id=message["id"], folder=folder)


@DIALOGUES.about("messages", exactly=("find_contact", "send_text", "send_email", "list_messages", "mark_as_read"))
def same_text(scene: Scene, ways: Ways) -> None:
    """A phone number, a text to it, and the same text to somebody else."""
    (first, second), body = scene.deck.some(scene.state["messages"]["contacts"], 2), scene.deck.deal(ANSWERS)
    scene.user(ways[0], name=first["name"])
    scene.call("find_contact", name=first["name"])
    scene.user(ways[1], body=body)
    scene.call("send_text", phone=first["phone"], text=body)
    scene.user(ways[2], name=second["name"])
    found = scene.look("find_contact", name=second["name"])
    scene.call("send_text", phone=found[0]["phone"], text=body)


@DIALOGUES.about("files", exactly=("list_folder", "move_file", "rename_file", "copy_file", "delete_file"))
def there_and_back(scene: Scene, ways: Ways) -> None:
    """A folder, its largest file moved away, and back again."""
    files = scene.state["files"]["files"]
    folder = scene.deck.one(sorted({folder_of(file["path"]) for file in files}))
    scene.user(ways[0], folder=folder)
    found = scene.call("list_folder", path=folder)["files"]
    path = max(found, key=lambda file: int(file["size_kb"]))["path"]
    scene.user(ways[1])
    moved = scene.call("move_file", path=path, to_folder="/Archive")
    scene.user(ways[2])
    scene.call("move_file", path=moved["path"], to_folder=folder)


@DIALOGUES.about("files", exactly=("rename_file", "share_file", "copy_file", "move_file", "delete_file"))
def name_comes_later(scene: Scene, ways: Ways) -> None:
    """A file that gets a name, once it is said, and readers."""
    path = scene.deck.one(scene.state["files"]["files"])["path"]
    name = f"{scene.deck.one(('version', 'copy', 'revised'))}_{scene.deck.whole(2, 60)}.{path.rpartition('.')[2]}"
    [person] = people(scene.deck, 1)
    scene.asks_back(ways[0], path=path)
    scene.user(ways[1], name=name)
    renamed = scene.call("rename_file", path=path, new_name=name)
    scene.user(ways[2], email=person.email)
    scene.call("share_file", path=renamed["path"], emails=[person.email], permission="edit")


@DIALOGUES.about("weather")
def and_there(scene: Scene, ways: Ways) -> None:
    """A forecast, for the next question another day, then another city."""
    known = sorted({row["city"] for row in scene.state["weather"]["forecasts"]})
    (here, there), (first, second) = scene.deck.some(known, 2), scene.days(2, 1, 6)
    scene.user(ways[0], city=here, day=first)
    scene.call("get_forecast", city=here, date=first.iso)
    scene.user(ways[1], day=second)
    scene.call("get_forecast", city=here, date=second.iso)
    scene.user(ways[2], city=there)
    scene.call("get_forecast", city=there, date=second.iso)
    scene.user(THANKS)


@DIALOGUES.about("weather")
def and_in_other_money(scene: Scene, ways: Ways) -> None:
    """A sum in one currency, then in another, then another sum."""
    source, first, second = scene.deck.some(tuple(RATES), 3)
    amount, other = scene.deck.some(range(30, 4_000), 2)
    scene.user(ways[0], amount=amount, source=SAID_MONEY[source], target=SAID_MONEY[first])
    scene.call("convert_currency", amount=amount, from_currency=source, to_currency=first)
    scene.user(ways[1], target=SAID_MONEY[second])
    scene.call("convert_currency", amount=amount, from_currency=source, to_currency=second)
    scene.user(ways[2], amount=other, source=SAID_MONEY[source], target=SAID_MONEY[second])
    scene.call("convert_currency", amount=other, from_currency=source, to_currency=second)


@DIALOGUES.about(
    "music", exactly=("create_playlist", "search_tracks", "add_to_playlist", "play_playlist", "delete_playlist")
)
def new_playlist(scene: Scene, ways: Ways) -> None:
    """A playlist, a track by its title, and playing it."""
    track = scene.deck.one(scene.state["music"]["tracks"])
    name = scene.deck.deal(("Kitchen radio", "Late hours", "Train window", "Birthday", "Spring", "Ironing"))
    scene.user(ways[0], name=name)
    scene.call("create_playlist", name=name)
    scene.user(ways[1], title=track["title"], artist=track["artist"])
    found = scene.look("search_tracks", title=track["title"])
    scene.call("add_to_playlist", playlist=name, track_ids=[found[0]["id"]])
    scene.user(ways[2])
    scene.call("play_playlist", playlist=name)


@DIALOGUES.about("music")
def softer(scene: Scene, ways: Ways) -> None:
    """A playlist, the volume, the volume again by its difference, and an end."""
    playlist = scene.deck.one(scene.state["music"]["playlists"])["name"]
    level, span, less = scene.deck.whole(40, 80, 5), say_span(scene.deck), scene.deck.one((5, 10, 15))
    scene.user(ways[0], playlist=playlist, level=level)
    scene.call("play_playlist", playlist=playlist)
    scene.also("set_volume", level=level)
    scene.user(ways[1], less=less)
    scene.call("set_volume", level=level - less)
    scene.user(ways[2], span=span.words)
    scene.call("set_sleep_timer", minutes=span.value)


@DIALOGUES.about("dining")
def table_for_more(scene: Scene, ways: Ways) -> None:
    """Restaurants, free tables at the best, a reservation, and one guest more."""
    city, cuisine = (scene.state["dining"]["restaurants"][0][name] for name in ("city", "cuisine"))
    day, guests = scene.day(), scene.deck.whole(2, 5)
    food = cuisine if cuisine == "vegetarian" else cuisine.title()
    scene.user(ways[0], food=food, city=city)
    found = scene.call("search_restaurants", city=city, cuisine=cuisine)
    best = max(found, key=lambda row: float(row["rating"]))["id"]
    scene.user(ways[1], guests=COUNTS[guests], day=day)
    times = scene.call("get_free_tables", restaurant_id=best, date=day.iso, guests=guests)["times"]
    which, time = scene.deck.one((("earliest", times[0]), ("latest", times[-1])))
    scene.user(ways[2], which=which)
    made = scene.call("reserve_table", restaurant_id=best, date=day.iso, time=time, guests=guests)
    scene.user(ways[3], guests=COUNTS[guests + 1])
    scene.call("change_reservation", reservation_id=made["id"], guests=guests + 1)


@DIALOGUES.about("calendar", "travel", exactly=("search_events", "search_trains", "book_train", "create_reminder"))
def train_to_an_event(scene: Scene, ways: Ways) -> None:
    """When something is, which trains go that day, and the first of them."""
    event, train = (
        scene.deck.one(scene.state[name][rows]) for name, rows in (("calendar", "events"), ("travel", "trains"))
    )
    route, errand = {"origin": train["origin"], "destination": train["destination"]}, scene.deck.deal(ERRANDS)
    scene.user(ways[0], title=event["title"])
    scene.call("search_events", query=event["title"])
    scene.user(ways[1], **route)
    found = scene.call("search_trains", **route, date=event["date"])
    scene.user(ways[2])
    scene.call("book_train", train_id=found[0]["id"], date=event["date"])
    scene.user(ways[3], errand=errand, time=found[0]["departure"])
    scene.call("create_reminder", text=errand, date=event["date"], time=found[0]["departure"])


@DIALOGUES.about("calendar", exactly=("create_reminder", "create_event", "list_events", "cancel_event"))
def no_tool_for_that(scene: Scene, ways: Ways) -> None:
    """A question in between, a reminder, and the same for another day."""
    errand, (first, second), time = scene.deck.deal(ERRANDS), scene.days(2), scene.time(7, 20)
    scene.user(ways[0])
    scene.user(ways[1], errand=errand, day=first, time=time.words)
    scene.call("create_reminder", text=errand, date=first.iso, time=time.iso)
    scene.user(ways[2], day=second)
    scene.call("create_reminder", text=errand, date=second.iso, time=time.iso)

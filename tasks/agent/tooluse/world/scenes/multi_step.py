"""One message of the user that takes several steps: what a call needs stands in the results of those before it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from ..domains import home, tickets
from ..domains.banking import COMPANIES
from ..scene import Scene, Scripts, ScriptShelf, Ways
from ..words import COUNTS, FIRST_NAMES, Deck, clock_of, minutes_of, people, say_euros, say_span
from .requests import ANSWERS, ERRANDS, NEW_TITLES, REASONS, RESOLUTIONS, SAID_MONEY

PART = "multi_step"
TASKS = Scripts("multi_step")
Row = dict[str, Any]


def scenes(deck: Deck) -> Iterator[dict[str, Any]]:
    """Rows without end."""
    shelf = ScriptShelf(deck, PART, TASKS)
    while True:
        yield shelf.scene()


def lowest(rows: list[Row], column: str) -> Row:
    """The row with the lowest value."""
    return min(rows, key=lambda row: row[column])


def highest(rows: list[Row], column: str) -> Row:
    """The row with the highest value."""
    return max(rows, key=lambda row: row[column])


def earlier(time: str, minutes: int) -> str:
    """A time of the day so many minutes before another."""
    return clock_of(minutes_of(time) - minutes)


def _route(scene: Scene) -> dict[str, str]:
    train = scene.deck.one(scene.state["travel"]["trains"])
    return {"origin": train["origin"], "destination": train["destination"]}


@TASKS.about("travel")
def cheapest_train(scene: Scene, ways: Ways) -> None:
    """Search, then book what costs least."""
    route, day, count = _route(scene), scene.day(), scene.deck.whole(2, 5)
    scene.user(ways[0], **route, day=day, count=COUNTS[count])
    found = scene.look("search_trains", **route, date=day.iso)
    scene.call("book_train", train_id=lowest(found, "price")["id"], date=day.iso, passengers=count)


@TASKS.about("travel")
def latest_train_in_time(scene: Scene, ways: Ways) -> None:
    """Search, then book the last one that is early enough."""
    route, day = _route(scene), scene.day()
    rows = [row for row in scene.state["travel"]["trains"] if {name: row[name] for name in route} == route]
    limit = scene.deck.one(rows[1:])["arrival"]
    scene.user(ways[0], **route, day=day, limit=limit)
    found = scene.look("search_trains", **route, date=day.iso)
    train = highest([row for row in found if row["arrival"] <= limit], "arrival")
    scene.call("book_train", train_id=train["id"], date=day.iso, travel_class="first")


@TASKS.about("travel")
def best_hotel_under_a_price(scene: Scene, ways: Ways) -> None:
    """Search within a price, then book the best."""
    hotels = scene.state["travel"]["hotels"]
    city, day, nights = scene.deck.one(hotels)["city"], scene.day(), scene.deck.whole(2, 5)
    limit = sorted(row["price_per_night"] for row in hotels if row["city"] == city)[scene.deck.one((1, 2))]
    scene.user(ways[0], city=city, limit=say_euros(scene.deck, limit), nights=COUNTS[nights], day=day)
    found = scene.look("search_hotels", city=city, max_price=limit)
    stay = {"check_in": day.iso, "nights": nights, "guests": 2, "breakfast": True}
    scene.call("book_hotel", hotel_id=highest(found, "rating")["id"], **stay)


@TASKS.about(
    "weather", "travel", exactly=("get_forecast", "search_hotels", "book_hotel", "search_trains", "book_train")
)
def where_it_is_warmer(scene: Scene, ways: Ways) -> None:
    """Two forecasts, then the hotels of the warmer city, then a room."""
    hotels, forecasts = scene.state["travel"]["hotels"], scene.state["weather"]["forecasts"]
    first, second = (hotels[place]["city"] for place in scene.deck.some((0, 4, 8), 2))
    names = dict(zip(sorted({row["city"] for row in forecasts}), (first, second), strict=False))
    scene.state["weather"]["forecasts"] = [
        {**row, "city": names[row["city"]]} for row in forecasts if row["city"] in names
    ]
    day, nights = scene.day(1, 6), scene.deck.whole(1, 4)
    scene.user(
        ways[0], first=first, second=second, day=day, nights="one night" if nights == 1 else f"{COUNTS[nights]} nights"
    )
    here = scene.look("get_forecast", city=first, date=day.iso)
    there = scene.look_also("get_forecast", city=second, date=day.iso)
    found = scene.look("search_hotels", city=highest([here, there], "high_celsius")["city"])
    cheapest = lowest(found, "price_per_night")["id"]
    scene.call("book_hotel", hotel_id=cheapest, check_in=day.iso, nights=nights, guests=2)


@TASKS.about("travel")
def cancel_the_hotel(scene: Scene, ways: Ways) -> None:
    """All bookings, then the cancellation of one by its kind."""
    kind = scene.deck.one(("hotel", "train"))
    booking = next(row["id"] for row in scene.state["travel"]["bookings"] if row["kind"] == kind)
    scene.user(ways[0], kind=kind)
    scene.look("list_bookings")
    scene.call("cancel_booking", booking_id=booking)


@TASKS.about("calendar")
def first_free_slot(scene: Scene, ways: Ways) -> None:
    """Free time, then an event at its start."""
    title, day, span = scene.deck.deal(NEW_TITLES), scene.day(1, 5), say_span(scene.deck, (30, 45, 60))
    scene.user(ways[0], title=title, day=day, span=f"{span.value} minutes")
    gaps = scene.look("find_free_time", date=day.iso, duration_minutes=span.value)
    scene.call("create_event", title=title, date=day.iso, start=gaps[0]["start"], duration_minutes=span.value)


@TASKS.about("calendar")
def reminder_before_an_event(scene: Scene, ways: Ways) -> None:
    """When an event is, then a reminder some time before it."""
    event, errand, span = (
        scene.deck.one(scene.state["calendar"]["events"]),
        scene.deck.deal(ERRANDS),
        say_span(scene.deck),
    )
    scene.user(ways[0], span=span.words, title=event["title"], errand=errand)
    found = scene.look("search_events", query=event["title"])[0]
    scene.call("create_reminder", text=errand, date=found["date"], time=earlier(found["start"], span.value))


@TASKS.about("calendar")
def move_into_a_gap(scene: Scene, ways: Ways) -> None:
    """An event's length, then free time of that length, then the move."""
    event = scene.deck.one(scene.state["calendar"]["events"])
    event["duration_minutes"] = scene.deck.one((30, 45, 60))
    [day] = scene.days(1, 1, 5, but=event["date"])
    scene.user(ways[0], title=event["title"], day=day)
    found = scene.look("search_events", query=event["title"])[0]
    gaps = scene.look("find_free_time", date=day.iso, duration_minutes=found["duration_minutes"])
    scene.call("update_event", event_id=found["id"], date=day.iso, start=gaps[0]["start"])


@TASKS.about("calendar", "weather", exactly=("get_forecast", "search_events", "cancel_event", "update_event"))
def only_if_it_rains(scene: Scene, ways: Ways) -> None:
    """A forecast decides whether an event is cancelled."""
    event, forecast = scene.deck.one(scene.state["calendar"]["events"]), scene.state["weather"]["forecasts"][0]
    day = scene.said(event["date"])
    event["title"] = scene.deck.deal(("Garden party", "Picnic", "Boat trip", "Open-air cinema", "Street market"))
    event["attendees"] = sorted(scene.deck.some(FIRST_NAMES, 2))
    scene.user(ways[0], city=forecast["city"], title=event["title"], day=day)
    rain = scene.call("get_forecast", city=forecast["city"], date=event["date"])["chance_of_rain"]
    if rain > 50:
        found = scene.look("search_events", query=event["title"])[0]
        scene.call("cancel_event", event_id=found["id"], notify_attendees=True)


@TASKS.about("calendar", "travel", exactly=("search_events", "search_trains", "book_train", "create_reminder"))
def train_to_an_event(scene: Scene, ways: Ways) -> None:
    """An event, the trains of that day, the last one in time, and a reminder before it leaves."""
    events, route = scene.state["calendar"]["events"], _route(scene)
    event = scene.deck.one(events)
    rows = [row for row in scene.state["travel"]["trains"] if {name: row[name] for name in route} == route]
    event["start"] = "{:02}:00".format(minutes_of(scene.deck.one(rows[1:3])["arrival"]) // 60 + 1)
    event["location"] = route["destination"]
    scene.user(ways[0], title=event["title"], **route)
    found = scene.look("search_events", query=event["title"])[0]
    trains = scene.look("search_trains", **route, date=found["date"])
    train = highest([row for row in trains if row["arrival"] < found["start"]], "arrival")
    scene.call("book_train", train_id=train["id"], date=found["date"])
    scene.call("create_reminder", text="pack", date=found["date"], time=earlier(train["departure"], 120))


@TASKS.about("files", "messages", exactly=("list_folder", "find_contact", "share_file", "send_email", "move_file"))
def share_the_latest(scene: Scene, ways: Ways) -> None:
    """The latest file of a folder, an address, and sharing."""
    folder, person = _full_folder(scene), scene.deck.one(scene.state["messages"]["contacts"])
    permission, verb = scene.deck.one((("comment", "comment on"), ("edit", "edit"), ("view", "view")))
    scene.user(ways[0], name=person["name"], verb=verb, folder=folder)
    files = scene.look("list_folder", path=folder)["files"]
    email = scene.look_also("find_contact", name=person["name"])[0]["email"]
    scene.call("share_file", path=highest(files, "modified")["path"], emails=[email], permission=permission)


def _full_folder(scene: Scene) -> str:
    """A folder with two files at least."""
    folders = [file["path"].rpartition("/")[0] for file in scene.state["files"]["files"]]
    return str(scene.deck.one(sorted({folder for folder in folders if folders.count(folder) > 1})))


@TASKS.about("files", exactly=("list_folder", "move_file", "delete_file", "copy_file", "rename_file", "create_folder"))
def clear_out(scene: Scene, ways: Ways) -> None:
    """A folder, and all of its files that are too large."""
    folder = _full_folder(scene)
    sizes = sorted(file["size_kb"] for file in scene.state["files"]["files"] if file["path"].startswith(folder))
    limit = (sizes[-2] - 1) // 10 * 10
    scene.user(ways[0], folder=folder, limit=limit)
    files = scene.look("list_folder", path=folder)["files"]
    large = [file["path"] for file in files if file["size_kb"] > limit]
    scene.call_each("move_file", [{"path": path, "to_folder": "/Archive"} for path in large])


@TASKS.about("files")
def find_and_rename(scene: Scene, ways: Ways) -> None:
    """A file by a word of its name, then another name."""
    path = scene.deck.one(scene.state["files"]["files"])["path"]
    word, ending = path.rpartition("/")[2].split(".")
    name = f"{scene.deck.one(('mine', 'best', 'latest', 'shared'))}_{scene.deck.whole(2, 40)}.{ending}"
    scene.user(ways[0], word=word, name=name)
    found = scene.look("search_files", name_contains=word)
    scene.call("rename_file", path=found[0]["path"], new_name=name)


@TASKS.about("files")
def smallest_for_good(scene: Scene, ways: Ways) -> None:
    """A folder, and the end of its smallest file."""
    folder = _full_folder(scene)
    scene.user(ways[0], folder=folder)
    files = scene.look("list_folder", path=folder)["files"]
    scene.call("delete_file", path=lowest(files, "size_kb")["path"], permanently=True)


def _friend(scene: Scene) -> str:
    """A payee who is a person."""
    return scene.deck.one(
        [str(row["name"]) for row in scene.state["banking"]["payees"] if row["name"] not in COMPANIES]
    )


@TASKS.about("banking")
def pay_half_back(scene: Scene, ways: Ways) -> None:
    """What was paid somewhere, then half of it for somebody."""
    payment = scene.deck.one(scene.state["banking"]["payments"])
    payment["amount"] = scene.deck.whole(9, 140) * 2 + scene.deck.one((0.5, 0.9, 0.24))
    payee = _friend(scene)
    scene.user(ways[0], payee=payee, shop=payment["to"])
    found = scene.look("list_payments", account="checking", recipient=payment["to"])
    scene.call("transfer_money", payee=payee, amount=round(found[0]["amount"] / 2, 2))


@TASKS.about("banking", "weather", exactly=("convert_currency", "transfer_money", "list_payees", "convert_units"))
def pay_in_other_money(scene: Scene, ways: Ways) -> None:
    """A sum in other money, then a transfer of its worth in euros."""
    payee, source = (
        scene.deck.one(scene.state["banking"]["payees"])["name"],
        scene.deck.one(("USD", "GBP", "CHF", "SEK")),
    )
    amount = scene.deck.whole(20, 900, 5)
    scene.user(ways[0], payee=payee, amount=amount, source=SAID_MONEY[source])
    found = scene.look("convert_currency", amount=amount, from_currency=source, to_currency="EUR")
    scene.call("transfer_money", payee=payee, amount=found["amount"])


@TASKS.about("banking")
def keep_some(scene: Scene, ways: Ways) -> None:
    """Balances, then the move of what is too much."""
    keep = scene.deck.whole(800, 2_500, 100)
    scene.user(ways[0], keep=say_euros(scene.deck, keep))
    found = scene.look("list_accounts")
    rest = round(next(row["balance"] for row in found if row["account"] == "checking") - keep, 2)
    scene.call("move_between_accounts", from_account="checking", to_account="savings", amount=rest)


@TASKS.about("banking")
def limit_of_a_kind(scene: Scene, ways: Ways) -> None:
    """The cards, then a limit for one by its kind."""
    kind, limit = scene.deck.one(("debit", "credit", "travel")), scene.deck.whole(150, 1_950, 100)
    scene.user(ways[0], kind=kind, limit=say_euros(scene.deck, limit))
    found = scene.look("list_cards")
    card = next(row["last4"] for row in found if row["kind"] == kind)
    scene.call("set_card_limit", last4=card, daily_limit=limit)


@TASKS.about("tickets")
def close_the_oldest(scene: Scene, ways: Ways) -> None:
    """Tickets of a component, then the end of the oldest."""
    component = scene.deck.one(scene.state["tickets"]["tickets"])["component"]
    resolution = scene.deck.deal(tickets.RESOLUTIONS)
    scene.user(ways[0], component=component, why=RESOLUTIONS[resolution])
    found = scene.look("search_tickets", component=component)
    scene.call("close_ticket", ticket_id=lowest(found, "created")["id"], resolution=resolution)


@TASKS.about("tickets")
def hand_over(scene: Scene, ways: Ways) -> None:
    """All tickets of somebody, each for somebody else."""
    known = scene.state["tickets"]["tickets"]
    away = scene.deck.one([row["assignee"] for row in known if row["assignee"]] or [scene.state["tickets"]["team"][0]])
    known[0]["assignee"] = known[1]["assignee"] = away
    member = scene.deck.one([name for name in scene.state["tickets"]["team"] if name != away])
    scene.user(ways[0], away=away, member=member)
    found = scene.look("search_tickets", assignee=away)
    scene.call_each("assign_ticket", [{"ticket_id": ticket["id"], "assignee": member} for ticket in found])


@TASKS.about("tickets", "messages", exactly=("get_ticket", "find_contact", "send_text", "add_comment", "assign_ticket"))
def text_the_assignee(scene: Scene, ways: Ways) -> None:
    """Who has a ticket, that person's number, and a text."""
    ticket, person = (
        scene.deck.one(scene.state[name][rows]) for name, rows in (("tickets", "tickets"), ("messages", "contacts"))
    )
    ticket["assignee"] = person["name"].partition(" ")[0]
    body = scene.deck.deal(ANSWERS)
    scene.user(ways[0], ticket=ticket["id"], body=body)
    name = scene.look("get_ticket", ticket_id=ticket["id"])["assignee"]
    phone = scene.look("find_contact", name=name)[0]["phone"]
    scene.call("send_text", phone=phone, text=body)


@TASKS.about("shop", "messages", exactly=("get_order", "list_orders", "find_contact", "send_text", "cancel_order"))
def text_the_status(scene: Scene, ways: Ways) -> None:
    """The state of an order, a number, and a text of one word."""
    order, person = (
        scene.deck.one(scene.state["shop"]["orders"])["id"],
        scene.deck.one(scene.state["messages"]["contacts"]),
    )
    scene.user(ways[0], name=person["name"], order=order)
    status = scene.look("get_order", order_id=order)["status"]
    phone = scene.look_also("find_contact", name=person["name"])[0]["phone"]
    scene.call("send_text", phone=phone, text=status)


@TASKS.about("shop")
def return_by_name(scene: Scene, ways: Ways) -> None:
    """The items of an order, then the return of one by its name."""
    order = scene.deck.one([row for row in scene.state["shop"]["orders"] if row["status"] == "delivered"])
    item, reason = scene.deck.one(order["items"]), scene.deck.deal(tuple(REASONS))
    scene.user(ways[0], name=item["name"], order=order["id"], reason=REASONS[reason])
    found = scene.look("get_order", order_id=order["id"])["items"]
    product = next(row["product_id"] for row in found if row["name"] == item["name"])
    scene.call("return_item", order_id=order["id"], product_id=product, reason=reason)


@TASKS.about("shop", exactly=("search_products", "add_to_cart", "place_order", "view_cart", "remove_from_cart"))
def best_one_home(scene: Scene, ways: Ways) -> None:
    """Search within a price, the best into the cart, and the order."""
    products = scene.state["shop"]["products"]
    kind = scene.deck.one(products)["name"].partition(" ")[2]
    limit = sorted(row["price"] for row in products if kind in row["name"])[1]
    limit, place = round(limit + 1.05, 2), scene.deck.one(("home", "office"))
    scene.user(ways[0], kind=kind, limit=say_euros(scene.deck, limit), place=place)
    found = scene.look("search_products", query=kind, max_price=limit)
    scene.call("add_to_cart", product_id=highest(found, "rating")["id"])
    scene.call("place_order", address=place)


@TASKS.about("shop", exactly=("search_products", "add_to_cart", "remove_from_cart", "change_quantity", "list_orders"))
def two_cheapest(scene: Scene, ways: Ways) -> None:
    """Two searches, and the cheapest of each into the cart."""
    kinds = scene.deck.some(sorted({row["name"].partition(" ")[2] for row in scene.state["shop"]["products"]}), 2)
    scene.user(ways[0], first=kinds[0], second=kinds[1])
    found = [scene.look("search_products", query=kinds[0]), scene.look_also("search_products", query=kinds[1])]
    first, second = (lowest(rows, "price")["id"] for rows in found)
    scene.call("add_to_cart", product_id=first)
    scene.also("add_to_cart", product_id=second)


@TASKS.about("messages")
def all_read(scene: Scene, ways: Ways) -> None:
    """The inbox, then all of it that is unread."""
    scene.user(ways[0])
    found = scene.look("list_messages")
    scene.call("mark_as_read", message_ids=[row["id"] for row in found if not row["read"]])


@TASKS.about(
    "messages", exactly=("list_messages", "find_contact", "forward_message", "reply_to_message", "move_message")
)
def pass_it_on(scene: Scene, ways: Ways) -> None:
    """A message of somebody, an address, and passing it on."""
    message = scene.deck.one(scene.state["messages"]["inbox"])
    others = [row for row in scene.state["messages"]["contacts"] if row["name"] != message["sender"]]
    person = scene.deck.one(others)
    scene.user(ways[0], sender=message["sender"], name=person["name"])
    found = scene.look("list_messages", sender=message["sender"])
    email = scene.look_also("find_contact", name=person["name"])[0]["email"]
    scene.call("forward_message", message_id=found[0]["id"], to=[email])


@TASKS.about(
    "music", exactly=("search_tracks", "create_playlist", "add_to_playlist", "play_playlist", "list_playlists")
)
def playlist_of_the_oldest(scene: Scene, ways: Ways) -> None:
    """The tracks of an artist, a new playlist, the oldest on it, and playing it."""
    artist = scene.deck.one(scene.state["music"]["tracks"])["artist"]
    name = scene.deck.deal(("Early days", "Roots", "Time machine", "First steps", "Back then", "Old gold"))
    scene.user(ways[0], name=name, artist=artist)
    track = lowest(scene.look("search_tracks", artist=artist), "year")["id"]
    scene.call("create_playlist", name=name)
    scene.call("add_to_playlist", playlist=name, track_ids=[track])
    scene.call("play_playlist", playlist=name)


@TASKS.about("music")
def shortest_track(scene: Scene, ways: Ways) -> None:
    """The tracks of an artist, then the shortest."""
    artist = scene.deck.one(scene.state["music"]["tracks"])["artist"]
    column, word = scene.deck.deal((("seconds", "shortest"), ("year", "oldest")))
    scene.user(ways[0], word=word, artist=artist)
    found = scene.look("search_tracks", artist=artist)
    scene.call("play_track", track_id=lowest(found, column)["id"])


@TASKS.about("dining", exactly=("search_restaurants", "get_free_tables", "reserve_table", "list_reservations"))
def best_table(scene: Scene, ways: Ways) -> None:
    """Restaurants, the free tables of the best, and the first in time."""
    rows = scene.state["dining"]["restaurants"]
    # The first of each city is one of three that share a cuisine.
    first = rows[scene.deck.one((0, 5))]
    city, cuisine = first["city"], first["cuisine"]
    day, guests, after = scene.day(), scene.deck.whole(2, 6), scene.deck.one(("18:30", "19:00", "19:30"))
    best = highest([row for row in rows if (row["city"], row["cuisine"]) == (city, cuisine)], "rating")
    best["free_times"] = sorted({*best["free_times"][:3], "20:30"})
    scene.user(
        ways[0],
        guests=COUNTS[guests],
        day=day,
        food=cuisine if cuisine == "vegetarian" else cuisine.title(),
        city=city,
        after=after,
    )
    found = highest(scene.look("search_restaurants", city=city, cuisine=cuisine), "rating")["id"]
    times = scene.look("get_free_tables", restaurant_id=found, date=day.iso, guests=guests)["times"]
    time = min(time for time in times if time >= after)
    scene.call("reserve_table", restaurant_id=found, date=day.iso, time=time, guests=guests, seating="terrace")


@TASKS.about("dining", exactly=("search_restaurants", "get_free_tables", "reserve_table", "list_reservations"))
def this_time_or_the_next(scene: Scene, ways: Ways) -> None:
    """A restaurant by its name, its free tables, and the time asked for or the next."""
    restaurant = scene.deck.one(scene.state["dining"]["restaurants"])
    day, guests = scene.day(), scene.deck.whole(2, 6)
    asked = scene.deck.one(
        [time for time in ("18:00", "19:00", "19:30", "20:00") if time <= restaurant["free_times"][-1]]
    )
    scene.user(ways[0], name=restaurant["name"], city=restaurant["city"], day=day, asked=asked, guests=COUNTS[guests])
    found = scene.look("search_restaurants", city=restaurant["city"])
    known = next(row["id"] for row in found if row["name"] == restaurant["name"])
    times = scene.look("get_free_tables", restaurant_id=known, date=day.iso, guests=guests)["times"]
    time = min(time for time in times if time >= asked)
    scene.call("reserve_table", restaurant_id=known, date=day.iso, time=time, guests=guests)


@TASKS.about("home")
def colder_room(scene: Scene, ways: Ways) -> None:
    """Two rooms, and heating for the colder one."""
    first, second = scene.deck.some(home.ROOMS, 2)
    degrees = scene.deck.whole(44, 50) / 2
    one, other = (row for row in scene.state["home"]["rooms"] if row["room"] in (first, second))
    one["temperature"] = other["temperature"] + scene.deck.one((-2, -1.5, 1, 2.5))
    scene.user(ways[0], first=first, second=second, degrees=f"{degrees:g}")
    here = scene.look("get_room_status", room=first)
    there = scene.look_also("get_room_status", room=second)
    scene.call("set_temperature", room=lowest([here, there], "temperature")["room"], temperature=degrees)


@TASKS.about("home")
def lock_up(scene: Scene, ways: Ways) -> None:
    """The doors, those that are not locked, and the light of a room."""
    unlocked, room = scene.deck.some(home.DOORS, 2), scene.deck.one(home.ROOMS)
    for row in scene.state["home"]["doors"]:
        row["locked"] = row["door"] not in unlocked
    scene.user(ways[0], room=room)
    scene.look("get_door_status")
    scene.call_each("set_lock", [{"door": door, "locked": True} for door in unlocked])
    scene.also("set_light", room=room, on=False)


@TASKS.about(
    "messages", "calendar", exactly=("find_contact", "search_events", "send_email", "create_reminder", "send_text")
)
def when_and_where(scene: Scene, ways: Ways) -> None:
    """An event's place, an address, and an e-mail that says the place."""
    event, person = (
        scene.deck.one(scene.state[name][rows]) for name, rows in (("calendar", "events"), ("messages", "contacts"))
    )
    event["location"] = scene.deck.deal(("Room 7", "Elm Street 12", "Platform 3", "the blue hall", "Café Nord"))
    scene.user(ways[0], name=person["name"], title=event["title"])
    found = scene.look("search_events", query=event["title"])[0]
    email = scene.look_also("find_contact", name=person["name"])[0]["email"]
    scene.call("send_email", to=[email], subject=event["title"], body=found["location"])


@TASKS.about("messages", "files", exactly=("find_contact", "search_files", "share_file", "send_email", "move_file"))
def share_with_two(scene: Scene, ways: Ways) -> None:
    """Two addresses and a file by a word of its name, and sharing it with both."""
    path = scene.deck.one(scene.state["files"]["files"])["path"]
    first, second = (row["name"] for row in scene.deck.some(scene.state["messages"]["contacts"], 2))
    word = path.rpartition("/")[2].partition(".")[0]
    scene.user(ways[0], word=word, first=first, second=second)
    found = scene.look("search_files", name_contains=word)
    emails = [scene.look_also("find_contact", name=name)[0]["email"] for name in (first, second)]
    scene.call("share_file", path=found[0]["path"], emails=emails, permission="edit")


@TASKS.about("tickets")
def urgent_and_unowned(scene: Scene, ways: Ways) -> None:
    """The urgent tickets, and one without an assignee among them."""
    known, team = scene.state["tickets"]["tickets"], scene.state["tickets"]["team"]
    target, *others = scene.deck.some(known, 3)
    for ticket in known:
        ticket["priority"] = "medium" if ticket["priority"] == "urgent" else ticket["priority"]
    target.update(priority="urgent", assignee="")
    for ticket in others:
        ticket.update(priority="urgent", assignee=team[0])
    member = scene.deck.one(team[1:])
    scene.user(ways[0], member=member)
    scene.look("search_tickets", priority="urgent")
    scene.call("assign_ticket", ticket_id=target["id"], assignee=member)


@TASKS.about(
    "travel", "banking", exactly=("search_trains", "transfer_money", "list_payees", "book_train", "search_hotels")
)
def pay_for_the_ticket(scene: Scene, ways: Ways) -> None:
    """The price of the cheapest train, and a transfer of it."""
    route, day = _route(scene), scene.day()
    payee = _friend(scene)
    scene.user(ways[0], **route, day=day, payee=payee)
    found = scene.look("search_trains", **route, date=day.iso)
    scene.call("transfer_money", payee=payee, amount=lowest(found, "price")["price"])


@TASKS.about("calendar")
def a_week_later(scene: Scene, ways: Ways) -> None:
    """The day of an event, and another a week later."""
    event = scene.deck.one(scene.state["calendar"]["events"])
    scene.user(ways[0], title=event["title"])
    found = scene.look("search_events", query=event["title"])[0]
    later = (date.fromisoformat(found["date"]) + timedelta(days=7)).isoformat()
    when = {"date": later, "start": found["start"], "duration_minutes": found["duration_minutes"]}
    scene.call("create_event", title=f"{event['title']} follow-up", **when)


@TASKS.about("messages")
def invite_by_email(scene: Scene, ways: Ways) -> None:
    """Two addresses, and one e-mail to both."""
    first, second = (row["name"] for row in scene.deck.some(scene.state["messages"]["contacts"], 2))
    body, [stranger] = scene.deck.deal(ANSWERS), people(scene.deck, 1)
    scene.user(ways[0], first=first, second=second, email=stranger.email, body=body)
    one = scene.look("find_contact", name=first)[0]["email"]
    other = scene.look_also("find_contact", name=second)[0]["email"]
    scene.call("send_email", to=[one, other], subject="News", body=body, cc=[stranger.email])

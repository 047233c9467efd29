"""Trains and hotels: timetables, bookings."""

from __future__ import annotations

from datetime import date, timedelta

from ..schema import choice, clock, day, flag, key, number, text, whole
from ..tools import Arguments, Domain, Row, State, ToolError, add, alike, find, taken_out, update, without
from ..words import CITIES, Deck, clock_of

HOTELS = (
    *("Hotel Aurora", "The Millhouse", "Pension Linde", "Harbour Inn", "Grand Central", "Casa Verde", "The Lantern"),
    *("Hotel Meridian", "Old Brewery", "Station Lodge", "Villa Rosa", "The Copper Kettle"),
)

BOOKING_ID = key("Identifier of the booking, such as B-101.", r"^B-\d+$")
TRAIN_CLASS = choice("Class of travel.", "first", "second")


def draw(deck: Deck, today: date) -> State:
    """Two routes with five trains a day in both directions, three cities with four hotels each, two bookings.

    Trains of a route differ in price and in arrival, hotels of a city in price and in rating.
    """
    cities = deck.some(CITIES, 5)
    state: State = {"trains": [], "hotels": [], "bookings": []}
    for route in ((3, 0), (0, 3), (4, 1), (1, 4)):
        _draw_trains(deck, state["trains"], cities[route[0]], cities[route[1]])
    names = deck.some(HOTELS, 12)
    for city in cities[:3]:
        for price, rating in zip(deck.some(range(62, 260, 3), 4), deck.some(range(62, 98), 4), strict=True):
            add(state["hotels"], "H", name=names.pop(), city=city, price_per_night=price, rating=rating / 10)
    train, hotel = deck.one(state["trains"]), deck.one(state["hotels"])
    day, check_in = ((today + timedelta(days=ahead)).isoformat() for ahead in deck.some(range(3, 15), 2))
    seats = {"passengers": 1, "travel_class": "second", "bicycle": False}
    add(state["bookings"], "B", kind="train", item=train["id"], date=day, **seats)
    stay = {"check_in": check_in, "nights": deck.whole(1, 4), "guests": 2, "breakfast": False}
    add(state["bookings"], "B", kind="hotel", item=hotel["id"], **stay)
    return state


def _draw_trains(deck: Deck, trains: list[Row], origin: str, destination: str) -> None:
    takes = deck.whole(95, 260, 5)
    starts = sorted(deck.some(range(6 * 60 + 5, 19 * 60, 35), 5))
    for start, price in zip(starts, deck.some(range(19, 120, 2), 5), strict=True):
        # Some are up to half an hour slower; all the same they arrive in the order in which they leave.
        arrival = start + takes + deck.whole(0, 30, 5)
        row = {"departure": clock_of(start), "arrival": clock_of(arrival), "price": price + 0.9}
        add(trains, "T", origin=origin, destination=destination, **row)


TRAVEL = Domain("travel", draw)


@TRAVEL.reads(
    "Finds direct trains between two cities on one day. The timetable is the same every day.",
    origin=text("City where the journey starts."),
    destination=text("City where it ends."),
    date=day("Day of the journey."),
    depart_after=clock("Earliest departure.").default("00:00"),
)
def search_trains(state: State, given: Arguments) -> list[Row]:
    """The trains in the order of their departure, with the price of a second-class ticket in euros."""
    ends = ("origin", "destination")
    found = [row for row in state["trains"] if all(alike(row[end], given[end]) for end in ends)]
    return [row for row in found if row["departure"] >= given["depart_after"]]


@TRAVEL.reads(
    "Finds hotels in a city.",
    city=text("The city."),
    max_price=number("Highest price of a night in euros.", 1, 2_000).optional(),
)
def search_hotels(state: State, given: Arguments) -> list[Row]:
    """The hotels with the price of a night in euros and the rating of their guests, 0 to 10."""
    limit = given.get("max_price", 2_000)
    return [row for row in state["hotels"] if alike(row["city"], given["city"]) and row["price_per_night"] <= limit]


@TRAVEL.changes(
    "Books seats on a train.",
    train_id=key("Identifier of the train, such as T-104.", r"^T-\d+$"),
    date=day("Day of the journey."),
    passengers=whole("Number of travellers.", 1, 9).default(1),
    travel_class=TRAIN_CLASS.default("second"),
    bicycle=flag("Whether a place for a bicycle is needed.").default(False),
)
def book_train(state: State, given: Arguments) -> Row:
    """The booking."""
    train = find(state["trains"], "train", id=given["train_id"])
    return add(state["bookings"], "B", kind="train", item=train["id"], **without(given, "train_id"))


@TRAVEL.changes(
    "Books a room in a hotel.",
    hotel_id=key("Identifier of the hotel, such as H-103.", r"^H-\d+$"),
    check_in=day("Day of arrival."),
    nights=whole("Number of nights.", 1, 30),
    guests=whole("Number of guests.", 1, 6).default(1),
    breakfast=flag("Whether breakfast is included.").default(False),
)
def book_hotel(state: State, given: Arguments) -> Row:
    """The booking."""
    hotel = find(state["hotels"], "hotel", id=given["hotel_id"])
    return add(state["bookings"], "B", kind="hotel", item=hotel["id"], **without(given, "hotel_id"))


@TRAVEL.reads("Lists the bookings of trains and hotels that the user has.")
def list_bookings(state: State, given: Arguments) -> list[Row]:
    """The bookings, each with the train or the hotel."""
    items = {row["id"]: row for row in (*state["trains"], *state["hotels"])}
    return [{**booking, "item": items[booking["item"]]} for booking in state["bookings"]]


@TRAVEL.changes(
    "Changes the booking of a train; what is left out stays as it is.",
    booking_id=BOOKING_ID,
    passengers=whole("The new number of travellers.", 1, 9).optional(),
    travel_class=TRAIN_CLASS.optional(),
    bicycle=flag("Whether a place for a bicycle is needed.").optional(),
)
def change_train_booking(state: State, given: Arguments) -> Row:
    """The booking as it is now."""
    booking = find(state["bookings"], "booking", id=given["booking_id"])
    if booking["kind"] != "train":
        raise ToolError(f"{booking['id']} is the booking of a hotel")
    return update(booking, given, "passengers", "travel_class", "bicycle")


@TRAVEL.changes("Cancels the booking of a train or a hotel.", booking_id=BOOKING_ID)
def cancel_booking(state: State, given: Arguments) -> Row:
    """Which booking was cancelled."""
    return {"cancelled": taken_out(state["bookings"], "booking", id=given["booking_id"])["id"]}

"""Restaurants: finding them, free tables, reservations."""

from __future__ import annotations

from datetime import date, timedelta

from ..schema import choice, clock, day, key, number, text, whole
from ..tools import Arguments, Domain, Row, State, ToolError, add, alike, find, taken_out, update
from ..words import CITIES, Deck, times

NAMES = (
    *("Trattoria Sole", "Blue Lotus", "The Pepper Mill", "Kichi", "Le Petit Port", "Zum Anker", "Saffron House"),
    *("Mesa Nueva", "Green Spoon", "Olive & Thyme", "Little Hanoi", "The Garden Room"),
)
CUISINES = ("italian", "japanese", "french", "indian", "vegetarian", "spanish")
TIMES = times(18 * 60, 21 * 60 + 30, 30)

RESTAURANT_ID = key("Identifier of the restaurant, such as G-103.", r"^G-\d+$")
RESERVATION_ID = key("Identifier of the reservation, such as V-101.", r"^V-\d+$")
GUESTS = whole("Number of guests.", 1, 12)
SEATING = choice("Where they sit.", "inside", "terrace")


def draw(deck: Deck, today: date) -> State:
    """Two cities with five restaurants each, three of which share a cuisine, and one reservation.

    Restaurants of a city differ in rating and in price; each has free tables at four times of every evening.
    """
    restaurants: list[Row] = []
    names = deck.some(NAMES, 10)
    for city in deck.some(CITIES, 2):
        shared, *others = deck.some(CUISINES, 3)
        facts = zip(deck.some(range(60, 99), 5), deck.some(range(14, 70), 5), strict=True)
        for cuisine, (rating, price) in zip((shared, shared, shared, *others), facts, strict=True):
            row = {"name": names.pop(), "city": city, "cuisine": cuisine, "rating": rating / 10, "price": price}
            add(restaurants, "G", **row, free_times=sorted(deck.some(TIMES, 4)))
    held = deck.one(restaurants)
    evening = (today + timedelta(days=deck.whole(2, 6))).isoformat()
    row = {"restaurant": held["name"], "date": evening, "time": deck.one(held["free_times"])}
    reservation = {**row, "guests": deck.whole(2, 5), "seating": "inside", "note": ""}
    return {"restaurants": restaurants, "reservations": [{"id": "V-101", **reservation}]}


DINING = Domain("dining", draw)


@DINING.reads(
    "Finds restaurants in a city.",
    city=text("The city."),
    cuisine=choice("The kind of food.", *CUISINES).optional(),
    min_rating=number("Lowest rating of the guests, 0 to 10.", 0, 10).optional(),
)
def search_restaurants(state: State, given: Arguments) -> list[Row]:
    """Restaurants with the rating of their guests and what a dinner costs in euros."""
    rows = [row for row in state["restaurants"] if alike(row["city"], given["city"])]
    rows = [row for row in rows if given.get("cuisine", row["cuisine"]) == row["cuisine"]]
    found = [row for row in rows if row["rating"] >= given.get("min_rating", 0)]
    return [{name: value for name, value in row.items() if name != "free_times"} for row in found]


@DINING.reads(
    "Gives the times of an evening at which a restaurant has a free table.",
    restaurant_id=RESTAURANT_ID,
    date=day("The evening."),
    guests=GUESTS,
)
def get_free_tables(state: State, given: Arguments) -> Row:
    """The times."""
    restaurant = find(state["restaurants"], "restaurant", id=given["restaurant_id"])
    return {"restaurant": restaurant["name"], "date": given["date"], "times": restaurant["free_times"]}


@DINING.changes(
    "Reserves a table at a restaurant at a time at which one is free.",
    restaurant_id=RESTAURANT_ID,
    date=day("The evening."),
    time=clock("The time."),
    guests=GUESTS,
    seating=SEATING.default("inside"),
    note=text("What the restaurant should know.").default(""),
)
def reserve_table(state: State, given: Arguments) -> Row:
    """The reservation."""
    restaurant = find(state["restaurants"], "restaurant", id=given["restaurant_id"])
    if given["time"] not in restaurant["free_times"]:
        raise ToolError(f"{restaurant['name']} has no free table at {given['time']}")
    facts = {name: value for name, value in given.items() if name != "restaurant_id"}
    return add(state["reservations"], "V", restaurant=restaurant["name"], **facts)


DINING.lists("list_reservations", "Lists the reservations that the user has.", "reservations")


@DINING.changes(
    "Changes a reservation; what is left out stays as it is.",
    reservation_id=RESERVATION_ID,
    guests=GUESTS.optional(),
    seating=SEATING.optional(),
    note=text("What the restaurant should know.").optional(),
)
def change_reservation(state: State, given: Arguments) -> Row:
    """The reservation as it is now."""
    reservation = find(state["reservations"], "reservation", id=given["reservation_id"])
    return update(reservation, given, "guests", "seating", "note")


@DINING.changes("Cancels a reservation.", reservation_id=RESERVATION_ID)
def cancel_reservation(state: State, given: Arguments) -> Row:
    """Which reservation was cancelled."""
    return {"cancelled": taken_out(state["reservations"], "reservation", id=given["reservation_id"])["id"]}

"""Weather, and conversions of units and currencies. Nothing here changes anything."""

from __future__ import annotations

from datetime import date, timedelta

from ..schema import choice, day, number, text
from ..tools import Arguments, Domain, Row, State, ToolError, find
from ..words import CITIES, Deck

SKIES = ("sunny", "cloudy", "light rain", "heavy rain", "snow", "fog", "thunderstorms")
# Each unit in the basic unit of its kind.
UNITS = {
    "km": ("length", 1_000.0),
    "m": ("length", 1.0),
    "mile": ("length", 1_609.344),
    "foot": ("length", 0.3048),
    "kg": ("weight", 1.0),
    "pound": ("weight", 0.45359237),
    "litre": ("volume", 1.0),
    "us_gallon": ("volume", 3.785411784),
}
# Rates of an imagined day: one euro in other money.
RATES = {"EUR": 1.0, "USD": 1.08, "GBP": 0.84, "CHF": 0.95, "PLN": 4.2, "SEK": 11.2, "JPY": 162.0}

UNIT = choice("A unit.", *UNITS)
CURRENCY = choice("A currency.", *RATES)


def draw(deck: Deck, today: date) -> State:
    """Seven cities with the weather of today and of six days, with a highest temperature of its own each day."""
    days = [(today + timedelta(days=ahead)).isoformat() for ahead in range(7)]
    cities = deck.some(CITIES, 7)
    highs = {each: deck.some(range(2, 29), len(cities)) for each in days}
    rain = {each: deck.some(range(5, 96, 5), len(cities)) for each in days}
    forecasts = [
        {"city": city, "date": each, "high": highs[each][place], "sky": deck.one(SKIES), "rain": rain[each][place]}
        for place, city in enumerate(cities)
        for each in days
    ]
    return {"today": today.isoformat(), "forecasts": forecasts}


def _forecast(state: State, city: str, when: str) -> Row:
    found = find(state["forecasts"], "forecast for", city=city, date=when)
    facts = {"high_celsius": found["high"], "low_celsius": found["high"] - 6, "chance_of_rain": found["rain"]}
    return {"city": found["city"], "date": when, "sky": found["sky"], **facts}


WEATHER = Domain("weather", draw)


@WEATHER.reads("Gives the weather at this moment.", city=text("The city."))
def get_current_weather(state: State, given: Arguments) -> Row:
    """The weather now, in degrees Celsius."""
    now = _forecast(state, given["city"], state["today"])
    return {"city": now["city"], "sky": now["sky"], "celsius": now["high_celsius"] - 2}


@WEATHER.reads(
    "Gives the forecast for one of the next six days: sky, highest and lowest temperature, chance of rain in percent.",
    city=text("The city."),
    date=day("The day."),
)
def get_forecast(state: State, given: Arguments) -> Row:
    """The forecast."""
    return _forecast(state, given["city"], given["date"])


@WEATHER.reads(
    "Converts lengths, weights and volumes.",
    value=number("The quantity.", 0, 1e9),
    from_unit=UNIT,
    to_unit=UNIT,
)
def convert_units(state: State, given: Arguments) -> Row:
    """The quantity in the other unit, to three decimals."""
    (kind, size), (other, target) = UNITS[given["from_unit"]], UNITS[given["to_unit"]]
    if kind != other:
        raise ToolError(f"{given['from_unit']} is a {kind} and {given['to_unit']} is a {other}")
    return {"value": round(given["value"] * size / target, 3), "unit": given["to_unit"]}


@WEATHER.reads(
    "Converts a sum of money at the rate of today, to two decimals. It moves no money.",
    amount=number("The sum.", 0, 1e9),
    from_currency=CURRENCY,
    to_currency=CURRENCY,
)
def convert_currency(state: State, given: Arguments) -> Row:
    """The sum in the other currency."""
    amount = given["amount"] / RATES[given["from_currency"]] * RATES[given["to_currency"]]
    return {"amount": round(amount, 2), "currency": given["to_currency"]}

"""Messages that no call answers: talk, what no tool can do, and what lacks something that only the user knows."""

from __future__ import annotations

from collections.abc import Callable

from ..domains import DOMAINS, home
from ..scene import Scene, Script, Scripts, Ways
from ..words import people, say_euros
from .requests import NEW_TITLES, REQUESTS

# Questions that need no tool, though most are about what the tools beside them are about.
QUESTIONS = (
    ("banking", "What does IBAN stand for?"),
    ("banking", "What is the difference between a debit card and a credit card, in general?"),
    ("banking", "Explain to me in one sentence what a standing order is."),
    ("calendar", "How many days does February have in a leap year?"),
    ("calendar", "What is a polite way to say no to an invitation? One example is enough."),
    ("dining", "What is the difference between risotto and pilaf?"),
    ("dining", "What does al dente mean?"),
    ("files", "What is the difference between a PDF and a spreadsheet?"),
    ("files", "How many megabytes are in a gigabyte?"),
    ("home", "Why do blinds keep a room cooler in summer?"),
    ("home", "Is it true that warm air rises? Answer in one sentence."),
    ("messages", "What does CC mean in an e-mail?"),
    ("messages", "How do you spell the word accommodate?"),
    ("music", "How many strings does a violin have?"),
    ("music", "What is the difference between tempo and rhythm?"),
    ("shop", "What does the word warranty mean?"),
    ("shop", "Which is harder, steel or aluminium?"),
    ("tickets", "What is a regression in software testing?"),
    ("tickets", "What does the abbreviation API stand for?"),
    ("travel", "What does half board mean?"),
    ("travel", "On which continent is Peru?"),
    ("weather", "Why is the sky blue? Two sentences will do."),
    ("weather", "What causes thunder?"),
)
# Wishes that none of the tools beside them can fulfil.
WISHES = (
    ("banking", "Apply for a loan of 5,000 euros for me."),
    ("banking", "Buy ten shares of a solar fund with my savings."),
    ("calendar", "Switch my calendar to the time zone of Tokyo."),
    ("calendar", "Change the colour of my calendar to green."),
    ("dining", "Leave a review with four stars for the restaurant G-103."),
    ("files", "Convert /Reports/minutes.docx to a PDF."),
    ("files", "Put a password on /Contracts/lease.pdf."),
    ("home", "Start the washing machine."),
    ("home", "Preheat the oven to 180 degrees."),
    ("home", "Water the lawn for ten minutes."),
    ("messages", "Change the greeting of my voicemail."),
    ("messages", "Block all calls from hidden numbers."),
    ("music", "Pair my headphones over Bluetooth."),
    ("music", "Record what I am humming and save it as a song."),
    ("shop", "Subscribe me to the newsletter of the shop."),
    ("shop", "Leave a review with five stars for product A-104."),
    ("tickets", "Merge pull request 212."),
    ("tickets", "Deploy version 2.4 to production."),
    ("travel", "Reserve a rental car for the weekend."),
    ("travel", "Renew my passport."),
    ("weather", "Turn on rain alerts for my phone."),
    ("weather", "How much are two bitcoins in euros right now?"),
)
# Requests whose tool is not offered, and those like it that are; none of these can stand in for it.
NOT_OFFERED = {
    "cancel_booking": ("book_train", "book_hotel", "change_train_booking"),
    "cancel_reservation": ("change_reservation", "reserve_table"),
    "close_ticket": ("assign_ticket", "set_priority", "create_ticket"),
    "convert_currency": ("convert_units", "get_forecast", "get_current_weather"),
    "delete_playlist": ("create_playlist", "add_to_playlist", "play_playlist", "set_volume"),
    "mark_as_read": ("move_message", "delete_message", "forward_message", "reply_to_message"),
    "rename_file": ("move_file", "copy_file", "delete_file", "share_file"),
    "reply_to_message": ("forward_message", "mark_as_read", "move_message", "delete_message"),
    "return_item": ("cancel_order", "add_to_cart", "place_order", "change_quantity"),
    "set_blinds": ("set_light", "set_temperature", "set_lock", "start_cleaning"),
    "set_card_limit": ("freeze_card", "unfreeze_card", "transfer_money", "create_standing_order"),
    "set_lock": ("set_light", "set_temperature", "set_blinds", "start_cleaning"),
    "set_sleep_timer": ("play_playlist", "set_volume", "create_playlist", "add_to_playlist"),
    "share_file": ("move_file", "copy_file", "rename_file", "delete_file"),
}


def _says(message: str) -> Callable[[Scene], None]:
    return lambda scene: scene.user((message,))


def _acting(domain: str) -> tuple[str, ...]:
    """The tools of a domain that change something; all where none does."""
    tools = DOMAINS[domain].tools
    return tuple(tool.name for tool in tools if tool.changes) or tuple(tool.name for tool in tools)


def _in_vain(script: Script) -> Callable[[Scene], None]:
    def write(scene: Scene) -> None:
        script.write(scene)
        scene.unanswered()

    return write


TALK = tuple(Script("talk", (domain,), _says(question)) for domain, question in QUESTIONS)
IMPOSSIBLE = tuple(Script("impossible", (domain,), _says(wish), _acting(domain)) for domain, wish in WISHES)
WITHHELD = tuple(
    Script(f"no_{script.kind}", script.domains, _in_vain(script), NOT_OFFERED[script.kind])
    for script in REQUESTS
    if script.kind in NOT_OFFERED
)

ASK = Scripts("no_call")


@ASK.about("calendar", exactly=("create_event", "create_reminder", "cancel_event", "update_event"))
def event_without_a_time(scene: Scene, ways: Ways) -> None:
    """When does it start?"""
    scene.asks_back(ways[0], title=scene.deck.deal(NEW_TITLES), day=scene.day())


@ASK.about("calendar", exactly=("create_event", "create_reminder", "cancel_event", "update_event"))
def reminder_without_a_text(scene: Scene, ways: Ways) -> None:
    """Of what?"""
    scene.asks_back(ways[0], day=scene.day(), time=scene.time().words)


@ASK.about("banking", exactly=("transfer_money", "move_between_accounts", "create_standing_order", "freeze_card"))
def transfer_without_an_amount(scene: Scene, ways: Ways) -> None:
    """How much?"""
    scene.asks_back(ways[0], payee=scene.deck.one(scene.state["banking"]["payees"])["name"])


@ASK.about("banking", exactly=("set_card_limit", "freeze_card", "unfreeze_card", "transfer_money"))
def limit_without_a_sum(scene: Scene, ways: Ways) -> None:
    """How much a day?"""
    scene.asks_back(ways[0], card=scene.deck.one(scene.state["banking"]["cards"])["last4"])


@ASK.about("banking", exactly=("create_standing_order", "transfer_money", "cancel_standing_order", "freeze_card"))
def standing_order_without_a_start(scene: Scene, ways: Ways) -> None:
    """From when on?"""
    scene.asks_back(
        ways[0],
        amount=say_euros(scene.deck, scene.deck.whole(20, 600, 10)),
        payee=scene.deck.one(scene.state["banking"]["payees"])["name"],
    )


@ASK.about("home", exactly=("set_temperature", "set_light", "set_blinds", "set_lock"))
def heating_without_a_temperature(scene: Scene, ways: Ways) -> None:
    """How warm?"""
    scene.asks_back(ways[0], room=scene.deck.one(home.ROOMS))


@ASK.about("files", exactly=("rename_file", "move_file", "copy_file", "delete_file"))
def rename_without_a_name(scene: Scene, ways: Ways) -> None:
    """To what?"""
    scene.asks_back(ways[0], path=scene.deck.one(scene.state["files"]["files"])["path"])


@ASK.about("files", exactly=("share_file", "move_file", "copy_file", "rename_file"))
def share_without_people(scene: Scene, ways: Ways) -> None:
    """With whom?"""
    scene.asks_back(ways[0], path=scene.deck.one(scene.state["files"]["files"])["path"])


@ASK.about("travel", exactly=("book_train", "book_hotel", "change_train_booking", "cancel_booking"))
def train_without_a_day(scene: Scene, ways: Ways) -> None:
    """On which day?"""
    scene.asks_back(ways[0], train=scene.deck.one(scene.state["travel"]["trains"])["id"])


@ASK.about("travel", exactly=("book_hotel", "book_train", "cancel_booking", "change_train_booking"))
def hotel_without_nights(scene: Scene, ways: Ways) -> None:
    """For how long?"""
    scene.asks_back(ways[0], hotel=scene.deck.one(scene.state["travel"]["hotels"])["id"], day=scene.day())


@ASK.about("messages", exactly=("send_email", "send_text", "forward_message", "delete_message"))
def email_without_a_text(scene: Scene, ways: Ways) -> None:
    """Saying what?"""
    [person] = people(scene.deck, 1)
    scene.asks_back(ways[0], email=person.email)


@ASK.about("messages", exactly=("reply_to_message", "forward_message", "move_message", "mark_as_read"))
def reply_without_a_text(scene: Scene, ways: Ways) -> None:
    """Saying what?"""
    scene.asks_back(ways[0], message=scene.deck.one(scene.state["messages"]["inbox"])["id"])


@ASK.about("tickets", exactly=("assign_ticket", "set_priority", "add_comment", "close_ticket"))
def ticket_without_a_name(scene: Scene, ways: Ways) -> None:
    """To whom?"""
    scene.asks_back(ways[0], ticket=scene.deck.one(scene.state["tickets"]["tickets"])["id"])


@ASK.about("shop", exactly=("return_item", "cancel_order", "add_to_cart", "place_order"))
def return_without_a_reason(scene: Scene, ways: Ways) -> None:
    """Why?"""
    order = scene.state["shop"]["orders"][0]
    scene.asks_back(ways[0], item=order["items"][0]["product_id"], order=order["id"])


@ASK.about("dining", exactly=("reserve_table", "change_reservation", "cancel_reservation"))
def table_without_guests(scene: Scene, ways: Ways) -> None:
    """For how many?"""
    restaurant = scene.deck.one(scene.state["dining"]["restaurants"])
    scene.asks_back(
        ways[0],
        restaurant=f"{restaurant['name']} (restaurant {restaurant['id']})",
        day=scene.day(),
        time=restaurant["free_times"][0],
    )


@ASK.about("weather", exactly=("get_forecast", "get_current_weather", "convert_units"))
def forecast_without_a_city(scene: Scene, ways: Ways) -> None:
    """Where?"""
    scene.asks_back(ways[0], day=scene.day(1, 6))


@ASK.about("music", exactly=("set_volume", "stop_music", "play_playlist", "set_sleep_timer"))
def volume_without_a_level(scene: Scene, ways: Ways) -> None:
    """How loud?"""
    scene.asks_back(ways[0])

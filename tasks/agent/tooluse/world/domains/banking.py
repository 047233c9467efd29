"""A bank: accounts, payees, transfers, cards. All sums are in euros."""

from __future__ import annotations

from datetime import date, timedelta

from ..schema import choice, day, key, number, text, whole
from ..tools import Arguments, Domain, Row, State, ToolError, add, alike, contains, find, taken_out, update, without
from ..words import Deck, people

MERCHANTS = (
    *("Corner Bakery", "City Gas", "Bookshop Arden", "Cinema Rex", "Green Grocer", "Metro Tickets", "Pharmacy Sun"),
    *("Garden Centre", "Pizzeria Nonna", "Bike Workshop", "Opera House", "Pet Supplies", "Shoe Repair", "Tea House"),
)
COMPANIES = ("Northwind Energy", "Lakeside Rentals", "Bright Telecom", "Riverside Gym", "Oak Insurance")
CARDS = ("debit", "credit", "travel")

ACCOUNT = choice("Which account of the user.", "checking", "savings", "joint")
PAYEE = text("Name of the payee as it stands in the list of payees.")
AMOUNT = number("Sum in euros.", 0.01, 50_000)
CARD = key("The last four digits of the card.", r"^\d{4}$")


def draw(deck: Deck, today: date) -> State:
    """Three accounts, ten payees, three cards, and ten payments of the last weeks to different shops."""
    digits = deck.some(range(1_000, 10_000), 3)
    payments: list[Row] = []
    for merchant, back in zip(deck.some(MERCHANTS, 10), sorted(deck.some(range(1, 28), 10)), strict=True):
        row = {"date": (today - timedelta(days=back)).isoformat(), "account": "checking", "to": merchant}
        add(payments, "P", **row, amount=deck.cents(4, 160))
    names = [*deck.some(COMPANIES, 4), *(person.name for person in people(deck, 6))]
    return {
        "accounts": [
            {"account": "checking", "balance": deck.cents(3_000, 6_000)},
            {"account": "savings", "balance": deck.cents(9_000, 20_000)},
            {"account": "joint", "balance": deck.cents(2_000, 4_000)},
        ],
        "payees": [{"name": name, "iban_ends_in": deck.whole(1_000, 9_999)} for name in sorted(names)],
        "cards": [
            {"last4": str(last4), "kind": kind, "frozen": False, "daily_limit": deck.one((500, 800, 1_500))}
            for last4, kind in zip(digits, CARDS, strict=True)
        ],
        "payments": payments,
        "standing_orders": [],
    }


BANKING = Domain("banking", draw)


BANKING.lists("list_accounts", "Lists the user's accounts with their balances.", "accounts")


BANKING.lists("list_payees", "Lists the people and companies that the user can send money to.", "payees")


BANKING.lists("list_cards", "Lists the user's cards with their last digits, kind and limit.", "cards")


@BANKING.reads(
    "Lists the payments of an account, the latest first.",
    account=ACCOUNT,
    since=day("First day to list.").optional(),
    recipient=text("Only payments to recipients whose name contains this.").optional(),
)
def list_payments(state: State, given: Arguments) -> list[Row]:
    """Payments with day, recipient and sum."""
    found = [row for row in state["payments"] if row["account"] == given["account"]]
    found = [row for row in found if row["date"] >= given.get("since", "") and contains(row["to"], _wanted(given))]
    return sorted(found, key=lambda row: str(row["date"]), reverse=True)


def _wanted(given: Arguments) -> str:
    return str(given.get("recipient", ""))


def _pay(state: State, account: str, amount: float) -> None:
    row = find(state["accounts"], "account", account=account)
    if row["balance"] < amount:
        raise ToolError(f"the {account} account holds {row['balance']:.2f} only")
    row["balance"] = round(row["balance"] - amount, 2)


@BANKING.changes(
    "Sends money to a payee at once.",
    payee=PAYEE,
    amount=AMOUNT,
    from_account=ACCOUNT.default("checking"),
    reference=text("Text that the payee sees.").default(""),
)
def transfer_money(state: State, given: Arguments) -> Row:
    """The payment."""
    payee = find(state["payees"], "payee", name=given["payee"])
    _pay(state, given["from_account"], given["amount"])
    facts = {"account": given["from_account"], "amount": given["amount"], "reference": given["reference"]}
    return add(state["payments"], "P", date="today", to=payee["name"], **facts)


@BANKING.changes(
    "Moves money between two accounts of the user.",
    from_account=ACCOUNT,
    to_account=ACCOUNT,
    amount=AMOUNT,
)
def move_between_accounts(state: State, given: Arguments) -> list[Row]:
    """Both accounts as they are now."""
    target = find(state["accounts"], "account", account=given["to_account"])
    if alike(given["from_account"], given["to_account"]):
        raise ToolError("both are the same account")
    _pay(state, given["from_account"], given["amount"])
    target["balance"] = round(target["balance"] + given["amount"], 2)
    return [dict(row) for row in state["accounts"] if row["account"] in (given["from_account"], given["to_account"])]


@BANKING.changes(
    "Sets up a transfer that is repeated on its own.",
    payee=PAYEE,
    amount=AMOUNT,
    interval=choice("How often it is made.", "weekly", "monthly", "quarterly", "yearly"),
    first_date=day("Day of the first transfer."),
    from_account=ACCOUNT.default("checking"),
)
def create_standing_order(state: State, given: Arguments) -> Row:
    """The standing order."""
    payee = find(state["payees"], "payee", name=given["payee"])
    return add(state["standing_orders"], "S", payee=payee["name"], **without(given, "payee"))


@BANKING.changes("Cancels a standing order.", standing_order_id=key("Identifier, such as S-101.", r"^S-\d+$"))
def cancel_standing_order(state: State, given: Arguments) -> Row:
    """Which order was cancelled."""
    return {"cancelled": taken_out(state["standing_orders"], "standing order", id=given["standing_order_id"])["id"]}


@BANKING.changes("Blocks a card for now. It can be released again.", last4=CARD)
def freeze_card(state: State, given: Arguments) -> Row:
    """The card as it is now."""
    return update(find(state["cards"], "card", last4=given["last4"]), {"frozen": True}, "frozen")


@BANKING.changes("Releases a card that was frozen.", last4=CARD)
def unfreeze_card(state: State, given: Arguments) -> Row:
    """The card as it is now."""
    return update(find(state["cards"], "card", last4=given["last4"]), {"frozen": False}, "frozen")


@BANKING.changes(
    "Sets how much can be paid with a card in a day.",
    last4=CARD,
    daily_limit=whole("The new limit in euros.", 0, 10_000),
)
def set_card_limit(state: State, given: Arguments) -> Row:
    """The card as it is now."""
    return update(find(state["cards"], "card", last4=given["last4"]), given, "daily_limit")

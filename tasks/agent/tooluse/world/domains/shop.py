"""An online shop: products, a cart, orders."""

from __future__ import annotations

from datetime import date, timedelta

from ..schema import choice, flag, key, number, text, whole
from ..tools import Arguments, Domain, Row, State, ToolError, add, contains, find, taken_out
from ..words import Deck

PRODUCTS = {
    "kitchen": ("electric kettle", "chef's knife", "cast-iron pan", "cutting board", "espresso maker", "salad bowl"),
    "audio": ("wireless headphones", "portable speaker", "studio microphone", "record player"),
    "garden": ("watering can", "garden hose", "seed tray", "hand trowel", "bird feeder"),
    "office": ("desk lamp", "office chair", "notebook set", "label printer", "footrest"),
    "sports": ("yoga mat", "jump rope", "running belt", "tennis racket", "cycling helmet"),
}
MAKERS = ("Alder", "Norda", "Kestrel", "Miro")
REASONS = ("damaged", "wrong_item", "not_as_described", "no_longer_needed")

PRODUCT_ID = key("Identifier of the product, such as A-112.", r"^A-\d+$")
ORDER_ID = key("Identifier of the order, such as O-101.", r"^O-\d+$")


def draw(deck: Deck, today: date) -> State:
    """Six kinds of product from three makers each, which differ in price and rating; four orders in all states."""
    products: list[Row] = []
    kinds = deck.some([(category, name) for category, names in PRODUCTS.items() for name in names], 6)
    for category, name in kinds:
        facts = zip(deck.some(MAKERS, 3), deck.some(range(9, 140), 3), deck.some(range(31, 50), 3), strict=True)
        for maker, price, rating in facts:
            row = {"name": f"{maker} {name}", "category": category, "price": price + 0.95, "rating": rating / 10}
            add(products, "A", **row, in_stock=deck.whole(12, 60))
    orders: list[Row] = []
    for status, back in (("delivered", 12), ("shipped", 3), ("processing", 1), ("delivered", 20)):
        items = [{"product_id": item["id"], "name": item["name"], "quantity": 1} for item in deck.some(products, 2)]
        ordered = (today - timedelta(days=back)).isoformat()
        add(orders, "O", status=status, ordered=ordered, items=items, returned=[])
    return {"products": products, "cart": [], "orders": orders}


SHOP = Domain("shop", draw)


@SHOP.reads(
    "Finds products by words in their name.",
    query=text("Words of the name."),
    max_price=number("Highest price in euros.", 0.01, 10_000).optional(),
)
def search_products(state: State, given: Arguments) -> list[Row]:
    """Products with price in euros, rating of 5 and number in stock."""
    limit = given.get("max_price", 10_000)
    return [row for row in state["products"] if contains(row["name"], given["query"]) and row["price"] <= limit]


@SHOP.changes(
    "Puts a product into the cart.",
    product_id=PRODUCT_ID,
    quantity=whole("How many.", 1, 10).default(1),
    gift_wrap=flag("Whether it is wrapped as a present.").default(False),
)
def add_to_cart(state: State, given: Arguments) -> Row:
    """The line of the cart."""
    product = find(state["products"], "product", id=given["product_id"])
    if any(line["product_id"] == product["id"] for line in state["cart"]):
        raise ToolError(f"{product['id']} is in the cart already; change its quantity")
    state["cart"].append({**given, "name": product["name"], "price": product["price"]})
    return dict(state["cart"][-1])


@SHOP.changes(
    "Changes how many of a product are in the cart.",
    product_id=PRODUCT_ID,
    quantity=whole("The new number.", 1, 10),
)
def change_quantity(state: State, given: Arguments) -> Row:
    """The line of the cart."""
    line = find(state["cart"], "product in the cart", product_id=given["product_id"])
    line["quantity"] = given["quantity"]
    return dict(line)


@SHOP.changes("Takes a product out of the cart.", product_id=PRODUCT_ID)
def remove_from_cart(state: State, given: Arguments) -> Row:
    """What was taken out."""
    return {"removed": taken_out(state["cart"], "product in the cart", product_id=given["product_id"])["product_id"]}


@SHOP.reads("Shows what is in the cart.")
def view_cart(state: State, given: Arguments) -> Row:
    """The lines and their sum."""
    total = sum(line["price"] * line["quantity"] for line in state["cart"])
    return {"lines": list(state["cart"]), "total": round(total, 2)}


@SHOP.changes(
    "Orders what is in the cart.",
    address=choice("Where it is sent.", "home", "office"),
    shipping=choice("How it is sent.", "standard", "express").default("standard"),
    coupon=key("Code of a coupon.", r"^[A-Z0-9]+$").optional(),
)
def place_order(state: State, given: Arguments) -> Row:
    """The order."""
    if not state["cart"]:
        raise ToolError("the cart is empty")
    items, state["cart"] = state["cart"], []
    return add(state["orders"], "O", status="processing", ordered="today", items=items, returned=[], **given)


@SHOP.reads("Gives an order: its state, the day it was made, and its items.", order_id=ORDER_ID)
def get_order(state: State, given: Arguments) -> Row:
    """The order."""
    return dict(find(state["orders"], "order", id=given["order_id"]))


SHOP.lists("list_orders", "Lists all orders of the user.", "orders")


@SHOP.changes("Cancels an order that was not shipped yet.", order_id=ORDER_ID)
def cancel_order(state: State, given: Arguments) -> Row:
    """The order as it is now."""
    order = find(state["orders"], "order", id=given["order_id"])
    if order["status"] != "processing":
        raise ToolError(f"{order['id']} is {order['status']}; only an order in processing can be cancelled")
    order["status"] = "cancelled"
    return {"order_id": order["id"], "status": "cancelled"}


@SHOP.changes(
    "Sends an item of a delivered order back.",
    order_id=ORDER_ID,
    product_id=PRODUCT_ID,
    reason=choice("Why it is sent back.", *REASONS),
)
def return_item(state: State, given: Arguments) -> Row:
    """The return."""
    order = find(state["orders"], "order", id=given["order_id"])
    if order["status"] != "delivered":
        raise ToolError(f"{order['id']} is {order['status']}; only a delivered order can be returned")
    item = find(order["items"], "item in that order", product_id=given["product_id"])
    order["returned"].append({"product_id": item["product_id"], "reason": given["reason"]})
    return {"order_id": order["id"], **order["returned"][-1]}

"""The texts of the demo: what a customer reads, in the languages of a policy, and what the engineer reads beside it."""

from collections.abc import Mapping
from typing import Final

from serving.products.web.language import Language, mark

SHOP: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "shop": "The shop", "who": "Who orders", "guest": "A guest",
        "customer": "Customer {id}, {orders} orders or more",
        "other": "Another customer id", "goods": "Goods", "size": "Size", "add": "Add to the basket",
        "basket": "Your basket", "empty": "Nothing in it yet.", "pieces": "Pieces", "remove": "Remove",
        "total": "Total", "new": "Leave this basket", "accept": "Yes, please", "dismiss": "No, thanks",
        "accepted": "Thank you.", "advice": "A note on your basket", "no_goods": "The shop has no goods now.",
    },
    "de": {
        "shop": "Der Shop", "who": "Wer bestellt", "guest": "Ein Gast",
        "customer": "Kunde {id}, mindestens {orders} Bestellungen", "other": "Andere Kundennummer", "goods": "Artikel",
        "size": "Größe", "add": "In den Warenkorb", "basket": "Dein Warenkorb", "empty": "Noch nichts drin.",
        "pieces": "Stück", "remove": "Entfernen", "total": "Summe", "new": "Warenkorb verlassen",
        "accept": "Ja, gern", "dismiss": "Nein, danke", "accepted": "Danke.",
        "advice": "Ein Hinweis zu deinem Warenkorb", "no_goods": "Der Shop hat gerade keine Artikel.",
    },
    "zh": {
        "shop": "商店", "who": "下单人", "guest": "游客",
        "customer": "顾客 {id}，至少 {orders} 笔订单",  # noqa: RUF001 - the comma of Chinese
        "other": "其他顾客编号", "goods": "商品", "size": "尺码", "add": "加入购物车", "basket": "您的购物车",
        "empty": "购物车是空的。", "pieces": "件数", "remove": "移除", "total": "合计", "new": "离开此购物车",
        "accept": "好的", "dismiss": "不用了", "accepted": "谢谢。", "advice": "关于购物车的提示",
        "no_goods": "商店目前没有商品。",
    },
}  # fmt: skip
"""What the shop's side of the page shows, by language; names in braces are filled in by its script."""

RULED_OUT: Final[Mapping[str, str]] = {
    "customers": mark("not meant for customers of this segment"),
    "probability": mark("no line has a probability in its range"),
    "value_minor": mark("no line has a value in its range"),
    "categories": mark("no line is of its categories"),
    "departments": mark("no line is of its departments"),
    "reasons": mark("its reasons are too unlikely for every line"),
    "bracket": mark("no product is in the basket in several sizes or colors"),
    "features": mark("no line has features in its ranges"),
    "faults": mark("the product report finds none of its faults"),
    "drivers": mark("other factors raise the score most"),
    "other_size": mark("no other size would come back less"),
    "profit_in_doubt": mark("it may lose money: its interval is not above 0"),
    "another_adds_more": mark("another action should add more"),
    "per_customer": mark("the customer had it as often as its cap allows"),
    "per_customer_of_all": mark("the customer had as many actions as the cap allows"),
    "per_day": mark("its quota of the last 24 hours is used up"),
    "acted_before": mark("this basket had an action before it was changed"),
    "open_complaint": mark("the customer has an open complaint"),
    "score_degraded": mark("the score had to fall back"),
    "reasons_unknown": mark("the reasons of returns are not known"),
    "no_interval": mark("the score has no interval"),
    "caps_unavailable": mark("what was chosen before can't be looked up"),
    "decision_log": mark("the decision can't be logged"),
}
"""Why an action was not chosen, by the word of the answer."""

PAGE: Final[Mapping[str, str]] = {
    "asking": mark("Asking …"),
    "empty": mark("Nothing is in the basket: nothing is asked."),
    "shown": mark("Shown to the customer: {action}"),
    "answered": mark("The customer has answered: {action}"),
    "nothing": mark("Nothing is shown: the policy chose nothing."),
    "holdout": mark("Nothing is shown: this customer or basket is in the holdout."),
    "person": mark("Nothing is shown: {action} is a restriction, and waits for a person."),
    "degraded": mark("Nothing is shown: the service could not decide ({cause})."),
    "away": mark("No answer ({cause}): the shop goes on without advice."),
    "slow": mark("no answer within {milliseconds} ms"),
    "chosen": mark("chosen"),
    "no_catalogue": mark("The shop has no products ({cause})."),
    "events": mark("sent"),
    "waiting": mark("waiting to be sent again"),
    "key": mark("A key with the scopes score and events is needed."),
}
"""What the engineer's side says; names in braces are filled in by the script."""


def of_page(language: Language) -> dict[str, dict[str, str]]:
    """Give the engineer's texts in one language."""
    return {
        "page": {name: language.text(text) for name, text in PAGE.items()},
        "ruled_out": {word: language.text(text) for word, text in RULED_OUT.items()},
    }

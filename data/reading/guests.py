"""Values that shops write for a guest in the place of a customer's id."""

STANDING_FOR_GUESTS = (
    "0", "00", "000", "0000", "00000", "000000", "0.0", "-1", "1", "9", "99", "999", "9999", "99999", "999999",
    "9999999", "-", "--", ".", "x", "X", "none", "None", "NONE", "null", "NULL", "Null", "nan", "NaN", "NA",
    "N/A", "n/a", "#N/A", "\\N", "guest", "Guest", "GUEST", "guests", "Guests", "guest_user", "guest user",
    "anonymous", "Anonymous", "ANONYMOUS", "anonym", "Anonym", "unknown", "Unknown", "UNKNOWN", "Gast", "gast",
    "Gastkunde", "invité", "Invité", "invite", "Invite", "invitado", "Invitado", "ospite", "Ospite",
    "convidado", "Convidado", "gość", "Gość", "gäst", "Gäst", "cash", "Cash", "CASH", "walk-in", "Walk-in",
    "false", "False", "FALSE", "undefined", "游客", "訪客", "访客", "匿名", "散客", "无", "ゲスト", "非会員", "未登録",
)  # fmt: skip
"""Each may be a real id of some shop: it is looked for, and never taken for a guest unasked."""

CERTAIN = tuple(value for value in STANDING_FOR_GUESTS if not value.strip("-").strip("0").isdecimal())
"""Those that are hardly an id: words, signs and zeros."""

"""Rows that sell no goods: by what they are (`no_goods`), or by what their amount is for (`fees`)."""

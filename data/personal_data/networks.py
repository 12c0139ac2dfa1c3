"""Addresses of devices in networks: IP addresses of both versions, and MAC addresses."""

import ipaddress
import re

_IPV4 = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?::[0-9]{1,5}|/[0-9]{1,2})?")
_IPV6 = re.compile(r"\[?([0-9a-f]*:[0-9a-f:]*:[0-9a-f.]*)\]?(?:%\w+|:[0-9]{1,5})?", re.IGNORECASE)
_MAC = re.compile(r"[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}", re.IGNORECASE)
LARGE = 32
"""A part of an IPv4 address from here on: numbers of versions and chapters, such as 10.2.0.4, are smaller."""
LONGEST = 60
SIGNS = {".": 3, ":": 2, "-": 5}
"""Signs of which an address has so many."""
LONGEST_TEXT = 300
"""Characters of an address, and of a text that is searched for one."""


def holds_network_address(text: str) -> bool:
    """Whether ``text``, or a word of it, is the address of a device in a network."""
    start = text[:LONGEST_TEXT]
    if all(start.count(sign) < least for sign, least in SIGNS.items()):
        return False
    return is_network_address(text) or any(is_network_address(word.strip("()<>,;")) for word in start.split())


def is_network_address(text: str) -> bool:
    """Whether ``text`` is the address of a device in a network, perhaps with a port."""
    if len(text) > LONGEST:
        return False
    if found := _IPV4.fullmatch(text):
        parts = [int(part) for part in found[1].split(".")]
        return max(parts) < 256 and max(parts) >= LARGE
    return _MAC.fullmatch(text) is not None or _is_ipv6(text)


def _is_ipv6(text: str) -> bool:
    found = _IPV6.fullmatch(text)
    if found is None:
        return False
    try:
        ipaddress.IPv6Address(found[1])
    except ValueError:
        return False
    return True

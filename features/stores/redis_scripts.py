"""The Lua scripts, which Redis runs atomically, and their arguments."""

from collections.abc import Iterator, Sequence
from itertools import chain

from features.stores import entry
from features.stores.pending import Pending
from features.stores.store import Agenda

# KEYS: lock, namespaces, records, then each agenda. ARGV: token, namespace, then groups of: command, number of its key,
# number of arguments, the arguments. A server out of memory refuses the first write, HSET, and so the whole change.
COMMIT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if #ARGV > 2 then
  redis.call('HSET', KEYS[3], '', ARGV[1])
  redis.call('SADD', KEYS[2], ARGV[2])
end
local at = 3
while at <= #ARGV do
  local command, key, last = ARGV[at], KEYS[tonumber(ARGV[at + 1])], at + 2 + tonumber(ARGV[at + 2])
  for first = at + 3, last, 4000 do
    redis.call(command, key, unpack(ARGV, first, math.min(first + 3999, last)))
  end
  at = last + 1
end
redis.call('DEL', KEYS[1])
return 1
"""
# This deletes the lock, too, so that a change under way is refused.
CLEAR = """
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('UNLINK', KEYS[1], unpack(KEYS, 3))
"""
# This is not a MULTI: a server out of memory refuses a MULTI even for reading.
DUE = """
return {redis.call('HGET', KEYS[1], ''), redis.call('ZRANGEBYLEX', KEYS[2], ARGV[3], ARGV[1], 'LIMIT', 0, ARGV[2])}
"""
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"


def commands(change: Pending) -> Iterator[bytes | str | int]:
    """The groups of arguments for `COMMIT`; `features.stores.entry` packs the entries."""
    written = [(key, value) for key, value in change.records.items() if value is not None]
    yield from _command("HSET", 3, list(chain.from_iterable(written)))
    yield from _command("HDEL", 3, [key for key, value in change.records.items() if value is None])
    for number, agenda in enumerate(Agenda, start=4):
        on, off = ([entry.pack(*one) for one in change.entries(agenda, there=there)] for there in (True, False))
        yield from _command("ZADD", number, scored(on))
        yield from _command("ZREM", number, off)


def _command(name: str, key: int, arguments: Sequence[bytes]) -> list[bytes | str | int]:
    return [name, key, len(arguments), *arguments] if arguments else []


def scored(members: Sequence[bytes]) -> list[bytes]:
    """Pairs for ZADD with one score for all members, so that Redis sorts these by their bytes."""
    return list(chain.from_iterable((b"0", member) for member in members))

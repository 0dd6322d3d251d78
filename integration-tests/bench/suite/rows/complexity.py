"""Whether what is O(1) or O(log n) stays flat from a thousand elements to a million."""

import random
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..context import Context
from ..lines import Line, Target, compare
from ..servers import EngramNode, Redis, Server
from ..sizes import LARGE_HEAP

Command = tuple[object, ...]
# Commands of one call of the operation: of a number of elements, which call it is, and chance.
Make = Callable[[int, int, random.Random], list[Command]]

FILL_BATCH = 1_000
# Commands that are sent before their replies are read.
WINDOW = 500
END = b"$8\r\n<<done>>\r\n"
ANSWER_SECONDS = 300.0
# Of the growth of a time per operation, over that of redis-server: caches cost both the same.
TARGET = Target(2.0, at_least=False)
SEED = 7


@dataclass(frozen=True)
class Operation:
    """What is measured; it leaves the collection as large as it was."""

    key: str
    name: str
    make: Make
    # O(n) in Redis, too: shown for comparison, without a target.
    linear: bool = False


# Numbers behind all that are there at first, for ids of entries and for new members; they only rise.
_ids: Iterator[int] = iter(range(10_000_000, 1 << 40))


def _member(number: int) -> str:
    return f"member:{number:09d}"


def _rename(key: str) -> Make:
    return lambda n, i, chance: [
        ("RENAME", f"{key}:{n}", f"{key}:{n}:away"),
        ("RENAME", f"{key}:{n}:away", f"{key}:{n}"),
    ]


def _each(name: str, key: str, *words: object) -> Make:
    """The same words each time, behind the key."""
    return lambda n, i, chance: [(name, f"{key}:{n}", *words)]


def _any(name: str, key: str, *words: object) -> Make:
    """A member that is there, behind the key; words behind it."""
    return lambda n, i, chance: [(name, f"{key}:{n}", _member(chance.randrange(n)), *words)]


def _there_and_back(there: str, back: str, key: str, *words: object) -> Make:
    """Adds a member that is new, with words behind it, and removes it."""
    return lambda n, i, chance: [
        (there, f"{key}:{n}", f"new:{i}", *words),
        (back, f"{key}:{n}", f"new:{i}"),
    ]


LISTS = [
    Operation("list", "LPUSH, RPOP", lambda n, i, r: [("LPUSH", f"list:{n}", _member(i)),
                                                      ("RPOP", f"list:{n}")]),
    Operation("list", "RPUSH, LPOP", lambda n, i, r: [("RPUSH", f"list:{n}", _member(i)),
                                                      ("LPOP", f"list:{n}")]),
    Operation("list", "RPOPLPUSH itself", lambda n, i, r: [
        ("RPOPLPUSH", f"list:{n}", f"list:{n}")]),
    Operation("list", "LLEN", _each("LLEN", "list")),
    Operation("list", "LINDEX head", _each("LINDEX", "list", 0)),
    Operation("list", "LINDEX tail", _each("LINDEX", "list", -1)),
    Operation("list", "LSET head", _each("LSET", "list", 0, _member(1))),
    Operation("list", "LRANGE head", _each("LRANGE", "list", 0, 9)),
    Operation("list", "LRANGE tail", _each("LRANGE", "list", -10, -1)),
    Operation("list", "LTRIM of one", lambda n, i, r: [("RPUSH", f"list:{n}", _member(i)),
                                                       ("LTRIM", f"list:{n}", 1, -1)]),
    Operation("list", "RENAME", _rename("list")),
    Operation("list", "LINDEX middle", lambda n, i, r: [("LINDEX", f"list:{n}", n // 2)], True),
]

SETS = [
    Operation("set", "SADD, SREM", _there_and_back("SADD", "SREM", "set")),
    Operation("set", "SADD there", _any("SADD", "set")),
    Operation("set", "SISMEMBER", _any("SISMEMBER", "set")),
    Operation("set", "SMISMEMBER", _any("SMISMEMBER", "set", "missing")),
    Operation("set", "SPOP, SADD", lambda n, i, r: [("SADD", f"set:{n}", f"x:{next(_ids)}"),
                                                    ("SPOP", f"set:{n}")]),
    Operation("set", "SRANDMEMBER", _each("SRANDMEMBER", "set")),
    Operation("set", "SRANDMEMBER 5", _each("SRANDMEMBER", "set", 5)),
    Operation("set", "SCARD", _each("SCARD", "set")),
    Operation("set", "SSCAN", _each("SSCAN", "set", 0)),
    Operation("set", "SINTERCARD few", lambda n, i, r: [("SINTERCARD", 2, f"set:{n}", "few")]),
    Operation("set", "RENAME", _rename("set")),
]

HASHES = [
    Operation("hash", "HSET, HDEL", _there_and_back("HSET", "HDEL", "hash", "value")),
    Operation("hash", "HSET there", _any("HSET", "hash", "other")),
    Operation("hash", "HGET", _any("HGET", "hash")),
    Operation("hash", "HMGET", _any("HMGET", "hash", "missing")),
    Operation("hash", "HEXISTS", _any("HEXISTS", "hash")),
    Operation("hash", "HSTRLEN", _any("HSTRLEN", "hash")),
    Operation("hash", "HLEN", _each("HLEN", "hash")),
    Operation("hash", "HINCRBY", _each("HINCRBY", "hash", "counter", 1)),
    Operation("hash", "HRANDFIELD", _each("HRANDFIELD", "hash")),
    Operation("hash", "HRANDFIELD 5", _each("HRANDFIELD", "hash", 5, "WITHVALUES")),
    Operation("hash", "HSCAN", _each("HSCAN", "hash", 0)),
    Operation("hash", "RENAME", _rename("hash")),
]


def _ranks(n: int, chance: random.Random) -> tuple[int, int]:
    first = chance.randrange(n - 10)
    return first, first + 9


SORTED_SETS = [
    Operation("zset", "ZADD, ZREM", lambda n, i, r: [
        ("ZADD", f"zset:{n}", r.randrange(n), f"new:{i}"), ("ZREM", f"zset:{n}", f"new:{i}")]),
    Operation("zset", "ZADD there", lambda n, i, r: [
        ("ZADD", f"zset:{n}", r.randrange(n), _member(r.randrange(n)))]),
    Operation("zset", "ZINCRBY", lambda n, i, r: [
        ("ZINCRBY", f"zset:{n}", 1, _member(r.randrange(n)))]),
    Operation("zset", "ZSCORE", _any("ZSCORE", "zset")),
    Operation("zset", "ZRANK", _any("ZRANK", "zset")),
    Operation("zset", "ZREVRANK", _any("ZREVRANK", "zset")),
    Operation("zset", "ZCARD", _each("ZCARD", "zset")),
    Operation("zset", "ZCOUNT", lambda n, i, r: [("ZCOUNT", f"zset:{n}", r.randrange(n), n)]),
    Operation("zset", "ZRANGE 10", lambda n, i, r: [("ZRANGE", f"zset:{n}", *_ranks(n, r))]),
    Operation("zset", "ZREVRANGE 10", lambda n, i, r: [
        ("ZREVRANGE", f"zset:{n}", *_ranks(n, r))]),
    Operation("zset", "ZRANGEBYSCORE 10", lambda n, i, r: [
        ("ZRANGEBYSCORE", f"zset:{n}", r.randrange(n), "+inf", "LIMIT", 0, 10)]),
    Operation("zset", "ZRANGESTORE 10", lambda n, i, r: [
        ("ZRANGESTORE", "stored", f"zset:{n}", *_ranks(n, r))]),
    Operation("zset", "ZPOPMIN, ZADD", lambda n, i, r: [
        ("ZADD", f"zset:{n}", r.randrange(n), f"x:{next(_ids)}"), ("ZPOPMIN", f"zset:{n}")]),
    Operation("zset", "ZPOPMAX, ZADD", lambda n, i, r: [
        ("ZADD", f"zset:{n}", r.randrange(n), f"y:{next(_ids)}"), ("ZPOPMAX", f"zset:{n}")]),
    Operation("zset", "ZREMRANGEBYRANK one", lambda n, i, r: [
        ("ZADD", f"zset:{n}", r.randrange(n), f"z:{next(_ids)}"),
        ("ZREMRANGEBYRANK", f"zset:{n}", n // 2, n // 2)]),
    Operation("zset", "ZRANDMEMBER", _each("ZRANDMEMBER", "zset")),
    Operation("zset", "ZLEXCOUNT", lambda n, i, r: [
        ("ZLEXCOUNT", f"lex:{n}", f"[{_member(r.randrange(n))}", "+")]),
    Operation("zset", "ZRANGEBYLEX 10", lambda n, i, r: [
        ("ZRANGEBYLEX", f"lex:{n}", f"[{_member(r.randrange(n))}", "+", "LIMIT", 0, 10)]),
    Operation("zset", "ZSCAN", _each("ZSCAN", "zset", 0)),
    Operation("zset", "RENAME", _rename("zset")),
]

def _add_and_delete(n: int, i: int, chance: random.Random) -> list[Command]:
    entry = next(_ids)
    return [("XADD", f"stream:{n}", entry, "f", "value"), ("XDEL", f"stream:{n}", entry)]


STREAMS = [
    Operation("stream", "XADD, XDEL", _add_and_delete),
    Operation("stream", "XADD MAXLEN", lambda n, i, r: [
        ("XADD", f"stream:{n}", "MAXLEN", n, next(_ids), "f", "value")]),
    Operation("stream", "XLEN", _each("XLEN", "stream")),
    Operation("stream", "XRANGE 10", lambda n, i, r: [
        ("XRANGE", f"stream:{n}", r.randrange(n), "+", "COUNT", 10)]),
    Operation("stream", "XREVRANGE 10", _each("XREVRANGE", "stream", "+", "-", "COUNT", 10)),
    Operation("stream", "XREAD 10", lambda n, i, r: [
        ("XREAD", "COUNT", 10, "STREAMS", f"stream:{n}", r.randrange(n))]),
    Operation("stream", "XREAD tail", lambda n, i, r: [
        ("XREAD", "COUNT", 10, "STREAMS", f"stream:{n}", "$")]),
    Operation("stream", "XREADGROUP, XACK", lambda n, i, r: [
        ("XGROUP", "SETID", f"stream:{n}", "g", "$"),
        ("XADD", f"stream:{n}", "MAXLEN", n, entry := next(_ids), "f", "value"),
        ("XREADGROUP", "GROUP", "g", "c", "COUNT", 1, "STREAMS", f"stream:{n}", ">"),
        ("XACK", f"stream:{n}", "g", entry)]),
    Operation("stream", "XINFO STREAM", lambda n, i, r: [("XINFO", "STREAM", f"stream:{n}")]),
    Operation("stream", "RENAME", _rename("stream")),
]

STRINGS = [
    Operation("string", "STRLEN", _each("STRLEN", "string")),
    Operation("string", "GETRANGE", lambda n, i, r: [
        ("GETRANGE", f"string:{n}", n // 2, n // 2 + 9)]),
    Operation("string", "SETRANGE", lambda n, i, r: [
        ("SETRANGE", f"string:{n}", r.randrange(n - 10), "0123456789")]),
    Operation("string", "GETBIT", lambda n, i, r: [("GETBIT", f"string:{n}", r.randrange(8 * n))]),
    Operation("string", "SETBIT", lambda n, i, r: [
        ("SETBIT", f"string:{n}", r.randrange(8 * n), i % 2)]),
    Operation("string", "BITFIELD", lambda n, i, r: [
        ("BITFIELD", f"string:{n}", "INCRBY", "u16", r.randrange(8 * n - 16), 1)]),
    Operation("string", "APPEND", _each("APPEND", "string", "x")),
    Operation("string", "RENAME", _rename("string")),
]

OPERATIONS = LISTS + SETS + HASHES + SORTED_SETS + STREAMS + STRINGS


def _encode(commands: list[Command]) -> bytes:
    parts = []
    for command in commands:
        parts.append(b"*%d\r\n" % len(command))
        for word in command:
            data = str(word).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


class _Pipe:
    """Sends commands and reads their replies without looking at them, but for errors."""

    def __init__(self, server: Server) -> None:
        self._name = server.name
        self._socket = socket.create_connection(("127.0.0.1", server.port), ANSWER_SECONDS)

    def close(self) -> None:
        self._socket.close()

    def send(self, commands: list[Command]) -> None:
        self.exchange(_encode(commands + [("ECHO", "<<done>>")]))

    def exchange(self, request: bytes) -> None:
        """The request ends with the ECHO that marks the end of the replies."""
        self._socket.sendall(request)
        start = tail = b""
        while not tail.endswith(END):
            received = self._socket.recv(1 << 16)
            if not received:
                raise OSError(f"{self._name} closed the connection")
            start = start or received[:200]
            tail = (tail + received)[-len(END):]
        if start.startswith(b"-"):
            raise OSError(f"{self._name}: {start!r}")


def _fill(pipe: _Pipe, n: int) -> None:
    pipe.send([("SET", f"string:{n}", "x" * n), ("SADD", "few", *map(_member, range(5)))])
    for first in range(0, n, FILL_BATCH):
        numbers = range(first, min(n, first + FILL_BATCH))
        members = [_member(number) for number in numbers]
        pairs = [word for member in members for word in (member, "value")]
        scored = [word for number in numbers for word in (number, _member(number))]
        equal = [word for member in members for word in (0, member)]
        pipe.send(
            [
                ("RPUSH", f"list:{n}", *members),
                ("SADD", f"set:{n}", *members),
                ("HSET", f"hash:{n}", *pairs),
                ("ZADD", f"zset:{n}", *scored),
                ("ZADD", f"lex:{n}", *equal),
            ]
            + [("XADD", f"stream:{n}", number + 1, "f", "value") for number in numbers]
        )
    pipe.send([("XGROUP", "CREATE", f"stream:{n}", "g", "$")])


def _requests(operation: Operation, n: int, calls: int, chance: random.Random) -> list[bytes]:
    windows = []
    for first in range(0, calls, WINDOW):
        commands: list[Command] = []
        for call in range(first, min(calls, first + WINDOW)):
            commands += operation.make(n, call, chance)
        windows.append(_encode(commands + [("ECHO", "<<done>>")]))
    return windows


def _us_per_call(pipe: _Pipe, windows: list[bytes], calls: int) -> float:
    began_ns = time.perf_counter_ns()
    for window in windows:
        pipe.exchange(window)
    return (time.perf_counter_ns() - began_ns) / 1e3 / calls


def _measure(
    context: Context, pipes: list[_Pipe], operation: Operation, chance: random.Random
) -> Line:
    sizes = context.sizes
    counts = sizes.complexity_elements
    # Per server and size its rounds; the first one only warms up.
    us: list[list[list[float]]] = [[[] for _ in counts] for _ in pipes]
    for number in range(sizes.rounds + 1):
        for place, n in enumerate(counts):
            windows = _requests(operation, n, sizes.complexity_calls, chance)
            order = range(len(pipes)) if number % 2 else reversed(range(len(pipes)))
            for side in order:
                us[side][place].append(_us_per_call(pipes[side], windows, sizes.complexity_calls))
    for rounds in us:
        for measured in rounds:
            measured.pop(0)
    shown = [
        " ".join(f"{statistics.median(measured):.2f}" for measured in rounds) for rounds in us
    ]
    context.say(f"{operation.key} {operation.name}: us {shown[0]} (redis {shown[1]})")
    grown = [[large / few for few, large in zip(rounds[0], rounds[-1])] for rounds in us]
    line = compare(
        context.row,
        f"{operation.key} {operation.name}, {counts[-1]:,} : {counts[0]:,}",
        "x",
        grown[0],
        "redis",
        grown[1],
        None if operation.linear else TARGET,
    )
    line.rounds = {"elements": list(counts), "ours_us": us[0], "peer_us": us[1]}
    return line


def complexity(context: Context) -> list[Line]:
    directory = context.tmpfs()
    ours = context.run_server(lambda: EngramNode("engram", directory / "engram", LARGE_HEAP))
    peer = context.run_server(lambda: Redis("redis", directory / "redis"))
    pipes = [_Pipe(server) for server in (ours, peer)]
    for pipe in pipes:
        context.callback(pipe.close)
        for n in context.sizes.complexity_elements:
            _fill(pipe, n)
    chance = random.Random(SEED)
    return [_measure(context, pipes, operation, chance) for operation in OPERATIONS]

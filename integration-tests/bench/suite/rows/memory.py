"""Memory of one data node: what it holds from the kernel, and what of it is alive."""

import re
from dataclasses import dataclass

from ..clients import FILL_CONNECTIONS, FILL_PIPELINE, Load
from ..context import Context
from ..lines import Line, Target, compare
from ..processes import BenchError
from ..resp import has_command, info
from ..servers import EngramNode, Redis
from ..sizes import MEMORY_ROW_HEAP


@dataclass(frozen=True)
class Shape:
    """A million of what."""

    name: str
    command: str

    def fill(self, server: EngramNode | Redis, count: int) -> None:
        # One connection, so that elements of one collection arrive in order.
        connections = FILL_CONNECTIONS if "key:{seq}" in self.command else 1
        Load((f"100 {self.command}",), 1, connections, FILL_PIPELINE).fill(server, count)


SHAPES = [
    Shape("strings of 64 B", "SET key:{seq} {data}"),
    Shape("hashes of 5 fields", "HSET key:{seq} f1 v1 f2 v2 f3 v3 f4 v4 f5 v5"),
    Shape("members of a sorted set", "ZADD sorted {seq} m-{seq}"),
    Shape("items of a list", "RPUSH list item-----------{seq}---------"),
]


@dataclass
class Figures:
    """Bytes, empty and full."""

    resident: int
    live: int


def _live_bytes(server: EngramNode) -> int:
    """Objects on the heap after a collection, and memory outside that the server accounts for."""
    text = server.jcmd("GC.class_histogram")
    total = re.search(r"^Total\s+\d+\s+(\d+)", text, re.MULTILINE)
    if total is None:
        raise BenchError(f"no total in {text[-300:]!r}")
    return int(total[1]) + int(info(server.port).get("used_memory_direct", "0"))


def _engram(context: Context, shape: Shape) -> tuple[Figures, Figures]:
    server = EngramNode("engram", context.tmpfs() / "engram", MEMORY_ROW_HEAP)
    try:
        empty = Figures(server.resident_bytes(), _live_bytes(server))
        shape.fill(server, context.sizes.memory_elements)
        # Before the collection that the live figure needs: what a user would see.
        resident = server.resident_bytes()
        return empty, Figures(resident, _live_bytes(server))
    finally:
        server.stop()


def _redis(context: Context, shape: Shape) -> tuple[Figures, Figures]:
    server = Redis("redis", context.tmpfs() / "redis")
    try:
        empty = _redis_figures(server)
        shape.fill(server, context.sizes.memory_elements)
        return empty, _redis_figures(server)
    finally:
        server.stop()


def _redis_figures(server: Redis) -> Figures:
    lines = info(server.port)
    return Figures(int(lines["used_memory_rss"]), int(lines["used_memory"]))


def memory(context: Context) -> list[Line]:
    probe = context.run_server(
        lambda: EngramNode("engram", context.tmpfs() / "probe", MEMORY_ROW_HEAP)
    )
    shapes = [
        shape for shape in SHAPES if has_command(probe.port, shape.command.split(maxsplit=1)[0])
    ]
    probe.stop()
    for shape in SHAPES:
        if shape not in shapes:
            context.say(f"{shape.name}: not there yet")
    return [line for shape in shapes for line in _shape(context, shape)]


def _shape(context: Context, shape: Shape) -> list[Line]:
    count = context.sizes.memory_elements
    ours, peer = context.interleave([_engram, _redis], lambda measure: measure(context, shape))
    context.say(f"{shape.name}: done")
    live = compare(
        context.row,
        f"{count:,} {shape.name}: live data, beyond empty",
        "B each",
        [(full.live - empty.live) / count for empty, full in ours],
        "redis rss, beyond empty",
        [(full.resident - empty.resident) / count for empty, full in peer],
        Target(1.0, at_least=False),
    )
    resident = compare(
        context.row,
        f"{count:,} {shape.name}: resident set, whole process",
        "B each",
        [full.resident / count for _, full in ours],
        "redis rss, whole process",
        [full.resident / count for _, full in peer],
        Target(1.5, at_least=False),
    )
    for line in (live, resident):
        line.rounds = {"ours": ours, "peer": peer}
    return [live, resident]

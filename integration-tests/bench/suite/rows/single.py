"""One data node: a shard of one voter, so every write still goes through the log."""

from ..clients import RedisBenchmark, fill_strings
from ..context import Context, Side
from ..lines import Line, Target
from ..resp import Resp, has_command
from ..servers import EngramNode, Redis, Server, redis_always
from ..sizes import CONNECTIONS, HEAP, MANY_CONNECTIONS

VOLATILE_CASES = [
    ("get", 1, Target(1.0)),
    ("set", 1, Target(0.9)),
    ("get", 16, Target(1.5)),
    ("set", 16, None),
    ("get", 64, Target(2.0)),
    ("set", 64, None),
]
TYPE_TESTS = ["incr", "hset", "lpush", "sadd", "zadd", "mset"]
TYPES_PIPELINE = 16


def _volatile_pair(context: Context) -> tuple[Server, Server]:
    directory = context.tmpfs()
    ours = context.run_server(lambda: EngramNode("engram", directory / "engram", HEAP))
    peer = context.run_server(lambda: Redis("redis", directory / "redis"))
    return ours, peer


def volatile(context: Context) -> list[Line]:
    ours, peer = _volatile_pair(context)
    for server in (ours, peer):
        fill_strings(server, context.sizes.keys)
    lines = []
    for test, pipeline, target in VOLATILE_CASES:
        load = RedisBenchmark(test, pipeline, context.sizes.keys)
        lines.append(context.throughput(Side(ours, load), Side(peer, load), target))
    return lines


def types(context: Context) -> list[Line]:
    ours, peer = _volatile_pair(context)
    lines = []
    for test in TYPE_TESTS:
        if not has_command(ours.port, test):
            context.say(f"{test.upper()} is not there yet")
            continue
        for server in (ours, peer):
            with Resp(server.port) as resp:
                resp.ask("FLUSHALL")
        load = RedisBenchmark(test, TYPES_PIPELINE, context.sizes.keys)
        lines.append(context.throughput(Side(ours, load), Side(peer, load), Target(1.0)))
    return lines


def durable(context: Context) -> list[Line]:
    directory = context.disk()
    ours = context.run_server(lambda: EngramNode("engram", directory / "engram", HEAP))
    peer = context.run_server(lambda: redis_always(directory / "redis"))
    lines = []
    for connections in (CONNECTIONS, MANY_CONNECTIONS):
        for pipeline, limit in ((1, 1.0), (16, 1.3)):
            load = RedisBenchmark("set", pipeline, context.sizes.keys, connections)
            lines.append(context.throughput(Side(ours, load), Side(peer, load), Target(limit)))
    return lines

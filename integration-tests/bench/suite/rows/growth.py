"""Whether a server with many keys is as fast as one with few."""

from ..clients import RedisBenchmark, fill_strings
from ..context import Context, Side, median_us
from ..lines import Line, Target, compare
from ..servers import EngramNode, Redis
from ..sizes import LARGE_HEAP

PIPELINE = 16


def growth(context: Context) -> list[Line]:
    sizes = context.sizes
    directory = context.tmpfs()
    counts = (sizes.most_keys, sizes.few_keys)
    ours = []
    peers = []
    for count in counts:
        home = directory / f"engram-{count}"
        name = f"engram {count:,}"
        ours.append(context.run_server(lambda: EngramNode(name, home, LARGE_HEAP)))
        home = directory / f"redis-{count}"
        name = f"redis {count:,}"
        peers.append(context.run_server(lambda: Redis(name, home)))
        for server in (ours[-1], peers[-1]):
            fill_strings(server, count)
    lines = []
    for test in ("get", "set"):
        loads = [RedisBenchmark(test, PIPELINE, count) for count in counts]
        sides = [Side(server, load) for server, load in zip(ours, loads)]
        sides += [Side(server, load) for server, load in zip(peers, loads)]
        measured = context.samples(sides)
        for who, many, few, target in (
            ("Engram", measured[0], measured[1], Target(0.8)),
            ("Redis", measured[2], measured[3], None),
        ):
            line = compare(
                context.row,
                f"{who}: {loads[0].label()}, {counts[0]:,} keys",
                "/s",
                [sample.rate for sample in many],
                f"itself, {counts[1]:,} keys",
                [sample.rate for sample in few],
                target,
            )
            line.ours_us_per_op, line.peer_us_per_op = median_us(many), median_us(few)
            line.rounds = {"ours": many, "peer": few}
            lines.append(line)
    return lines

"""Three zones on this machine: three processes and the client share its processors."""

from ..clients import Load, RedisBenchmark
from ..context import Context, Side
from ..lines import Line, Target
from ..servers import EngramZones, Etcd, Redis, RedisWithReplicas

SET = ("100 SET {key} {data}",)
PUT = ("100 PUT {key} {data}",)
# Every write waits for one replica, whose acknowledgement means that its file is synced.
SET_AND_WAIT = ("100 SET {key} {data} ; WAIT 1 10000",)


def _zones(context: Context) -> EngramZones:
    return context.run_server(lambda: EngramZones(context.disk() / "engram"))


def volatile(context: Context) -> list[Line]:
    ours = _zones(context)
    peer = context.run_server(lambda: Redis("redis", context.disk() / "redis"))
    lines = []
    for pipeline, limit in ((1, 0.25), (16, 0.35)):
        load = RedisBenchmark("set", pipeline, context.sizes.keys)
        lines.append(context.throughput(Side(ours, load), Side(peer, load), Target(limit)))
    return lines


def etcd(context: Context) -> list[Line]:
    ours = _zones(context)
    peer = context.run_server(lambda: Etcd(context.disk() / "etcd"))
    lines = []
    for pipeline, limit in ((1, 3.0), (16, 8.0)):
        our_load = Load(SET, context.sizes.keys, pipeline=pipeline)
        peer_load = Load(PUT, context.sizes.keys, pipeline=pipeline, etcd=True)
        lines.append(context.throughput(Side(ours, our_load), Side(peer, peer_load), Target(limit)))
    return lines


def wait(context: Context) -> list[Line]:
    ours = _zones(context)
    peer = context.run_server(lambda: RedisWithReplicas(context.disk() / "redis"))
    lines = []
    for pipeline, limit in ((1, 1.3), (16, 5.0)):
        our_load = Load(SET, context.sizes.keys, pipeline=pipeline)
        peer_load = Load(SET_AND_WAIT, context.sizes.keys, pipeline=pipeline)
        lines.append(context.throughput(Side(ours, our_load), Side(peer, peer_load), Target(limit)))
    return lines

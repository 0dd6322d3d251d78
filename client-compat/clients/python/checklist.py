"""The checklist for redis-py: python3 checklist.py; see ../README.md for the environment.

Prints "ok NAME" for each check that passed; the first failure ends it. The last check follows a
failover (cluster mode only): it prints "ready", waits for a line on standard input, which comes
after the primary was killed, and has to get its write through.
"""

import logging
import os
import sys
import time

import redis
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisClusterException

MODE = os.environ["MODE"]
NODES = [node.split(":") for node in os.environ["NODES"].split(",")]
DEADLINE_SECONDS = 60
BIG_VALUE = bytes(range(256)) * 32 * 1024


def connect():
    if MODE == "plain":
        return redis.Redis(host=NODES[0][0], port=int(NODES[0][1]), decode_responses=True)
    return RedisCluster(
        startup_nodes=[ClusterNode(host, int(port)) for host, port in NODES],
        username=os.environ["USER_NAME"],
        password=os.environ["PASSWORD"],
        ssl=True,
        ssl_ca_certs=os.environ["CA_FILE"],
        ssl_cert_reqs="required",
        decode_responses=True,
        socket_timeout=2,
        socket_connect_timeout=1,
    )


def same(expected, got):
    if expected != got:
        raise AssertionError(f"expected {expected!r}, got {got!r}")


def raises(kind, text, call):
    try:
        result = call()
    except kind as error:
        if text not in str(error):
            raise AssertionError(f"expected {text!r} in {error!r}") from error
        return
    raise AssertionError(f"no error but {result!r}")


def strings(client):
    same(True, client.set("s", "välue"))
    same("välue", client.get("s"))
    same(None, client.get("missing"))
    same(None, client.set("s", "other", nx=True))
    same("välue", client.set("s", "2", get=True))
    same(7, client.incrby("s", 5))
    same(7.25, client.incrbyfloat("s", 0.25))
    same(6, client.append("s", "!!"))
    same(["7.25!!", None], client.mget("s", "{s}missing"))


def hashes(client):
    fields = {"name": "Ada", "born": "1815"}
    same(2, client.hset("h", mapping=fields))
    same(fields, client.hgetall("h"))
    same(["Ada", None], client.hmget("h", "name", "missing"))
    same(1852, client.hincrby("h", "born", 37))
    same(1, client.hdel("h", "name", "missing"))
    same({}, client.hgetall("missing"))


def keys(client):
    client.set("{k}1", "v")
    same("string", client.type("{k}1"))
    if MODE == "plain":
        same(True, client.rename("{k}1", "{k}2"))
        same("v", client.get("{k}2"))
        same(1, client.delete("{k}2"))
    same(0, client.exists("{k}2"))


def expiry(client):
    client.set("e", "v")
    same(-1, client.ttl("e"))
    same(True, client.expire("e", 1000))
    same(True, 900 < client.ttl("e") <= 1000)
    same(True, client.persist("e"))
    client.set("short", "v", px=100)
    deadline = time.monotonic() + 10
    while client.get("short") is not None:
        same(True, time.monotonic() < deadline)
        time.sleep(0.01)


def transactions(client):
    node = client
    if MODE == "cluster":
        node = client.get_redis_connection(client.get_node_from_key("{t}"))
    with node.pipeline(transaction=True) as transaction:
        transaction.incr("{t}counter").set("{t}other", "v").get("{t}other")
        same([1, True, "v"], transaction.execute())
        transaction.watch("{t}w")
        client.set("{t}w", "theirs")
        transaction.multi()
        transaction.set("{t}w", "mine")
        raises(redis.WatchError, "", transaction.execute)
    same("theirs", client.get("{t}w"))


def pipelines(client):
    with client.pipeline(transaction=False) if MODE == "plain" else client.pipeline() as pipeline:
        for i in range(1000):
            pipeline.set(f"p{i}", f"v{i}")
        for i in range(1000):
            pipeline.get(f"p{i}")
        same([True] * 1000 + [f"v{i}" for i in range(1000)], pipeline.execute())


def scan(client):
    with client.pipeline(transaction=False) if MODE == "plain" else client.pipeline() as pipeline:
        for i in range(500):
            pipeline.set(f"scan:{i}", "v")
        pipeline.execute()
    same({f"scan:{i}" for i in range(500)}, set(client.scan_iter(match="scan:*", count=100)))


def big_values(client):
    text = BIG_VALUE.decode("latin-1")
    client.set("big", text)
    same(text, client.get("big"))
    same(1, client.delete("big"))


def errors(client):
    client.set("text", "abc")
    raises(redis.ResponseError, "value is not an integer", lambda: client.incr("text"))
    same("abc", client.get("text"))


def reconnect(client):
    client.set("before", "1")
    admin = connect()
    try:
        if MODE == "plain":
            admin.client_kill_filter(_type="normal", skipme=True)
        else:
            node = admin.get_redis_connection(admin.get_primaries()[0])
            node.client_kill_filter(_type="normal", skipme=True)
    finally:
        admin.close()
    eventually(lambda: same("1", client.get("before")))


def failover(client):
    client.set("acknowledged", "1")
    print("ready", flush=True)
    sys.stdin.readline()
    clients = [client]

    def write():
        try:
            same(True, clients[-1].set("after", "1"))
        except (RedisClusterException, IndexError):
            # redis-py 4 cannot refresh its topology from a seed that it has not used before (it
            # copies a lock), nor read one without a primary; its users start a new client.
            clients.append(connect())
            raise

    eventually(write)
    same("1", clients[-1].get("acknowledged"))


def messages(client):
    listener = client.pubsub()
    listener.subscribe("py-news")
    listener.psubscribe("py-o*")
    heard = []

    def hear(count):
        deadline = time.monotonic() + DEADLINE_SECONDS
        while len(heard) < count:
            message = listener.get_message(ignore_subscribe_messages=False, timeout=1)
            if message:
                heard.append((message["type"], message["channel"], message["data"]))
            elif time.monotonic() > deadline:
                raise AssertionError(f"only {heard!r}")

    hear(2)
    client.publish("py-news", "a")
    client.publish("py-other", "b")
    hear(4)
    same([("message", "py-news", "a"), ("pmessage", "py-other", "b")], heard[2:])
    listener.close()


def eventually(check):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            return check()
        except (redis.RedisError, RedisClusterException, OSError, IndexError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def main():
    logging.getLogger("redis.cluster").setLevel(logging.CRITICAL)
    checks = [strings, hashes, keys, expiry, transactions, pipelines, scan, big_values, errors]
    checks.append(messages)
    checks += [reconnect] if MODE == "plain" else [reconnect, failover]
    client = connect()
    client.flushall()
    for check in checks:
        check(client)
        print("ok", check.__name__, flush=True)


main()

"""The cluster client, with one promise on top: it never repeats a write behind our back.

RedisCluster of redis-py repeats a command whose connection broke, up to five times, whether or
not the first try was executed. That is wrong for anything that is not idempotent, so we use the
cluster client for what it knows (topology, TLS, connection pools, redirects as exceptions) and
send each command to the primary of its key ourselves.
"""

import threading
import time

from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import (
    AskError,
    BusyLoadingError,
    ClusterDownError,
    ClusterError,
    ConnectionError,
    MasterDownError,
    MovedError,
    ReadOnlyError,
    RedisClusterException,
    ResponseError,
    TimeoutError,
    TryAgainError,
)

# The server says that it did nothing: safe to try again, on whoever is the primary then.
NOT_EXECUTED = (
    MovedError,
    AskError,
    TryAgainError,
    ClusterDownError,
    MasterDownError,
    ReadOnlyError,
    BusyLoadingError,
)
# What looking at the topology may end with while no node answers as it should.
UNREACHABLE = (ConnectionError, TimeoutError, ResponseError, ClusterError, RedisClusterException)
# redis-py reads a topology without a primary, as there is one during a failover, with these.
TOPOLOGY_TROUBLE = UNREACHABLE + (IndexError, KeyError, AttributeError)
# Refusals that pass by themselves or with an operator's help, but not within this request.
REFUSED_PREFIXES = ("NOSPACE", "OOM", "MASTERDOWN", "CLUSTERDOWN", "LOADING", "NOREPLICAS")
PAUSE_SECONDS = 0.05
CONNECT_TIMEOUT_SECONDS = 0.5
REPLY_TIMEOUT_SECONDS = 2.0


class Unavailable(Exception):
    """No primary could be reached in time; nothing was changed."""


class OutcomeUnknown(Unavailable):
    """A write was sent and no answer came: it may or may not have happened."""


class Database:
    """Thread-safe. Connects lazily, so the service starts even while the database is away."""

    def __init__(self, settings):
        self._settings = settings
        self._lock = threading.Lock()
        self._client = None
        self._generation = 0

    def on_primary(self, key, work, repeatable):
        """Runs work(connection) on the primary of `key`.

        A repeatable work is tried again after a broken connection; any other raises
        OutcomeUnknown then.
        """
        deadline = time.monotonic() + self._settings.deadline_seconds
        return self._try(
            deadline,
            lambda client: client.get_node_from_key(key),
            lambda redis, _: work(redis),
            repeatable,
        )

    def shards(self):
        """The shards, each named by its lowest slot, in order."""
        deadline = time.monotonic() + self._settings.deadline_seconds
        _, client = self._connected(deadline)
        found, previous = [], None
        for slot, nodes in sorted(client.nodes_manager.slots_cache.items()):
            if nodes[0].name != previous:
                previous = nodes[0].name
                found.append(slot)
        return found

    def on_shard(self, slot, work):
        """Runs a read work(connection, node name) on the shard's primary; repeatable."""
        deadline = time.monotonic() + self._settings.deadline_seconds
        return self._try(
            deadline,
            lambda client: client.nodes_manager.get_node_from_slot(slot),
            work,
            repeatable=True,
        )

    def _try(self, deadline, choose_node, work, repeatable):
        while True:
            generation, client = self._connected(deadline)
            try:
                node = choose_node(client)
                connection = client.get_redis_connection(node)
            except TOPOLOGY_TROUBLE as no_node:
                self._pause(deadline, no_node)
                self._refresh(generation)
                continue
            try:
                return work(connection, node.name)
            except NOT_EXECUTED as answer:
                reason = answer
            except (ConnectionError, TimeoutError) as broken:
                if not repeatable and not never_sent(broken):
                    raise OutcomeUnknown(str(broken)) from broken
                reason = broken
            except ResponseError as error:
                if str(error).startswith(REFUSED_PREFIXES):
                    raise Unavailable(str(error)) from error
                raise
            self._pause(deadline, reason)
            self._refresh(generation)

    def _connected(self, deadline):
        while True:
            with self._lock:
                if self._client is not None:
                    return self._generation, self._client
                try:
                    self._client = self._connect()
                    return self._generation, self._client
                except TOPOLOGY_TROUBLE as trouble:
                    reason = trouble
            self._pause(deadline, reason)

    def _connect(self):
        return RedisCluster(
            startup_nodes=[ClusterNode(host, port) for host, port in self._settings.nodes],
            # Keep the configured seeds: a topology seen during a failover may be partial.
            dynamic_startup_nodes=False,
            username=self._settings.user,
            password=self._settings.password,
            ssl=True,
            ssl_ca_certs=self._settings.ca_file,
            ssl_cert_reqs="required",
            ssl_check_hostname=True,
            decode_responses=True,
            socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
            socket_timeout=REPLY_TIMEOUT_SECONDS,
        )

    def _refresh(self, generation):
        """Looks at the topology again, once for all requests that failed on the same one."""
        with self._lock:
            if generation != self._generation:
                return
            self._generation += 1
            try:
                self._client.nodes_manager.initialize()
            except TOPOLOGY_TROUBLE:
                self._client = None

    @staticmethod
    def _pause(deadline, reason):
        if time.monotonic() + PAUSE_SECONDS > deadline:
            raise Unavailable(str(reason)) from reason
        time.sleep(PAUSE_SECONDS)


def never_sent(broken):
    """True if the connection could not even be opened."""
    return "connecting to" in str(broken)

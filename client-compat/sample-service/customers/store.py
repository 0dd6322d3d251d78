"""Customers as hashes `customer:<uuid>`."""

import uuid
import zlib

from redis.exceptions import WatchError

from .database import OutcomeUnknown

PREFIX = "customer:"
SLOT_COUNT = 16384
MAX_SCANS_PER_PAGE = 20
MAX_WATCH_ATTEMPTS = 10


class Conflict(Exception):
    """Others kept changing the same customer."""


class BadCursor(Exception):
    """Not a cursor that we handed out."""


class CustomerStore:
    def __init__(self, database):
        self._database = database

    def create(self, fields):
        customer_id = str(uuid.uuid4())
        key = PREFIX + customer_id
        # Nobody else knows this key yet, so writing the same fields twice is harmless.
        self._database.on_primary(
            key, lambda redis: redis.hset(key, mapping=fields), repeatable=True
        )
        return customer_id

    def get(self, customer_id):
        key = PREFIX + customer_id
        fields = self._database.on_primary(key, lambda redis: redis.hgetall(key), repeatable=True)
        return fields or None

    def replace(self, customer_id, fields):
        """False if there is no such customer; never brings a deleted one back."""
        key = PREFIX + customer_id
        return self._database.on_primary(
            key, lambda redis: _replace(redis, key, fields), repeatable=False
        )

    def delete(self, customer_id):
        key = PREFIX + customer_id
        return self._database.on_primary(key, lambda redis: redis.delete(key), repeatable=False) > 0

    def page(self, cursor, limit):
        """About `limit` customers and the cursor of the next page, or None after the last one.

        As with SCAN itself: what exists during the whole walk is seen, possibly twice.
        """
        shards = self._database.shards()
        position = _parse_cursor(cursor) or (shards[0], 0, 0)
        keys = []
        for _ in range(MAX_SCANS_PER_PAGE):
            position, found = self._scan(shards, position, limit - len(keys))
            keys.extend(found)
            if position is None or len(keys) >= limit:
                break
        customers = [(i, self.get(i)) for i in (key[len(PREFIX) :] for key in keys)]
        following = None if position is None else "-".join(map(str, position))
        return [(i, fields) for i, fields in customers if fields is not None], following

    def _scan(self, shards, position, count):
        """One SCAN; gives the position after it (None: all shards done) and the keys."""
        slot, scan_cursor, scanned_node = position

        def scan(redis, node_name):
            # A cursor is good on the node that gave it. After a failover we start the shard
            # again: twice is allowed, missing is not.
            node = zlib.crc32(node_name.encode())
            start = scan_cursor if node == scanned_node else 0
            return (node, *redis.scan(start, match=PREFIX + "*", count=count))

        node, scan_cursor, keys = self._database.on_shard(slot, scan)
        if scan_cursor != 0:
            return (slot, scan_cursor, node), keys
        rest = [later for later in shards if later > slot]
        return ((rest[0], 0, 0) if rest else None), keys


def _replace(redis, key, fields):
    for _ in range(MAX_WATCH_ATTEMPTS):
        with redis.pipeline(transaction=True) as transaction:
            try:
                transaction.watch(key)
                if not transaction.exists(key):
                    return False
                transaction.multi()
                transaction.delete(key)
                transaction.hset(key, mapping=fields)
                transaction.execute()
                return True
            except WatchError as lost:
                # redis-py says WatchError also when the connection broke around EXEC.
                if "occurred" in str(lost):
                    raise OutcomeUnknown(str(lost)) from lost
    raise Conflict(key)


def _parse_cursor(cursor):
    if cursor is None:
        return None
    parts = cursor.split("-")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) <= 20 for part in parts):
        raise BadCursor(cursor)
    slot, scan_cursor, node = map(int, parts)
    if slot >= SLOT_COUNT or scan_cursor >= 1 << 64:
        raise BadCursor(cursor)
    return slot, scan_cursor, node

"""Where the database is and who we are there: read from environment variables."""

import os
from dataclasses import dataclass


class BadSettings(Exception):
    """A variable is missing or makes no sense; the text says which one."""


@dataclass(frozen=True)
class Settings:
    nodes: tuple  # of (host, port): any nodes of the cluster, the others are discovered
    user: str
    password: str
    ca_file: str
    listen_host: str
    listen_port: int  # 0 picks a free one
    deadline_seconds: float  # how long one request may try before it answers 503


def parse_nodes(text):
    nodes = []
    for part in text.split(","):
        host, colon, port = part.strip().rpartition(":")
        if not colon or not host or not port.isdigit():
            raise BadSettings(f"REDIS_NODES: '{part.strip()}' is not host:port")
        nodes.append((host, int(port)))
    return tuple(nodes)


def from_environment(environ=os.environ):
    missing = [
        name
        for name in ("REDIS_NODES", "REDIS_USER", "REDIS_PASSWORD", "REDIS_CA_FILE")
        if not environ.get(name)
    ]
    if missing:
        raise BadSettings("please set " + ", ".join(missing))
    if not os.path.isfile(environ["REDIS_CA_FILE"]):
        raise BadSettings(f"REDIS_CA_FILE: no file {environ['REDIS_CA_FILE']}")
    try:
        return Settings(
            nodes=parse_nodes(environ["REDIS_NODES"]),
            user=environ["REDIS_USER"],
            password=environ["REDIS_PASSWORD"],
            ca_file=environ["REDIS_CA_FILE"],
            listen_host=environ.get("LISTEN_HOST", "127.0.0.1"),
            listen_port=int(environ.get("LISTEN_PORT", "8080")),
            deadline_seconds=float(environ.get("DEADLINE_SECONDS", "5")),
        )
    except ValueError as bad:
        raise BadSettings(f"not a number: {bad}") from bad

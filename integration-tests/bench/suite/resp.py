"""A few questions to a server, over a connection of their own."""

import socket

ANSWER_SECONDS = 120.0


class RespError(Exception):
    """The server answered with an error."""


class Resp:
    """RESP2 client for set-up and inspection; loads come from programs made for it."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS)
        self._stream = self._socket.makefile("rb")

    def __enter__(self) -> "Resp":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._socket.close()

    def ask(self, *words: str) -> object:
        parts = [b"*%d\r\n" % len(words)]
        for word in words:
            data = word.encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
        self._socket.sendall(b"".join(parts))
        return self._answer()

    def _answer(self) -> object:
        line = self._stream.readline()
        if not line.endswith(b"\r\n"):
            raise OSError("the connection was closed")
        kind, text = line[:1], line[1:-2].decode()
        if kind == b"+":
            return text
        if kind == b"-":
            raise RespError(text)
        if kind == b":":
            return int(text)
        size = int(text)
        if size < 0:
            return None
        if kind == b"$":
            return self._stream.read(size + 2)[:-2].decode(errors="replace")
        if kind == b"*":
            return [self._answer() for _ in range(size)]
        raise OSError(f"not RESP2: {line!r}")


def answers(port: int, *words: str) -> bool:
    """Whether a server is there and answers this without an error."""
    try:
        with Resp(port) as resp:
            resp.ask(*words)
            return True
    except (OSError, RespError):
        return False


def has_command(port: int, name: str) -> bool:
    with Resp(port) as resp:
        answer = resp.ask("COMMAND", "INFO", name)
        return isinstance(answer, list) and answer[0] is not None


def info(port: int) -> dict[str, str]:
    with Resp(port) as resp:
        lines = str(resp.ask("INFO", "everything")).splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)

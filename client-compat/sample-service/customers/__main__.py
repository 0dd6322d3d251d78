"""python3 -m customers: serves until it is told to stop."""

import logging
import signal
import sys

from werkzeug.serving import make_server

from .app import create_app
from .database import Database
from .settings import BadSettings, from_environment
from .store import CustomerStore


def main():
    try:
        settings = from_environment()
    except BadSettings as bad:
        print(f"customers: {bad}", file=sys.stderr)
        return 2
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    # The cluster client logs a stack trace for each redirect, which is its daily work.
    logging.getLogger("redis.cluster").setLevel(logging.CRITICAL)
    app = create_app(CustomerStore(Database(settings)))
    try:
        server = make_server(settings.listen_host, settings.listen_port, app, threaded=True)
    except (OSError, SystemExit) as refused:
        text = f"customers: cannot listen on port {settings.listen_port}: {refused}"
        print(text, file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on http://{settings.listen_host}:{server.server_port}", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())

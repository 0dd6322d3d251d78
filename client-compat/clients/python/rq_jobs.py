"""What the workers of rq_queue.py do; they import it by name."""


def double(value):
    return value * 2


def fail():
    raise ValueError("never")


def report_failure(job, connection, kind, value, traceback):
    connection.set("reported", job.id)

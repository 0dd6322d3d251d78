"""Queues of RQ, with workers that fork for each job: /usr/bin/python3 rq_queue.py; see ../README.md.

MODE=plain only; prints "ok NAME" for each check that passed, the first failure ends it.
"""

import logging
import os
from datetime import datetime, timedelta, timezone

import redis
import rq_jobs
from rq import Queue, Retry, Worker
from rq.job import Job, JobStatus
from rq.registry import FailedJobRegistry, FinishedJobRegistry, ScheduledJobRegistry
from rq.scheduler import RQScheduler

NODES = [node.split(":") for node in os.environ["NODES"].split(",")]
JOBS = 5


def same(expected, got):
    if expected != got:
        raise AssertionError(f"expected {expected!r}, got {got!r}")


def work(queue):
    """Everything that waits, then back; with the scheduler of the queue's delayed jobs."""
    worker = Worker([queue], connection=queue.connection)
    worker.work(burst=True, logging_level="CRITICAL")


def many(connection, queue):
    jobs = [queue.enqueue(rq_jobs.double, value) for value in range(JOBS)]
    same(JOBS, len(queue))
    work(queue)
    for value, job in enumerate(jobs):
        same(JobStatus.FINISHED, job.get_status(refresh=True))
        same(value * 2, job.result)
    same(JOBS, len(FinishedJobRegistry(queue=queue)))


def failures(connection, queue):
    job = queue.enqueue(rq_jobs.fail, on_failure=rq_jobs.report_failure, retry=Retry(max=1))
    work(queue)
    same(JobStatus.FAILED, job.get_status(refresh=True))
    same([job.id], FailedJobRegistry(queue=queue).get_job_ids())
    same(job.id.encode(), connection.get("reported"))
    FailedJobRegistry(queue=queue).requeue(job)
    same(JobStatus.QUEUED, job.get_status(refresh=True))
    queue.empty()
    same(0, len(queue))


def dependencies(connection, queue):
    first = queue.enqueue(rq_jobs.double, 1)
    second = queue.enqueue(rq_jobs.double, 2, depends_on=first)
    same(JobStatus.DEFERRED, second.get_status(refresh=True))
    work(queue)
    same(4, Job.fetch(second.id, connection=connection).result)


def schedules(connection, queue):
    past = datetime.now(timezone.utc) - timedelta(seconds=1)
    due = queue.enqueue_at(past, rq_jobs.double, 21)
    later = queue.enqueue_in(timedelta(hours=1), rq_jobs.double, 22)
    same(2, len(ScheduledJobRegistry(queue=queue)))
    scheduler = RQScheduler([queue], connection=connection, logging_level=logging.WARNING)
    same({queue.name}, scheduler.acquire_locks())
    scheduler.enqueue_scheduled_jobs()
    scheduler.release_locks()
    same([later.id], ScheduledJobRegistry(queue=queue).get_job_ids())
    work(queue)
    due.refresh()
    same(42, due.result)


def workers(connection, queue):
    worker = Worker([queue], connection=connection, name="one")
    worker.register_birth()
    same(["one"], [known.name for known in Worker.all(connection=connection)])
    worker.register_death()
    same([], Worker.all(connection=connection))


def main():
    connection = redis.Redis(host=NODES[0][0], port=int(NODES[0][1]))
    connection.flushall()
    queue = Queue("mail", connection=connection)
    for check in (many, failures, dependencies, schedules, workers):
        check(connection, queue)
        print(f"ok {check.__name__}", flush=True)


main()

"""Queries while the tables move between two snapshots: every answer must be that of one snapshot."""

import threading

from catalog.aws import BUCKET

# Which snapshot the rows came from, by the files' own addresses.
QUESTION = """SELECT regexp_extract("$path", '/curated/ct_slices/([^/]+)/', 1) AS snapshot, COUNT(*) AS slices,
              COUNT(DISTINCT patient_id) AS patients, COUNT(DISTINCT country) AS countries
              FROM ct_slices GROUP BY 1"""
CLIENTS = 3


def check(lake, connect, swaps, report):
    """The tables go to and fro between the two last entries of the log while clients ask."""
    log = Log(lake)
    expected = {}
    for swap in range(2):
        log.show(swap)
        (row,) = connect().ask(QUESTION)
        expected[row[0]] = row
    stop = threading.Event()
    clients = [Client(connect(), stop) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for swap in range(swaps):
        log.show(swap)
    stop.set()
    for client in clients:
        client.join()
    answers = [answer for client in clients for answer in client.answers]
    problems = [problem for client in clients for problem in client.errors]
    problems += [f"no snapshot's answer: {answer}" for answer in answers if answer not in ([r] for r in expected.values())]
    seen = {answer[0][0] for answer in answers if len(answer) == 1}
    if seen != set(expected):
        problems.append(f"expected answers of both snapshots, got those of {sorted(seen)}")
    report.result("Trino", f"{len(answers)} answers of {CLIENTS} clients through {swaps} swaps, each one snapshot's", problems)


class Log:
    """The log's last entry, which comes and goes: a hundred rollbacks would make a long log, and reading it take long."""

    def __init__(self, lake):
        self.lake = lake
        folder = f"{lake.prefix}_ctlake/log/"
        self.key = max(item["Key"] for item in self._s3.list_objects_v2(Bucket=BUCKET, Prefix=folder)["Contents"])
        self.entry = self._s3.get_object(Bucket=BUCKET, Key=self.key)["Body"].read()

    @property
    def _s3(self):
        return self.lake.aws.s3

    def show(self, swap):
        """Shows the last entry at every other swap, and the one before it in between."""
        if swap % 2:
            self._s3.put_object(Bucket=BUCKET, Key=self.key, Body=self.entry)
        else:
            self._s3.delete_object(Bucket=BUCKET, Key=self.key)
        self.lake.register()


class Client(threading.Thread):
    """Asks over and over."""

    def __init__(self, engine, stop):
        super().__init__(daemon=True)
        self.engine = engine
        self.stop = stop
        self.answers = []
        self.errors = []

    def run(self):
        while not self.stop.is_set():
            try:
                self.answers.append(self.engine.ask(QUESTION))
            except Exception as error:  # whatever it is, a reader must not see it
                self.errors.append(f"{type(error).__name__}: {error}")

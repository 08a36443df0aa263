"""Queries while the tables move between two snapshots: every answer must be that of one snapshot."""

import threading

# Which snapshot the rows came from, by the files' own addresses.
QUESTION = """SELECT regexp_extract("$path", '/curated/ct_slices/([^/]+)/', 1) AS snapshot, COUNT(*) AS slices,
              COUNT(DISTINCT patient_id) AS patients, COUNT(DISTINCT country) AS countries
              FROM ct_slices GROUP BY 1"""
CLIENTS = 3


def check(lake, connect, entries, swaps, report):
    """`entries` are two entries of the log; the tables go to and fro between them while clients ask."""
    expected = {}
    for entry in entries:
        _show(lake, entry)
        (row,) = connect().ask(QUESTION)
        expected[row[0]] = row
    stop = threading.Event()
    clients = [Client(connect(), stop) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for swap in range(swaps):
        _show(lake, entries[swap % 2])
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


def _show(lake, entry):
    # A rollback to what is current already is refused, and no swap.
    lake.run("snapshots", "rollback", entry)
    lake.register()


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

"""The checks of what the formats show, each over one lake."""

import questions
from checks import answers
from engines.ctlake_engine import CtlakeSql
from formats import versions
from formats.lakes import CURRENT, OTHER
from labels import Labels

# What tells one entry's tables from another's.
TIME_QUESTION = "SELECT snapshot_id, slices, patients FROM snapshot_info"
HOUR = 3_600_000
# Readers that can be asked for a time, of Iceberg tables.
BY_TIME = ("DuckDB", "ClickHouse (chdb)", "Spark", "Trino")


class Expected:
    """The answers of `ctlake sql` at two entries of a lake: the current and an older one, whose tables are others."""

    def __init__(self, lake, labels):
        slices = Labels(labels).slices_per_patient()
        self.lake = lake
        self.questions = questions.all_questions(max(slices, key=slices.get))
        self.partitions = set(CtlakeSql(lake).partitions("ct_slices"))
        self.answers = {}
        for entry in (None, OTHER):
            sql = CtlakeSql(lake, "--snapshot", entry or CURRENT)
            self.answers[entry] = [answers.normalised(sql.answer(q), q.ordered) for q in self.questions]

    def by_snapshot(self, entry):
        return answers.normalised(CtlakeSql(self.lake, "--snapshot", entry)._ask(TIME_QUESTION), False)

    def check_all(self, name, formats, open_reader, report, entries=(None, OTHER)):
        """All questions of a reader, now and by the version of the older entry; `open_reader` is given the tables."""
        for format in formats:
            for entry in entries:
                expected = self.answers[entry]
                when = "now" if entry is None else f"at the version of entry {entry}"
                label = f"{format}: {len(expected)} questions, {when}"
                try:
                    reader = open_reader(versions.of_lake(self.lake, format, entry))
                except Exception as error:  # whatever it raises, it could not read the tables
                    report.result(name, label, [failure(error)])
                    continue
                report.result(name, label, self._problems(name, reader, expected))
                if entry is None:
                    self._keys(name, format, reader, report)
            if format == "iceberg" and name in BY_TIME:
                report.result(name, "iceberg: by time", self._by_time(name, open_reader))

    def _problems(self, name, reader, expected):
        for question, answer in zip(self.questions, expected):
            try:
                got = answers.normalised(reader.answer(question), question.ordered)
            except Exception as error:  # an engine that refuses the question has failed it
                yield f"{question.name}: {failure(error)}"
                continue
            for difference in answers.differences(("ctlake sql", answer), (name, got)):
                yield f"{question.name}: {difference}"

    def _by_time(self, name, open_reader):
        """An hour after an entry was committed, its tables are read."""
        for entry in (1, OTHER):
            shown = versions.of_lake(self.lake, "iceberg", entry)
            tables = {table: versions.Shown(s.format, table, s.path, None, s.time + HOUR) for table, s in shown.items()}
            try:
                got = answers.normalised(open_reader(tables).ask(TIME_QUESTION), False)
            except Exception as error:  # as above
                yield f"entry {entry}: {failure(error)}"
                continue
            expected = self.by_snapshot(entry)
            yield from (f"entry {entry}: {d}" for d in answers.differences(("ctlake sql", expected), (name, got)))

    def _keys(self, name, format, reader, report):
        """No partition is missing, and no reader sees a key as NULL."""
        try:
            got = set(reader.partitions("ct_slices"))
            problems = [] if got == self.partitions else [f"expected {self.partitions ^ got} otherwise"]
        except Exception as error:  # as above
            got, problems = (), [failure(error)]
        report.result(name, f"{format}: {len(got)} partitions", problems)


def failure(error):
    """An engine's words, those that say most: its first lines."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:600]}"

"""`ctlake sql`: the binary's own SQL, its answer taken as CSV."""

import csv
import io

from engines import PARTITIONS_SQL


def open(lake):
    return CtlakeSql(lake)


class CtlakeSql:
    def __init__(self, lake, *options):
        self.lake = lake
        self.options = options

    def answer(self, question):
        return self._ask(question.sql)

    def partitions(self, table):
        return self._ask(PARTITIONS_SQL.format(table=table))

    def run(self, sql, *args):
        return self.lake.ctlake.run("sql", sql, "--lake", self.lake.folder, *self.options, *args)

    def _ask(self, sql):
        out = self.run(sql, "--format", "csv")
        _header, *answer = csv.reader(io.StringIO(out, newline=""))
        # CSV writes NULL as an empty field; no column of the tables holds an empty text.
        return [tuple(None if field == "" else field for field in row) for row in answer]

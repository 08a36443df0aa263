"""Athena, asked by `ctlake sql --engine athena` and by awswrangler."""

import json

import awswrangler
import pandas

from engines import PARTITIONS_SQL
from engines.ctlake_engine import CtlakeSql


class CtlakeAthena(CtlakeSql):
    """`ctlake sql --engine athena`; the workgroup decides whether the answer is a file on S3."""

    def __init__(self, lake, athena, workgroup):
        super().__init__(lake, "--engine", "athena", "--workgroup", workgroup)
        lake.ctlake.env["AWS_ENDPOINT_URL_ATHENA"] = athena.endpoint

    def json(self, sql):
        return json.loads(self.run(sql, "--format", "json"))


class WranglerAthena:
    """awswrangler's own client of Athena: what it understands is Athena's API."""

    def __init__(self, lake, athena):
        self.database = lake.database
        awswrangler.config.athena_endpoint_url = athena.endpoint

    def ask(self, sql):
        frame = awswrangler.athena.read_sql_query(
            sql, self.database, ctas_approach=False, workgroup="primary", dtype_backend="pyarrow"
        )
        columns = [frame[name].to_list() for name in frame]
        return [tuple(None if is_null(value) else value for value in row) for row in zip(*columns)]

    def answer(self, question):
        return self.ask(question.sql)

    def partitions(self, table):
        return self.ask(PARTITIONS_SQL.format(table=table))


def is_null(value):
    # pandas' NA is neither equal to itself nor not.
    return value is None or value is pandas.NA or value != value

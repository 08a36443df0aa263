#!/usr/bin/env bash
# Expected: 36 hours after a date is a timestamp at noon (DuckDB, PostgreSQL), or an error (Trino: hours cannot be added
# to a date).
# What happens, in DataFusion 54.1.0 (55.0.0 too): a date, one day later. The hours below a day are dropped without a
# word.
# For us: `ctlake sql` refuses it, and names the cast to a timestamp.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check datafusion==54.1.0 pyarrow==23.0.1

"$folder/python/bin/python" - "$folder" <<'PYTHON'
import sys

import datafusion
import pyarrow as pa
import pyarrow.parquet as pq

folder = sys.argv[1]
context = datafusion.SessionContext()
for name, columns in {"p": {"k": ["a"]}}.items():
    pq.write_table(pa.table(columns), f"{folder}/{name}.parquet")
    context.register_parquet(name, f"{folder}/{name}.parquet")
question = "SELECT CAST(DATE '2020-03-01' + INTERVAL '36' HOUR AS VARCHAR) FROM p"
rows = [tuple(row.values()) for row in context.sql(question).to_pylist()]
print("datafusion", datafusion.__version__)
print(question)
print("  seen ", rows)
print("  right", [('2020-03-02T12:00:00',)])
if rows != [('2020-03-02',)]:
    sys.exit("this has changed")
PYTHON

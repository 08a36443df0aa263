#!/usr/bin/env bash
# Expected: a comparison with ALL of a subquery is answered, or refused.
# What happens, in DataFusion 54.1.0 (55.0.0 too): it is planned as a semi join that forgets which comparison it was:
# `>= ALL` is true of rows that are smaller than most.
# For us: `ctlake sql` refuses ANY and ALL over subqueries, and names the forms that are answered right.
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
for name, columns in {"p": {"v": [1, 2, 3]}}.items():
    pq.write_table(pa.table(columns), f"{folder}/{name}.parquet")
    context.register_parquet(name, f"{folder}/{name}.parquet")
question = 'SELECT COUNT(*) FROM p WHERE v >= ALL (SELECT v FROM p)'
rows = [tuple(row.values()) for row in context.sql(question).to_pylist()]
print("datafusion", datafusion.__version__)
print(question)
print("  seen ", rows)
print("  right", [(1,)])
if rows != [(3,)]:
    sys.exit("this has changed")
PYTHON

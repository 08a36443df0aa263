#!/usr/bin/env bash
# Expected: `v NOT IN (SELECT …)` is unknown where the subquery has a NULL, and an unknown row is not taken, wherever
# the condition stands.
# What happens, in DataFusion 54.1.0 (55.0.0 too): alone in WHERE it is so. Beside OR it becomes a join that marks the
# rows it finds, without a mark for unknown, and the opposite of no mark is yes.
# For us: `ctlake sql` refuses NOT IN (SELECT …) beside OR, and IN (SELECT …) below NOT; EXISTS is right everywhere.
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
for name, columns in {"p": {"k": ["a", "b", "c"], "v": [1, 2, None]}}.items():
    pq.write_table(pa.table(columns), f"{folder}/{name}.parquet")
    context.register_parquet(name, f"{folder}/{name}.parquet")
question = "SELECT COUNT(*) FROM p WHERE v NOT IN (SELECT v FROM p WHERE k <> 'b') OR k = 'z'"
rows = [tuple(row.values()) for row in context.sql(question).to_pylist()]
print("datafusion", datafusion.__version__)
print(question)
print("  seen ", rows)
print("  right", [(0,)])
if rows != [(2,)]:
    sys.exit("this has changed")
PYTHON

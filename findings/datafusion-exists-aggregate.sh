#!/usr/bin/env bash
# Expected: an aggregate without GROUP BY has one row, also of nothing, so that EXISTS over it is true.
# What happens, in DataFusion 54.1.0 (55.0.0 too): a correlated EXISTS over an aggregate is planned as one over the rows
# that it counts, and false where there are none.
# For us: `ctlake sql` refuses EXISTS over aggregates, and names the comparison with a scalar subquery, which is right.
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
for name, columns in {"p": {"k": ["a", "b"]}, "q": {"k": ["a"]}}.items():
    pq.write_table(pa.table(columns), f"{folder}/{name}.parquet")
    context.register_parquet(name, f"{folder}/{name}.parquet")
question = 'SELECT COUNT(*) FROM p WHERE EXISTS (SELECT COUNT(*) FROM q WHERE q.k = p.k)'
rows = [tuple(row.values()) for row in context.sql(question).to_pylist()]
print("datafusion", datafusion.__version__)
print(question)
print("  seen ", rows)
print("  right", [(2,)])
if rows != [(1,)]:
    sys.exit("this has changed")
PYTHON

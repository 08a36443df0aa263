#!/usr/bin/env bash
# Expected: `a IS DISTINCT FROM b OR c` is `(a IS DISTINCT FROM b) OR c`, as with every other comparison.
# What happens, in sqlparser 0.62, by which DataFusion 54.1.0 reads SQL (55.0.0 too): all that follows is taken for the
# right side, OR and AND included. Where the types allow it, nothing tells.
# For us: `ctlake sql` refuses IS DISTINCT FROM whose right side is no operand, and asks for brackets.
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
for name, columns in {"p": {"k": ["a", "b", "c"]}}.items():
    pq.write_table(pa.table(columns), f"{folder}/{name}.parquet")
    context.register_parquet(name, f"{folder}/{name}.parquet")
question = "SELECT COUNT(*) FROM p WHERE (k = 'a') IS DISTINCT FROM true OR k = 'a'"
rows = [tuple(row.values()) for row in context.sql(question).to_pylist()]
print("datafusion", datafusion.__version__)
print(question)
print("  seen ", rows)
print("  right", [(3,)])
if rows != [(2,)]:
    sys.exit("this has changed")
PYTHON

#!/usr/bin/env bash
# Expected: `OVER (w ORDER BY k)` goes on with the window `w`, so that it has its PARTITION BY, as the standard says.
# What happens, in DataFusion 54.1.0 (55.0.0 too): the name in the brackets is read and passed over. The sum runs over
# all partitions.
# For us: `ctlake sql` refuses windows that go on with others; `OVER w`, without brackets, is right.
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
for name, columns in {"p": {"k": ["a", "b", "c"], "v": [1, 2, 4]}}.items():
    pq.write_table(pa.table(columns), f"{folder}/{name}.parquet")
    context.register_parquet(name, f"{folder}/{name}.parquet")
question = 'SELECT SUM(v) OVER (w ORDER BY k) FROM p WINDOW w AS (PARTITION BY k) ORDER BY k'
rows = [tuple(row.values()) for row in context.sql(question).to_pylist()]
print("datafusion", datafusion.__version__)
print(question)
print("  seen ", rows)
print("  right", [(1,), (2,), (4,)])
if rows != [(1,), (3,), (7,)]:
    sys.exit("this has changed")
PYTHON

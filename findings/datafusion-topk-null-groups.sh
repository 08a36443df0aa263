#!/usr/bin/env bash
# Expected: ORDER BY an aggregate with LIMIT leaves out groups only past the limit.
# What happens, in DataFusion 54.1.0 (no more in 55.0.0): groups all of whose values are NULL are missing, however high
# the limit is. The optimisation for such questions keeps groups in a heap of values, where a NULL has no place.
# For us: countries without a known age were not in the answer. `ctlake sql` turns
# `datafusion.optimizer.enable_topk_aggregation` off.
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
question = 'SELECT k, MAX(v) AS m FROM p GROUP BY k ORDER BY m DESC LIMIT 10'
rows = [tuple(row.values()) for row in context.sql(question).to_pylist()]
print("datafusion", datafusion.__version__)
print(question)
print("  seen ", rows)
print("  right", [('c', None), ('b', 2), ('a', 1)])
if rows != [('b', 2), ('a', 1)]:
    sys.exit("this has changed")
PYTHON

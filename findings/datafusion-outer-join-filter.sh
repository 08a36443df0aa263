#!/usr/bin/env bash
# Expected: a WHERE over the side of an outer join that may be missing takes the rows without a partner out, for their
# NULL meets no condition.
# What happens, in DataFusion 54.1.0 (55.0.0 too): where both sides have a column of that name and the condition is an
# expression of it, the filter is pushed below the join, to the other side's column, and is gone above it: the rows
# without a partner stay.
# For us: a count over a RIGHT JOIN was eight times too high, with exit 0. `ctlake sql` runs without the physical rules
# `FilterPushdown`; the tables get their filters from the logical plan.
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
for name, columns in {"p": {"k": ["a", "b", "c"]}, "q": {"k": ["a", "b", "b", "c", "c"], "s": ["x", "x", "y", "y", "y"]}}.items():
    pq.write_table(pa.table(columns), f"{folder}/{name}.parquet")
    context.register_parquet(name, f"{folder}/{name}.parquet")
question = "SELECT COUNT(*) FROM p RIGHT JOIN q ON p.k = q.k AND q.s = 'x' WHERE p.k || '' LIKE '%'"
rows = [tuple(row.values()) for row in context.sql(question).to_pylist()]
print("datafusion", datafusion.__version__)
print(question)
print("  seen ", rows)
print("  right", [(2,)])
if rows != [(5,)]:
    sys.exit("this has changed")
PYTHON

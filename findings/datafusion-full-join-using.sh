#!/usr/bin/env bash
# Expected: the column of USING is the one of either side that has a value.
# What happens, in DataFusion 54.1.0 (55.0.0 too): it is the left side's, so that it is NULL in the rows that only the
# right side has.
# For us: comparing two snapshots by FULL JOIN … USING (file_name) lost the names of all new files. `ctlake sql` refuses
# it, and names ON with COALESCE.
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
for name, columns in {"p": {"k": ["a"]}, "q": {"k": ["z"]}}.items():
    pq.write_table(pa.table(columns), f"{folder}/{name}.parquet")
    context.register_parquet(name, f"{folder}/{name}.parquet")
question = 'SELECT k FROM p FULL JOIN q USING (k) ORDER BY k'
rows = [tuple(row.values()) for row in context.sql(question).to_pylist()]
print("datafusion", datafusion.__version__)
print(question)
print("  seen ", rows)
print("  right", [('a',), ('z',)])
if rows != [('a',), (None,)]:
    sys.exit("this has changed")
PYTHON

"""What AWS Glue enforces and moto doesn't, as a layer in front of moto.

- An `UpdateTable` that names a version must name the newest.
- Batches have their limits, and partitions as many values as their table has keys.
- Comments, descriptions and parameters have a longest length.
- Listings come in pages, and `GetPartitions` in segments.
- Column statistics can be asked for, and there are none.
"""

import json
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import parse_qs

from moto.glue.models import glue_backends
from moto.s3.models import s3_backends
from werkzeug.test import run_wsgi_app

ACCOUNT = "123456789012"
# Little, so that every client has to turn pages.
PAGE = 20
BATCHES = {
    "BatchCreatePartition": ("PartitionInputList", "Values", 100),
    "BatchUpdatePartition": ("Entries", "PartitionValueList", 100),
    "BatchDeletePartition": ("PartitionsToDelete", "Values", 25),
}
LISTS = {"GetTables": "TableList", "GetPartitions": "Partitions", "GetDatabases": "DatabaseList"}


class Refused(Exception):
    """Glue would not take the request."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Strict:
    """The WSGI application. Of its own it answers, below `/_strict/`:

    - `requests`: what Glue was asked for; it is forgotten then;
    - `meddle?table=NAME`: somebody else changes that table just before its next update;
    - `age?days=N`: the objects of the last day are that many days old.
    """

    def __init__(self, app, region):
        self.app = app
        self.region = region
        self.lock = threading.Lock()
        self.requests = Counter()
        self.meddled = None

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"].startswith("/_strict/"):
            asked = {name: values[-1] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
            with self.lock:
                answer = getattr(self, f"answer_{environ['PATH_INFO'].removeprefix('/_strict/')}")(**asked)
            return _answer(start_response, "200 OK", answer)
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if not target.startswith("AWSGlue."):
            return self.app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        operation, request = target.removeprefix("AWSGlue."), json.loads(body or b"{}")
        # One at a time: a version must not change between the look at it and the update.
        with self.lock:
            self.requests[operation] += 1
            try:
                self.check(operation, request)
            except Refused as refused:
                answer = {"__type": refused.code, "Message": str(refused)}
                return _answer(start_response, "400 Bad Request", answer)
            if operation.startswith("GetColumnStatistics"):
                return _answer(start_response, "200 OK", {"ColumnStatisticsList": [], "Errors": []})
            return self.serve(operation, request, environ, start_response)

    def answer_requests(self):
        counted, self.requests = self.requests, Counter()
        return counted

    def answer_meddle(self, table):
        self.meddled = table
        return {}

    def answer_age(self, days):
        # moto keeps times without their zone, in UTC.
        now = datetime.now(UTC).replace(tzinfo=None)
        for bucket in s3_backends[ACCOUNT]["aws"].buckets.values():
            for key in bucket.keys.values():
                if key.last_modified > now - timedelta(days=1):
                    key.last_modified = now - timedelta(days=int(days))
        return {}

    def serve(self, operation, request, environ, start_response):
        """What moto answers; of a listing the page that was asked for."""
        asked = {key: value for key, value in request.items() if key not in ("NextToken", "MaxResults", "Segment")}
        body = json.dumps(asked if operation in LISTS else request).encode()
        inner = {**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        chunks, status, headers = run_wsgi_app(self.app, inner, buffered=True)
        if operation not in LISTS or not status.startswith("200"):
            start_response(status, list(headers))
            return chunks
        answer = json.loads(b"".join(chunks))
        items = answer[LISTS[operation]]
        if segment := request.get("Segment"):
            items = items[segment["SegmentNumber"] :: segment["TotalSegments"]]
        begin = int(request.get("NextToken") or 0)
        end = begin + min(PAGE, request.get("MaxResults") or PAGE)
        answer[LISTS[operation]] = items[begin:end]
        answer.pop("NextToken", None)
        if end < len(items):
            answer["NextToken"] = str(end)
        return _answer(start_response, status, answer)

    def check(self, operation, request):
        if operation in ("CreateTable", "UpdateTable"):
            _check_lengths(request["TableInput"])
        if operation == "UpdateTable" and request["TableInput"]["Name"] == self.meddled:
            self.meddled = None
            table = self._table(request["DatabaseName"], request["TableInput"]["Name"])
            table.update(table.versions[table.as_dict()["VersionId"]])
        if operation == "UpdateTable" and "VersionId" in request:
            table = self._table(request["DatabaseName"], request["TableInput"]["Name"])
            if table is not None and request["VersionId"] != table.as_dict()["VersionId"]:
                self.requests["UpdateTable refused"] += 1
                raise Refused("ConcurrentModificationException", "Update table failed due to concurrent modifications.")
        if operation in BATCHES:
            items, values, limit = BATCHES[operation]
            if not 0 < len(request[items]) <= limit:
                raise Refused("InvalidInputException", f"{items}: {len(request[items])} items, the limit is {limit}")
            table = self._table(request["DatabaseName"], request["TableName"])
            keys = len(table.as_dict()["PartitionKeys"]) if table else 0
            for item in request[items]:
                if len(item[values]) != keys:
                    raise Refused("InvalidInputException", "The number of partition keys and values do not match")

    def _table(self, database, name):
        backend = glue_backends[ACCOUNT][self.region]
        database = backend.databases.get(database)
        return database.tables.get(name) if database else None


def _check_lengths(table):
    columns = [*table["StorageDescriptor"].get("Columns", []), *table.get("PartitionKeys", [])]
    for column in columns:
        if len(column.get("Comment", "")) > 255:
            raise Refused("InvalidInputException", f"comment of {column['Name']} is longer than 255")
    if len(table.get("Description", "").encode()) > 2048:
        raise Refused("InvalidInputException", "description is longer than 2048")
    for name, value in table.get("Parameters", {}).items():
        if len(name) > 255 or len(value) > 512_000:
            raise Refused("InvalidInputException", f"parameter {name} is too long")


def _answer(start_response, status, answer):
    body = json.dumps(answer).encode()
    start_response(status, [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))])
    return [body]

"""Amazon Athena on this machine: its API over a real Trino, the engine behind it.

A request is checked against Athena's own model, as botocore has it; a statement that can't be parsed is refused at once, any other runs
on Trino; the answer stands in pages of a thousand rows and, unless the workgroup manages answers itself, as CSV on S3, where NULL
is nothing and a text is in quotes. What it doesn't know: rights, signatures, prices.
"""

import json
import math
import re
import threading
import uuid
from collections import Counter
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import botocore.session
import botocore.validate
import trino

from catalog.aws import BUCKET

PAGE = 1000
ANSWERS = f"s3://{BUCKET}/athena-answers/"
WORKGROUPS = {
    "primary": {"EnforceWorkGroupConfiguration": False, "ResultConfiguration": {"OutputLocation": ANSWERS}},
    "managed": {"EnforceWorkGroupConfiguration": True, "ManagedQueryResultsConfiguration": {"Enabled": True}},
}
# Digits of the types that have no length of their own, as Athena tells them.
DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "float": 17, "double": 17, "varchar": 2147483647}


class Refused(Exception):
    """Athena would not take the request."""


class Athena:
    """A running server, for as long as the `with` block lasts."""

    def __init__(self, server, aws):
        self.server = server
        self.s3 = aws.s3
        self.model = botocore.session.get_session().get_service_model("athena")
        self.queries = {}
        self.tokens = {}
        self.asked = Counter()
        self.lock = threading.Lock()

    def __enter__(self):
        athena = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                operation = self.headers["X-Amz-Target"].removeprefix("AmazonAthena.")
                try:
                    status, answer = 200, athena.serve(operation, json.loads(body))
                except Refused as refused:
                    status, answer = 400, {"__type": "InvalidRequestException", "Message": str(refused)}
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    def requests(self):
        """How often each operation was asked for since the last call."""
        with self.lock:
            asked, self.asked = self.asked, Counter()
        return dict(asked)

    def serve(self, operation, request):
        with self.lock:
            self.asked[operation] += 1
        shape = self.model.operation_model(operation).input_shape
        report = botocore.validate.ParamValidator().validate(request, shape)
        if report.has_errors():
            raise Refused(report.generate_report())
        return getattr(self, operation)(request)

    def GetWorkGroup(self, request):
        return {"WorkGroup": {"Name": request["WorkGroup"], "Configuration": self.workgroup(request)}}

    def workgroup(self, request):
        name = request.get("WorkGroup", "primary")
        if name not in WORKGROUPS:
            raise Refused(f"WorkGroup {name} is not found.")
        return WORKGROUPS[name]

    def StartQueryExecution(self, request):
        group = self.workgroup(request)
        context = request.get("QueryExecutionContext", {})
        if context.get("Catalog", "AwsDataCatalog").lower() != "awsdatacatalog":
            raise Refused(f"no catalog {context['Catalog']}")
        connection = trino.dbapi.connect(
            host="127.0.0.1",
            port=self.server.port,
            user="athena",
            catalog="awsdatacatalog",
            schema=context.get("Database", "default"),
            # Texts, as Athena has them.
            legacy_primitive_types=True,
        )
        token = request.get("ClientRequestToken") or str(uuid.uuid4())
        with self.lock:
            if token in self.tokens:
                return {"QueryExecutionId": self.tokens[token]}
            query = Query(request, group, connection, self.s3)
            query.parse()
            self.queries[query.id] = query
            self.tokens[token] = query.id
        query.start()
        return {"QueryExecutionId": query.id}

    def GetQueryExecution(self, request):
        return {"QueryExecution": self.query(request).execution()}

    def StopQueryExecution(self, request):
        self.query(request).cancel()
        return {}

    def GetQueryResults(self, request):
        return self.query(request).results(request.get("NextToken"), request.get("MaxResults", PAGE))

    def query(self, request):
        query = self.queries.get(request["QueryExecutionId"])
        if query is None:
            raise Refused(f"QueryExecution {request['QueryExecutionId']} was not found")
        return query


class Query:
    """A statement that runs on Trino, in a thread of its own."""

    def __init__(self, request, group, connection, s3):
        self.id = str(uuid.uuid4())
        self.request = request
        # Athena ends a statement where Trino wants no end.
        self.sql = request["QueryString"].rstrip().removesuffix(";")
        word = re.match(r"(?:--[^\n]*\n|\s|\()*([A-Za-z]*)", self.sql).group(1).upper()
        self.kind = "UTILITY" if word in ("SHOW", "DESCRIBE", "DESC") else "DML"
        self.connection = connection
        self.cursor = connection.cursor()
        self.s3 = s3
        self.state, self.reason = "QUEUED", None
        self.columns, self.rows = [], []
        self.location = None
        if "ManagedQueryResultsConfiguration" not in group:
            place = request.get("ResultConfiguration", group["ResultConfiguration"])["OutputLocation"]
            self.location = f"{place.rstrip('/')}/{self.id}.{'csv' if self.kind == 'DML' else 'txt'}"

    def parse(self):
        """Refuses what Trino can't parse, as Athena does before there is a query."""
        try:
            self.connection.cursor().execute(f"EXPLAIN (TYPE VALIDATE) {self.sql}").fetchall()
        except trino.exceptions.TrinoUserError as error:
            if error.error_name == "SYNTAX_ERROR" and self.kind == "DML":
                shift = len("EXPLAIN (TYPE VALIDATE) ")
                place = re.match(r"line (\d+):(\d+):", error.message)
                if place is None:
                    raise Refused(error.message) from error
                line, column = int(place[1]), int(place[2])
                column -= shift if line == 1 else 0
                raise Refused(f"line {line}:{column}:{error.message[place.end():]}") from error

    def start(self):
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        self.state = "RUNNING"
        try:
            self.cursor.execute(self.sql)
            rows = self.cursor.fetchall()
            self.columns = [column(name, kind) for name, kind, *_ in self.cursor.description]
            self.rows = [[text(value) for value in row] for row in rows]
            if self.location is not None:
                bucket, key = self.location.removeprefix("s3://").split("/", 1)
                self.s3.put_object(Bucket=bucket, Key=key, Body=self.csv().encode())
            self.state = "SUCCEEDED" if self.state == "RUNNING" else self.state
        except trino.exceptions.TrinoQueryError as error:
            if self.state != "CANCELLED":
                self.state, self.reason = "FAILED", f"{error.error_name}: {error.message}"

    def cancel(self):
        if self.state in ("QUEUED", "RUNNING"):
            self.state, self.reason = "CANCELLED", "Query cancelled by user"
            self.cursor.cancel()

    def names(self):
        return [item["Name"] for item in self.columns]

    def csv(self):
        def line(values):
            return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in values)

        return "".join(line(values) + "\n" for values in [self.names(), *self.rows])

    def execution(self):
        stats = self.cursor.stats or {}
        status = {"State": self.state, "SubmissionDateTime": 1.7e9}
        if self.reason is not None:
            status["StateChangeReason"] = self.reason
            status["AthenaError"] = {"ErrorCategory": 2, "ErrorType": 0, "Retryable": False, "ErrorMessage": self.reason}
        found = {
            "QueryExecutionId": self.id,
            "Query": self.sql,
            "StatementType": self.kind,
            "QueryExecutionContext": self.request.get("QueryExecutionContext", {}),
            "WorkGroup": self.request.get("WorkGroup", "primary"),
            "Status": status,
            "Statistics": {
                "DataScannedInBytes": stats.get("physicalInputBytes", 0),
                "TotalExecutionTimeInMillis": stats.get("elapsedTimeMillis", 0),
                "QueryQueueTimeInMillis": stats.get("queuedTimeMillis", 0),
            },
        }
        if self.location is not None:
            found["ResultConfiguration"] = {"OutputLocation": self.location}
        return found

    def results(self, token, most):
        if self.state != "SUCCEEDED":
            raise Refused(f"Query has not yet finished. Current state: {self.state}")
        rows = [self.names(), *self.rows] if self.kind == "DML" else self.rows
        begin = int(token or 0)
        page = rows[begin : begin + most]
        answer = {
            "ResultSet": {
                "Rows": [{"Data": [{} if v is None else {"VarCharValue": v} for v in row]} for row in page],
                "ResultSetMetadata": {"ColumnInfo": self.columns},
            },
            "UpdateCount": 0,
        }
        if begin + most < len(rows):
            answer["NextToken"] = str(begin + most)
        return answer


def column(name, kind):
    """A column as Athena describes it: `decimal(5,2)` is `decimal`, `varchar(3)` is `varchar`."""
    base, _, rest = kind.partition("(")
    base = {"real": "float"}.get(base, base) + (" with time zone" if kind.endswith("with time zone") else "")
    digits = [int(digit) for digit in re.findall(r"\d+", rest)] if base == "decimal" else []
    precision, scale = digits if digits else (DIGITS.get(base, 0), 0)
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": base,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": base == "varchar",
    }


def text(value):
    """A value as Athena writes it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return java(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(text(item) or "null" for item in value) + "]"
    return str(value)


def java(number):
    """A double as Java writes it: `1.0E-5`."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        return repr(number)
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    rest = "".join(map(str, digits[1:])) or "0"
    return f"{'-' * sign}{digits[0]}.{rest}E{exponent + len(digits) - 1}"

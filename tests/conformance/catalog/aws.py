"""S3 and Glue on this machine: moto behind the strict layer, in a process of its own."""

import json
import os
import subprocess
import sys
import urllib.request

REGION = "eu-central-1"
BUCKET = "lake"


class Aws:
    """A running server with one empty bucket, for as long as the `with` block lasts."""

    def __enter__(self):
        command = [sys.executable, __file__]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = self.process.stdout.readline().strip()
        if not port:
            raise RuntimeError("moto did not start")
        self.endpoint = f"http://127.0.0.1:{port}"
        # For every client in this process and in those it starts.
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
            os.environ.pop(name, None)
        os.environ.update(
            AWS_ENDPOINT_URL=self.endpoint,
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
            AWS_REGION=REGION,
            AWS_DEFAULT_REGION=REGION,
            AWS_EC2_METADATA_DISABLED="true",
        )
        import boto3

        self.s3 = boto3.client("s3")
        self.glue = boto3.client("glue")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def requests(self):
        """How often each of Glue's operations was asked for since the last call."""
        return self.ask("requests")

    def ask(self, what):
        """What only the layer before moto can answer or do."""
        with urllib.request.urlopen(f"{self.endpoint}/_strict/{what}") as answer:
            return json.load(answer)

    def mirror(self, prefix, folder):
        """Copies every object below a prefix to a folder."""
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix):
            for item in page.get("Contents", []):
                file = folder / item["Key"].removeprefix(prefix)
                file.parent.mkdir(parents=True, exist_ok=True)
                self.s3.download_file(BUCKET, item["Key"], str(file))


def serve():
    from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    from strict import Strict

    app = Strict(DomainDispatcherApplication(create_backend_app), REGION)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
    print(server.port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve()

"""A real Trino, the engine behind Athena: fetched once by its Maven coordinates, started with four catalogs over one Glue.

`awsdatacatalog` (Athena's name) computes partitions from the table's parameters, as Athena does; `listed` reads those that Glue lists.
`iceberg` and `delta` read the tables of those formats.
"""

import os
import shutil
import socket
import subprocess
import tarfile
import time

import maven
from catalog import jdk
from maven import Missing

VERSION = "476"
ARTIFACT = f"io.trino:trino-server:{VERSION}:tar.gz"
PLUGINS = {"hive", "iceberg", "delta-lake"}
HIVE = "connector.name=hive\nhive.metastore=glue\nhive.partition-projection-enabled="
CATALOGS = {
    "awsdatacatalog": f"{HIVE}true",
    "listed": f"{HIVE}false",
    "iceberg": "connector.name=iceberg\niceberg.catalog.type=glue",
    "delta": "connector.name=delta_lake\nhive.metastore=glue",
}
OLDEST_JDK, NEWEST_JDK = 24, 99
START_SECONDS = 180


def fetch(cache):
    """The folder of the unpacked server; downloaded into the cache the first time."""
    home = cache / f"trino-{VERSION}"
    if (home / "complete").exists():
        return home
    repository = cache / "m2"
    maven.run("dependency:get", ARTIFACT, repository, "-Dtransitive=false")
    archive = repository / "io/trino/trino-server" / VERSION / f"trino-server-{VERSION}.tar.gz"
    shutil.rmtree(home, ignore_errors=True)
    # The plugins share files by hard links, so all of it is unpacked before most of it goes.
    with tarfile.open(archive) as tar:
        tar.extractall(cache, filter="tar")
    (cache / f"trino-server-{VERSION}").rename(home)
    for plugin in (home / "plugin").iterdir():
        if plugin.name not in PLUGINS:
            shutil.rmtree(plugin)
    shutil.rmtree(repository)
    (home / "complete").touch()
    return home


class Trino:
    """A running server, for as long as the `with` block lasts."""

    def __init__(self, cache, folder, aws):
        self.java = jdk.find(OLDEST_JDK, NEWEST_JDK)
        if self.java is None:
            raise Missing(f"no JDK {OLDEST_JDK} or newer below the system's folder of JDKs")
        self.home = fetch(cache)
        self.folder = folder
        self.aws = aws
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def __enter__(self):
        self._configure()
        env = {**os.environ, "JAVA_HOME": str(self.java), "PATH": f"{self.java}/bin:{os.environ['PATH']}"}
        launcher = [str(self.home / "bin" / "launcher"), "run", "--etc-dir", str(self.folder / "etc")]
        self.log = open(self.folder / "trino.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(launcher, env=env, stdout=self.log, stderr=self.log)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def connect(self, schema, catalog="awsdatacatalog"):
        import trino

        return trino.dbapi.connect(host="127.0.0.1", port=self.port, user="conformance", catalog=catalog, schema=schema)

    def _configure(self):
        etc = self.folder / "etc"
        (etc / "catalog").mkdir(parents=True)
        (etc / "config.properties").write_text(
            "coordinator=true\nnode-scheduler.include-coordinator=true\n"
            f"http-server.http.port={self.port}\ndiscovery.uri=http://127.0.0.1:{self.port}\n"
            "http-server.log.enabled=false\nweb-ui.enabled=false\n"
        )
        (etc / "node.properties").write_text(f"node.environment=test\nnode.data-dir={self.folder / 'data'}\n")
        (etc / "jvm.config").write_text("-server\n-Xmx2G\n--add-modules=jdk.incubator.vector\n")
        (etc / "log.properties").write_text("io.trino=WARN\n")
        for name, connector in CATALOGS.items():
            (etc / "catalog" / f"{name}.properties").write_text(
                f"{connector}\nhive.metastore.glue.endpoint-url={self.aws.endpoint}\n"
                "hive.metastore.glue.region=eu-central-1\n"
                "hive.metastore.glue.aws-access-key=test\nhive.metastore.glue.aws-secret-key=test\n"
                f"fs.native-s3.enabled=true\ns3.endpoint={self.aws.endpoint}\ns3.region=eu-central-1\n"
                "s3.path-style-access=true\ns3.aws-access-key=test\ns3.aws-secret-key=test\n"
            )

    def _wait(self):
        # A server that says it has started may still know of no node, itself included.
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.connect(None).cursor().execute("SELECT 1").fetchall()
                return
            except Exception:  # it doesn't listen, or can't answer yet
                time.sleep(0.5)
        raise RuntimeError(f"Trino did not start; see {self.folder / 'trino.log'}")

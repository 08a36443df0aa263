"""Spark with the vendors' jars, fetched once by their Maven coordinates: Iceberg by a Hadoop catalog, Delta by path."""

import os
import shutil
from datetime import UTC, datetime

import maven
from formats.local_readers import Sql

JARS = (
    "org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.11.0",
    "io.delta:delta-spark_2.13:4.0.1",
    "io.delta:delta-storage:4.0.1",
)
EXTENSIONS = (
    "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "io.delta.sql.DeltaSparkSessionExtension",
)


def fetch(cache):
    """The jars' files; downloaded into the cache the first time."""
    folder = cache / "spark-jars"
    files = [folder / f"{name}-{version}.jar" for _, name, version in (jar.split(":") for jar in JARS)]
    repository = cache / "m2-spark"
    for jar, file in zip(JARS, files):
        if not file.exists():
            maven.run("dependency:copy", jar, repository, f"-DoutputDirectory={folder}")
    shutil.rmtree(repository, ignore_errors=True)
    return files


def session(java, cache, lake, scratch):
    """A session in which `lake` is a catalog over a lake in a folder."""
    jars = fetch(cache)
    os.environ["JAVA_HOME"] = str(java)
    from pyspark.sql import SparkSession

    opened = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", ",".join(map(str, jars)))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.memory", "2g")
        # The tables are small: what a large one needs would take most of the time.
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.databricks.delta.snapshotPartitions", "1")
        .config("spark.sql.sources.parallelPartitionDiscovery.parallelism", "1")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1")
        .config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.extensions", ",".join(EXTENSIONS))
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.sql.catalog.lake", "org.apache.iceberg.spark.SparkCatalog")
        .config("spark.sql.catalog.lake.type", "hadoop")
        .config("spark.sql.catalog.lake.warehouse", f"file://{lake}")
        .config("spark.sql.catalog.lake.cache-enabled", "false")
        .getOrCreate()
    )
    opened.sparkContext.setLogLevel("OFF")
    return opened


class Spark(Sql):
    def __init__(self, session, folder, tables):
        self.session = session
        self.folder = folder
        # Views, so that the versions are looked up once.
        for name, shown in tables.items():
            session.sql(f"SELECT * FROM {self._relation(shown)}").createOrReplaceTempView(name)

    def _relation(self, shown):
        table = f"lake.iceberg.{shown.name}" if shown.format == "iceberg" else f"delta.`{self.folder / shown.path}`"
        if shown.version is not None:
            return f"{table} VERSION AS OF {shown.version}"
        if shown.time is not None:
            return f"{table} TIMESTAMP AS OF '{datetime.fromtimestamp(shown.time / 1000, UTC):%Y-%m-%d %H:%M:%S}'"
        return table

    def ask(self, sql):
        return [tuple(row) for row in self.session.sql(sql).collect()]

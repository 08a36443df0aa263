"""Spark with Hive support: made by Athena's own DDL, over a copy of the files."""

import os

from engines import PARTITIONS_SQL


class Spark:
    """A session whose tables and views the statements of `register --ddl --partitions` have made."""

    def __init__(self, lake, java, folder):
        os.environ["JAVA_HOME"] = str(java)
        from pyspark.sql import SparkSession

        self.session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.memory", "2g")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
            .config("spark.driver.extraJavaOptions", f"-Dderby.system.home={folder / 'derby'}")
            .enableHiveSupport()
            .getOrCreate()
        )
        self.session.sparkContext.setLogLevel("ERROR")
        for statement in lake.ddl("--partitions"):
            self.session.sql(statement.replace(f"'{lake.folder}/", f"'file:{lake.copy}/"))
        self.session.sql(f"USE {lake.database}")

    def ask(self, sql):
        return [tuple(row) for row in self.session.sql(sql).collect()]

    def answer(self, question):
        return self.ask(question.sql)

    def partitions(self, table):
        return self.ask(PARTITIONS_SQL.format(table=table))

    def close(self):
        self.session.stop()

"""One lake shown as Iceberg and Delta tables, judged by the engines that read those."""

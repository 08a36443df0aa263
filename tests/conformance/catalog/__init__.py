"""A lake on S3 shown by Glue, judged by the engines that read it there."""

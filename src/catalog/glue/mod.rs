//! AWS Glue: the only place that knows its client.

mod error;
mod table;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_glue::Client;
use aws_sdk_glue::config::retry::RetryConfig;
use aws_sdk_glue::types::{
    BatchUpdatePartitionRequestEntry, DatabaseInput, ErrorDetail, PartitionValueList, Table,
};

pub use self::error::{GlueError, GlueFault};
use self::table::{definition, partition_input, table_input, with_slash};
use super::definition::Definition;
use super::partition::Partition;
use super::plan::{Found, FoundTable};
use crate::lake::{S3, SdkRequests};

/// What Glue takes at once.
const WRITES_A_BATCH: usize = 100;
/// What Glue takes at once.
const DELETES_A_BATCH: usize = 25;
/// A throttled request is sent again by the client, so often.
const TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Glue in the lake's region, with the lake's credentials.
pub(super) struct Glue {
    client: Client,
    requests: AtomicU64,
}

impl Glue {
    pub(super) fn new(s3: &S3) -> Self {
        let config = aws_sdk_glue::config::Builder::from(s3.config())
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(TRIES)
                    .with_initial_backoff(FIRST_PAUSE),
            )
            .interceptor(SdkRequests);
        Self {
            client: Client::from_conf(config.build()),
            requests: AtomicU64::new(0),
        }
    }

    /// Requests so far; what the client sent again counts once.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    fn client(&self) -> &Client {
        self.requests.fetch_add(1, Ordering::Relaxed);
        &self.client
    }

    /// The tables of `database` with one of `names`; the partitions of those for which `lists` says so.
    pub(super) async fn find(
        &self,
        database: &str,
        names: &[&str],
        lists: impl Fn(&FoundTable) -> bool,
    ) -> Result<Found, GlueError> {
        let asked = self.client().get_database().name(database).send().await;
        match asked.map_err(GlueError::new("glue:GetDatabase", database)) {
            Ok(_) => {}
            Err(error) if error.fault() == Some(GlueFault::NotFound) => {
                return Ok(Found::default());
            }
            Err(error) => return Err(error),
        }
        let mut tables = BTreeMap::new();
        for table in self.tables(database, names).await? {
            let mut found = FoundTable {
                definition: definition(&table),
                version: table.version_id().map(str::to_owned),
            };
            if lists(&found) {
                found.definition.partitions = self.partitions(database, table.name()).await?;
            }
            tables.insert(table.name().to_owned(), found);
        }
        Ok(Found {
            database: true,
            tables,
        })
    }

    async fn tables(&self, database: &str, names: &[&str]) -> Result<Vec<Table>, GlueError> {
        let failed = || GlueError::new("glue:GetTables", database);
        let mut tables = Vec::new();
        let mut token = None;
        loop {
            let request = self.client().get_tables().database_name(database);
            // A database may hold thousands of other tables.
            let request = request.expression(names.join("|")).set_next_token(token);
            let page = request.send().await.map_err(failed())?;
            let wanted = page.table_list().iter();
            tables.extend(
                wanted
                    .filter(|table| names.contains(&table.name()))
                    .cloned(),
            );
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(tables);
            }
        }
    }

    async fn partitions(&self, database: &str, table: &str) -> Result<Vec<Partition>, GlueError> {
        let resource = format!("{database}.{table}");
        let mut partitions = Vec::new();
        let mut token = None;
        loop {
            let request = self.client().get_partitions().database_name(database);
            let request = request.table_name(table).exclude_column_schema(true);
            let page = request.set_next_token(token).send().await;
            let page = page.map_err(GlueError::new("glue:GetPartitions", &resource))?;
            partitions.extend(page.partitions().iter().map(|partition| Partition {
                values: partition.values().to_vec(),
                location: with_slash(partition.storage_descriptor()),
            }));
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(partitions);
            }
        }
    }

    pub(super) async fn create_database(&self, name: &str, title: &str) -> Result<(), GlueError> {
        let input = DatabaseInput::builder()
            .name(name)
            .description(format!("{title}, registered by ctlake"))
            .build()
            .expect("it has a name");
        let request = self.client().create_database().database_input(input);
        let answer = request.send().await;
        answer
            .map(|_| ())
            .map_err(GlueError::new("glue:CreateDatabase", name))
    }

    pub(super) async fn create(
        &self,
        database: &str,
        definition: &Definition,
    ) -> Result<(), GlueError> {
        let request = self.client().create_table().database_name(database);
        let input = table_input(definition, definition.parameters.clone());
        let answer = request.table_input(input).send().await;
        let resource = format!("{database}.{}", definition.name);
        answer
            .map(|_| ())
            .map_err(GlueError::new("glue:CreateTable", &resource))
    }

    /// Puts `definition` in the place of version `version`, which must still be the newest.
    pub(super) async fn update(
        &self,
        database: &str,
        definition: &Definition,
        parameters: BTreeMap<String, String>,
        version: Option<&str>,
    ) -> Result<(), GlueError> {
        let request = self.client().update_table().database_name(database);
        let request = request
            .set_version_id(version.map(str::to_owned))
            // The log is the history; versions in Glue only count towards a quota.
            .skip_archive(true)
            .table_input(table_input(definition, parameters));
        let resource = format!("{database}.{}", definition.name);
        let answer = request.send().await;
        answer
            .map(|_| ())
            .map_err(GlueError::new("glue:UpdateTable", &resource))
    }

    /// Adds partitions; gives what was said of those that were not taken.
    pub(super) async fn create_partitions(
        &self,
        database: &str,
        definition: &Definition,
        partitions: &[Partition],
    ) -> Result<Vec<GlueError>, GlueError> {
        let action = "glue:BatchCreatePartition";
        let resource = format!("{database}.{}", definition.name);
        let mut failed = Vec::new();
        for batch in partitions.chunks(WRITES_A_BATCH) {
            let inputs = batch.iter().map(|one| partition_input(definition, one));
            let request = self
                .client()
                .batch_create_partition()
                .database_name(database);
            let request = request.table_name(&definition.name);
            let answer = request
                .set_partition_input_list(Some(inputs.collect()))
                .send()
                .await;
            let answer = answer.map_err(GlueError::new(action, &resource))?;
            failed.extend(answer.errors().iter().map(|error| {
                item(
                    action,
                    &resource,
                    error.partition_values(),
                    error.error_detail(),
                )
            }));
        }
        Ok(failed)
    }

    /// Points partitions to another place; gives what was said of those that were not taken.
    pub(super) async fn update_partitions(
        &self,
        database: &str,
        definition: &Definition,
        partitions: &[Partition],
    ) -> Result<Vec<GlueError>, GlueError> {
        let action = "glue:BatchUpdatePartition";
        let resource = format!("{database}.{}", definition.name);
        let mut failed = Vec::new();
        for batch in partitions.chunks(WRITES_A_BATCH) {
            let entries = batch.iter().map(|one| {
                BatchUpdatePartitionRequestEntry::builder()
                    .set_partition_value_list(Some(one.values.clone()))
                    .partition_input(partition_input(definition, one))
                    .build()
                    .expect("it has values")
            });
            let request = self
                .client()
                .batch_update_partition()
                .database_name(database);
            let request = request.table_name(&definition.name);
            let answer = request.set_entries(Some(entries.collect())).send().await;
            let answer = answer.map_err(GlueError::new(action, &resource))?;
            failed.extend(answer.errors().iter().map(|error| {
                item(
                    action,
                    &resource,
                    error.partition_value_list(),
                    error.error_detail(),
                )
            }));
        }
        Ok(failed)
    }

    /// Takes partitions out; gives what was said of those that stay.
    pub(super) async fn delete_partitions(
        &self,
        database: &str,
        table: &str,
        partitions: &[Vec<String>],
    ) -> Result<Vec<GlueError>, GlueError> {
        let action = "glue:BatchDeletePartition";
        let resource = format!("{database}.{table}");
        let mut failed = Vec::new();
        for batch in partitions.chunks(DELETES_A_BATCH) {
            let lists = batch.iter().map(|values| {
                let list = PartitionValueList::builder().set_values(Some(values.clone()));
                list.build().expect("it has values")
            });
            let request = self
                .client()
                .batch_delete_partition()
                .database_name(database);
            let request = request.table_name(table);
            let answer = request
                .set_partitions_to_delete(Some(lists.collect()))
                .send()
                .await;
            let answer = answer.map_err(GlueError::new(action, &resource))?;
            failed.extend(answer.errors().iter().map(|error| {
                item(
                    action,
                    &resource,
                    error.partition_values(),
                    error.error_detail(),
                )
            }));
        }
        Ok(failed)
    }
}

fn item(
    action: &'static str,
    table: &str,
    values: &[String],
    detail: Option<&ErrorDetail>,
) -> GlueError {
    let resource = format!("{table} ({})", values.join(", "));
    let code = detail.and_then(ErrorDetail::error_code);
    let message = detail.and_then(ErrorDetail::error_message);
    GlueError::item(action, resource, code, message)
}

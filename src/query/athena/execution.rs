//! How a query stands, read from Athena's answer.

use aws_sdk_athena::types::{
    AthenaError as Said, QueryExecution, QueryExecutionState,
    QueryExecutionStatistics as Statistics, ResultReuseInformation, StatementType,
};

use super::AthenaOptions;
use super::bill::{self, Bill, Tariff};

/// A query, at the time of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Execution {
    pub(super) state: QueryExecutionState,
    /// Why it failed or was cancelled; empty otherwise.
    pub(super) reason: String,
    /// Whether Athena says that it may work the next time.
    pub(super) retryable: bool,
    /// Bytes read so far.
    pub(super) scanned: u64,
    /// The file that holds the answer, where it is CSV and can be read.
    pub(super) file: Option<String>,
    kind: Option<StatementType>,
    milliseconds: u64,
    queued_milliseconds: u64,
    reused: bool,
    reserved: bool,
}

impl Execution {
    pub(super) fn new(found: &QueryExecution) -> Self {
        let status = found.status();
        let error = status.and_then(|status| status.athena_error());
        let said = status.and_then(|status| status.state_change_reason());
        let statistics = found.statistics();
        let number = |of: fn(&Statistics) -> Option<i64>| {
            let value = statistics.and_then(of);
            value.map_or(0, |value| u64::try_from(value).unwrap_or(0))
        };
        // Athena names the file, in lower case.
        let is_csv = |place: &&str| place.rsplit('.').next() == Some("csv");
        let file = found
            .result_configuration()
            .and_then(|result| result.output_location())
            .filter(is_csv);
        Self {
            state: status
                .and_then(|status| status.state())
                .cloned()
                .unwrap_or(QueryExecutionState::Queued),
            reason: said
                .or_else(|| error.and_then(|error| error.error_message()))
                .unwrap_or_default()
                .to_owned(),
            retryable: error.is_some_and(Said::retryable),
            scanned: number(Statistics::data_scanned_in_bytes),
            file: file.map(str::to_owned),
            kind: found.statement_type().cloned(),
            milliseconds: number(Statistics::total_execution_time_in_millis),
            queued_milliseconds: number(Statistics::query_queue_time_in_millis),
            reused: statistics
                .and_then(Statistics::result_reuse_information)
                .is_some_and(ResultReuseInformation::reused_previous_result),
            reserved: statistics.and_then(Statistics::dpu_count).is_some(),
        }
    }

    /// Whether the answer may begin with the names of its columns.
    pub(super) fn has_names(&self) -> bool {
        self.kind != Some(StatementType::Ddl)
    }

    /// What it has read and costs.
    pub(super) fn bill(&self, query: String, options: &AthenaOptions) -> Bill {
        let tariff = match &self.kind {
            _ if self.reserved => Tariff::Reserved,
            _ if self.reused => Tariff::Free,
            Some(StatementType::Ddl | StatementType::Utility) if self.scanned == 0 => Tariff::Free,
            _ => Tariff::Read,
        };
        let billed_bytes = bill::billed_bytes(self.scanned, tariff);
        Bill {
            query,
            database: options.database.clone(),
            workgroup: options.workgroup.clone(),
            scanned_bytes: self.scanned,
            billed_bytes,
            usd: bill::usd(billed_bytes, tariff),
            seconds: seconds(self.milliseconds),
            queued_seconds: seconds(self.queued_milliseconds),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no query takes 2^53 milliseconds"
)]
fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1e3
}

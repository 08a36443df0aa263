//! The requests to Athena, each sent again while Athena says that it may work later.

use std::future::ready;
use std::time::Duration;

use aws_sdk_athena::Client as Sdk;
use aws_sdk_athena::config::Builder;
use aws_sdk_athena::error::SdkError;
use aws_sdk_athena::operation::get_query_results::GetQueryResultsOutput;
use aws_sdk_athena::types::{
    QueryExecution, QueryExecutionContext, ResultConfiguration, WorkGroupConfiguration,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::error::AthenaError;
use crate::lake::{S3, SdkRequests};
use crate::net::backoff::Backoff;
use crate::net::retry::{Verdict, retry};
use crate::progress::Stop;

/// What Athena calls the catalog of AWS Glue.
const CATALOG: &str = "AwsDataCatalog";
/// Rows that Athena gives at once.
pub(super) const PAGE: i32 = 1000;
/// So often a request is sent.
const TRIES: u32 = 8;
/// How long one waits that was refused.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_millis(250),
    longest: Duration::from_secs(10),
};

/// Athena in the lake's region, with the lake's credentials.
#[derive(Debug, Clone)]
pub(super) struct Client {
    sdk: Sdk,
    pub(super) workgroup: String,
}

impl Client {
    pub(super) fn new(s3: &S3, workgroup: &str) -> Self {
        Self {
            // The configuration turns the SDK's own retries off.
            sdk: Sdk::from_conf(Builder::from(s3.config()).interceptor(SdkRequests).build()),
            workgroup: workgroup.to_owned(),
        }
    }

    /// What the workgroup says of its queries.
    pub(super) async fn workgroup(
        &self,
        stop: &Stop,
    ) -> Result<Option<WorkGroupConfiguration>, AthenaError> {
        let ask = || {
            let request = self.sdk.get_work_group();
            request.work_group(&self.workgroup).send()
        };
        let answer = self.retrying("athena:GetWorkGroup", stop, ask).await?;
        Ok(answer.work_group.and_then(|group| group.configuration))
    }

    /// Starts a query; gives its id.
    pub(super) async fn start(
        &self,
        sql: &str,
        database: &str,
        output: Option<&str>,
        stop: &Stop,
    ) -> Result<String, AthenaError> {
        let action = "athena:StartQueryExecution";
        let context = QueryExecutionContext::builder()
            .catalog(CATALOG)
            .database(database)
            .build();
        let output = output.map(|place| {
            let result = ResultConfiguration::builder();
            result.output_location(place).build()
        });
        // The same for each try: a query whose start was not answered must not run twice.
        let token = hex::encode(rand::random::<[u8; 16]>());
        let ask = || {
            let request = self.sdk.start_query_execution();
            request
                .query_string(sql)
                .query_execution_context(context.clone())
                .work_group(&self.workgroup)
                .set_result_configuration(output.clone())
                .client_request_token(&token)
                .send()
        };
        let answer = self.retrying(action, stop, ask).await?;
        let what = "id of the query";
        answer
            .query_execution_id
            .ok_or(AthenaError::Lacks { action, what })
    }

    /// How a query stands.
    pub(super) async fn execution(
        &self,
        query: &str,
        stop: &Stop,
    ) -> Result<QueryExecution, AthenaError> {
        let action = "athena:GetQueryExecution";
        let ask = || {
            let request = self.sdk.get_query_execution();
            request.query_execution_id(query).send()
        };
        let answer = self.retrying(action, stop, ask).await?;
        let what = "query";
        answer
            .query_execution
            .ok_or(AthenaError::Lacks { action, what })
    }

    /// Ends a query. One that has ended already is no error.
    pub(super) async fn end(&self, query: &str) -> Result<(), AthenaError> {
        let ask = || {
            let request = self.sdk.stop_query_execution();
            request.query_execution_id(query).send()
        };
        // Whoever has asked to stop waits for this.
        let never = Stop::default();
        self.retrying("athena:StopQueryExecution", &never, ask)
            .await?;
        Ok(())
    }

    /// A page of the answer.
    pub(super) async fn page(
        &self,
        query: &str,
        token: Option<String>,
        stop: &Stop,
    ) -> Result<GetQueryResultsOutput, AthenaError> {
        let ask = || {
            let request = self.sdk.get_query_results().query_execution_id(query);
            request
                .max_results(PAGE)
                .set_next_token(token.clone())
                .send()
        };
        self.retrying("athena:GetQueryResults", stop, ask).await
    }

    /// Sends a request until it is answered, or the answer is final, or somebody asks to stop while it waits.
    async fn retrying<T, E, F>(
        &self,
        action: &'static str,
        stop: &Stop,
        send: impl Fn() -> F,
    ) -> Result<T, AthenaError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let answered = retry(
            BACKOFF,
            stop,
            |error: &AthenaError| {
                if error.is_passing() {
                    Verdict::retry(TRIES)
                } else {
                    Verdict::GiveUp
                }
            },
            // They are renewed before they expire; a refusal is final.
            || ready(()),
            || {
                let sent = send();
                async {
                    sent.await
                        .map_err(AthenaError::new(action, &self.workgroup))
                }
            },
        )
        .await;
        answered.map_err(|given_up| given_up.error)
    }
}

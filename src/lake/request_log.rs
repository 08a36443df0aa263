//! Tells of each request that the two S3 clients, and those of other AWS services, send.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::error::display::DisplayErrorContext;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};

use crate::net::request::Request;
use crate::trust::Authorities;

/// For a client of the SDK: its `interceptor`.
#[derive(Debug, Clone, Copy)]
pub struct SdkRequests;

/// The request of the attempt that is being made.
#[derive(Debug)]
struct UnderWay(Request);

impl Storable for UnderWay {
    type Storer = StoreReplace<Self>;
}

impl Intercept for SdkRequests {
    fn name(&self) -> &'static str {
        "requests for who listens"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let begun = Request::begin(request.method(), request.uri());
        bag.interceptor_state().store_put(UnderWay(begun));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Without one nothing was sent: no credentials, no endpoint.
        let Some(UnderWay(request)) = bag.load::<UnderWay>() else {
            return Ok(());
        };
        match (context.response(), context.output_or_error()) {
            (Some(response), _) => request.answered(response.status().as_u16()),
            (None, Some(Err(error))) => match error.as_connector_error() {
                Some(error) => request.failed(&DisplayErrorContext(error)),
                None => request.failed(&"no answer"),
            },
            (None, _) => {}
        }
        Ok(())
    }
}

/// For a client of `object_store`.
#[derive(Debug)]
pub(super) struct StoreRequests {
    /// Whose certificates are trusted, in the place of the system's.
    authorities: Option<Arc<Authorities>>,
}

impl StoreRequests {
    pub(super) fn new(authorities: Option<Arc<Authorities>>) -> Self {
        Self { authorities }
    }
}

impl HttpConnector for StoreRequests {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = match &self.authorities {
            None => ReqwestConnector::default().connect(options)?,
            Some(authorities) => HttpClient::new(client(authorities).map_err(|source| {
                object_store::Error::Generic {
                    store: "S3",
                    source: source.into(),
                }
            })?),
        };
        Ok(HttpClient::new(Told(client)))
    }
}

/// A client as `object_store` makes it, but for whom it trusts: it can be told to trust more, and not to trust less.
fn client(authorities: &Authorities) -> reqwest::Result<reqwest::Client> {
    let builder = reqwest::ClientBuilder::new()
        .user_agent(concat!("ctlake/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(30));
    authorities.only(builder)?.build()
}

#[derive(Debug)]
struct Told(HttpClient);

#[async_trait]
impl HttpService for Told {
    async fn call(&self, sent: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = Request::begin(sent.method().as_str(), &sent.uri().to_string());
        let answer = self.0.execute(sent).await;
        match &answer {
            Ok(answer) => request.answered(answer.status().as_u16()),
            Err(error) => request.failed(error),
        }
        answer
    }
}

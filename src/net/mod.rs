//! What all clients of servers share: one retry, one backoff, the HTTP client, and the events of requests.

pub mod backoff;
pub mod http_client;
pub mod request;
pub mod retry;

//! Kaggle's datasets: which version there is, and where its archive can be fetched for now.
//!
//! The routes and bodies are those of Kaggle's own clients (kaggle 2.2, kagglesdk 0.1, kagglehub 1.0).

mod answer;
mod api;
mod attempted_credentials;
mod credentials;
mod dataset;
mod error;
mod login;
mod text_file;

pub(super) use api::Kaggle;
pub use attempted_credentials::AttemptedCredentials;
pub use dataset::Dataset;
pub(super) use dataset::SCHEME;
pub use error::KaggleError;

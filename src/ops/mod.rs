//! The use cases: each plans or does one thing and returns data, which the command line prints.
//!
//! | file | use case |
//! |---|---|
//! | `run` | ingest, build and register, one after the other; build and register alone |
//! | `status` | what a lake holds, and what to do next |
//! | `query` | which engine answers a question, and its answer |
//! | `export_images` | the image files behind a question |
//! | `expire` | remove the files of old snapshots |
//! | `doctor` | check that a lake is accessible |
//! | `sample` | write a synthetic dataset |
//! | `price` | the cost of requests to S3 |

pub mod doctor;
pub mod expire;
pub mod export_images;
pub mod price;
pub mod query;
pub mod run;
pub mod sample;
pub mod status;

//! The test builder: files in, command, exact text out.

pub(crate) mod connections;
pub(crate) mod dataset;
pub(crate) mod faults;
pub(crate) mod kaggle;
pub(crate) mod lake;
pub(crate) mod lots;
pub(crate) mod outcome;
pub(crate) mod rows;
pub(crate) mod s3;
pub(crate) mod tree;

pub(crate) use dataset::Dataset;
pub(crate) use lake::Lake;
pub(crate) use outcome::Outcome;

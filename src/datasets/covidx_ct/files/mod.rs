//! The COVIDx CT dataset: what its files look like and what they say.
//!
//! Pure: bytes and text in, values out; no file is opened here.
//!
//! | module | noun |
//! |---|---|
//! | [`release`] | the names of releases, and which of an archive's entries are a release's four text files |
//! | [`split_file`] | a label line: file name, class, body box |
//! | [`image_name`] | a file name taken apart: patient, scan, slice |
//! | [`metadata`] | the table of patients |
//! | [`split`], [`class`], [`age`], [`sex`], [`source`] | the words in them |
//! | [`sample`], [`phantom`] | a synthetic release to try everything on, and its images |

pub mod age;
pub mod class;
mod dice;
pub mod image_name;
pub mod metadata;
pub mod phantom;
pub mod release;
pub mod sample;
pub mod sex;
pub mod source;
pub mod split;
pub mod split_file;

pub use age::AgeBand;
pub use class::Class;
pub use image_name::{Family, ImageName};
pub use metadata::{Metadata, PatientRow};
pub use split::Split;

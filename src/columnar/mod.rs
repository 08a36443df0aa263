//! Parquet: columns in, the bytes of data files out. It knows no table and no column's name.
//!
//! The general writer of the `parquet` crate hashes each value for the dictionary and compares each for the statistics. A caller
//! that knows runs and order saves that, column by column, and leaves the other columns to the general writer.
//!
//! | file | what is in it |
//! |---|---|
//! | `format` | how the files of a schema are written, and one row group of them |
//! | `column` | one column of a row group, waiting to be encoded in the way its caller knows |
//! | `runs`, `plain`, `numbered` | values that stay the same, that hardly repeat, that differ in a number |
//! | `general` | the general writer, for one column |
//! | `chunk` | a column chunk, page by page |
//! | `file` | row groups into a file, and its footer |
//! | `bounds` | the smallest and the largest value of each column of a file |
//! | `settings` | sizes and versions |

mod bounds;
mod chunk;
mod column;
mod file;
mod format;
mod general;
mod numbered;
mod plain;
mod runs;
mod settings;

#[cfg(test)]
mod tests;

pub(crate) use bounds::{Bound, ColumnBounds};
pub(crate) use chunk::Scratch;
pub(crate) use column::{Chunk, ColumnEncoder, ColumnTarget, Encoding};
pub(crate) use file::FileEncoder;
pub(crate) use format::FileFormat;
pub(crate) use numbered::{NumberedRun, push_numbered};
pub(crate) use runs::Run;
pub(crate) use settings::{TEXT_BOUND_BYTES, description};

//! Many files on their way at once, and one file into its place.
//!
//! | file | what is in it |
//! |---|---|
//! | `pool` | many items at once, bounded in number and in bytes, until a stop or a fatal error |
//! | `staged` | a file under a temporary name, until it is whole |
//! | `free_space` | whether a disk is large enough |

pub mod free_space;
pub mod pool;
pub mod staged;

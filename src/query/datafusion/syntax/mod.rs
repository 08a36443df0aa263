//! A question as it is written: functions that DataFusion calls otherwise are renamed, constructs that it would ignore in silence are refused.
//!
//! | file | what is in it |
//! |---|---|
//! | `question` | one statement, parsed and rewritten |
//! | `rewriter` | the walk over its tree |
//! | `misread` | what would be answered wrong, and is refused |
//! | `functions` | functions of other engines, in those that DataFusion has |
//! | `conditions` | quotients in conditions, escapes in patterns |
//! | `names` | the names of columns |
//! | `differences` | constructs that Athena answers otherwise |
//! | `ast` | the parts of which rewritten expressions are made |

mod ast;
mod conditions;
mod differences;
mod functions;
mod misread;
mod names;
mod question;
mod rewriter;

pub(in crate::query) use self::differences::differs;
pub(super) use self::names::TWIN;
pub(super) use self::question::Question;

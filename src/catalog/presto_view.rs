//! A view as Athena and Trino store it in Glue: JSON in Base64 in a comment.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::contract::ViewColumn;

/// What stands in the place of a view's text for engines that read SQL there.
pub(super) const EXPANDED: &str = "/* Presto View */";
const BEFORE: &str = "/* Presto View: ";
const AFTER: &str = " */";

/// The text of a view. `catalog` is what Athena calls Glue; names without a schema are looked up in `schema`.
pub(super) fn encode(sql: &str, schema: &str, columns: &[ViewColumn]) -> String {
    let columns: Vec<Value> = columns
        .iter()
        .map(|column| json!({"name": column.name, "type": column.kind.names().trino}))
        .collect();
    // Without an owner Trino would want to run it as whoever asks, and refuses a text that doesn't say so.
    let document = json!({
        "originalSql": sql,
        "catalog": "awsdatacatalog",
        "schema": schema,
        "columns": columns,
        "owner": "ctlake",
        "runAsInvoker": false,
    });
    format!("{BEFORE}{}{AFTER}", STANDARD.encode(document.to_string()))
}

/// The SQL in a view's text, if it is one.
pub(super) fn decode(text: &str) -> Option<String> {
    let encoded = text.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
    let document: Value = serde_json::from_slice(&STANDARD.decode(encoded.trim()).ok()?).ok()?;
    Some(document.get("originalSql")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::covidx_ct::contract;

    #[test]
    fn a_view_reads_back() {
        let sql = "SELECT 'Côte d''Ivoire' AS country";
        let text = encode(sql, "covidx", &contract().views[0].columns(contract()));
        assert!(
            text.starts_with("/* Presto View: ey") && text.ends_with(" */"),
            "{text}"
        );
        assert_eq!(decode(&text).as_deref(), Some(sql));
        assert_eq!(decode("SELECT 1"), None);
    }
}

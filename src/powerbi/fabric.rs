//! Names in Microsoft Fabric: IDs, SQL analytics endpoints, schemas.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// ID of a workspace or an item, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FabricId(String);

/// The SQL analytics endpoint of a lakehouse. By ID: Fabric can't edit or refresh a model that gives the endpoint's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlEndpoint {
    pub(super) server: String,
    pub(super) id: FabricId,
}

/// Schema of a lakehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaName(String);

/// A text that Fabric would not accept.
#[derive(Debug, Error)]
pub enum FabricNameError {
    /// Not an ID.
    #[error(
        "expected an ID of the form 01234567-89ab-cdef-0123-456789abcdef, got `{0}`; the lakehouse's address in the browser has it: \
         https://app.fabric.microsoft.com/groups/WORKSPACE/lakehouses/LAKEHOUSE"
    )]
    Id(String),
    /// Not an endpoint.
    #[error(
        "expected SERVER/ID, like `abc.datawarehouse.fabric.microsoft.com/01234567-89ab-cdef-0123-456789abcdef`, got `{0}`"
    )]
    SqlEndpoint(String),
    /// Not a schema.
    #[error("expected a schema name of letters, digits and `_`, like `dbo`, got `{0}`")]
    Schema(String),
}

impl FromStr for FabricId {
    type Err = FabricNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('-');
        let hex = |length: usize| {
            move |part: &str| {
                part.len() == length && part.chars().all(|letter| letter.is_ascii_hexdigit())
            }
        };
        let formed = [8, 4, 4, 4, 12]
            .into_iter()
            .all(|length| parts.next().is_some_and(hex(length)));
        if formed && parts.next().is_none() {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        Err(FabricNameError::Id(text.to_owned()))
    }
}

impl FromStr for SqlEndpoint {
    type Err = FabricNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let of_host =
            |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '.';
        let parts = text.split_once('/');
        let endpoint = parts.and_then(|(server, id)| {
            let formed = server.contains('.') && server.chars().all(of_host);
            let id = id.parse().ok().filter(|_| formed)?;
            let server = server.to_owned();
            Some(Self { server, id })
        });
        endpoint.ok_or_else(|| FabricNameError::SqlEndpoint(text.to_owned()))
    }
}

impl FromStr for SchemaName {
    type Err = FabricNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if !text.is_empty() && text.chars().all(plain) {
            return Ok(Self(text.to_owned()));
        }
        Err(FabricNameError::Schema(text.to_owned()))
    }
}

impl fmt::Display for FabricId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01234567-89ab-cdef-0123-456789abcdef";

    #[test]
    fn ids_are_accepted_in_either_case_and_nothing_else_is() {
        let id: FabricId = ID.to_uppercase().parse().expect("an ID");
        assert_eq!(id.to_string(), ID);
        for text in [
            "",
            "my workspace",
            "01234567-89ab-cdef-0123-456789abcde",
            "01234567-89ab-cdef-0123-456789abcdef-0",
            "{01234567-89ab-cdef-0123-456789abcdef}",
            "0123456789abcdef0123456789abcdef",
            "g1234567-89ab-cdef-0123-456789abcdef",
        ] {
            assert!(text.parse::<FabricId>().is_err(), "{text}");
        }
    }

    #[test]
    fn endpoints_are_a_server_and_an_id() {
        let text = format!("abc-1.datawarehouse.fabric.microsoft.com/{ID}");
        let endpoint: SqlEndpoint = text.parse().expect("an endpoint");
        assert_eq!(endpoint.server, "abc-1.datawarehouse.fabric.microsoft.com");
        assert_eq!(endpoint.id.to_string(), ID);
        for text in [
            ID,
            "abc.datawarehouse.fabric.microsoft.com",
            "abc.datawarehouse.fabric.microsoft.com/covidx",
            &format!("/{ID}"),
            &format!("localhost/{ID}"),
            &format!("https://abc.fabric.microsoft.com/{ID}"),
            &format!("abc.fabric.microsoft.com\"/{ID}"),
        ] {
            assert!(text.parse::<SqlEndpoint>().is_err(), "{text}");
        }
    }

    #[test]
    fn schemas_are_plain_words() {
        assert!("dbo".parse::<SchemaName>().is_ok() && "ct_2A".parse::<SchemaName>().is_ok());
        for text in ["", "a b", "a.b", "[dbo]", "dbo\n", "é"] {
            assert!(text.parse::<SchemaName>().is_err(), "{text:?}");
        }
    }
}

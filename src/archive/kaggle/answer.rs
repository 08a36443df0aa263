//! What Kaggle's bodies say. They come in two shapes, empty, or as a web page, whatever their content type is.

use serde::Deserialize;
use serde_json::Value;

use super::login::NewToken;

/// No more of a message is shown.
const LONGEST: usize = 300;

/// The part of `GetDataset`'s answer that is used.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DatasetAnswer {
    /// The latest version.
    pub(super) current_version_number: Option<u32>,
    /// An error beside a status of 200.
    error_message: Option<String>,
}

/// Reads the body of a `GetDataset` that was answered with 200; the error is what is wrong with it.
pub(super) fn dataset(body: &[u8]) -> Result<DatasetAnswer, String> {
    let answer: DatasetAnswer = serde_json::from_slice(body)
        .map_err(|_| format!("no JSON of a dataset: {}", shown(body)))?;
    match answer.error_message.as_deref() {
        None | Some("") => Ok(answer),
        Some(message) => Err(clipped(message)),
    }
}

/// The token of a `GenerateAccessToken` and the seconds that it lasts; the error doesn't show the body, which may have one.
pub(super) fn token(body: &[u8]) -> Result<NewToken, String> {
    let answer: TokenAnswer =
        serde_json::from_slice(body).map_err(|_| format!("no JSON of a token: {}", shown(body)))?;
    // It stands in a header.
    let is_token =
        !answer.token.is_empty() && answer.token.chars().all(|letter| letter.is_ascii_graphic());
    if !is_token {
        return Err("an answer without a token".to_owned());
    }
    Ok(NewToken {
        token: answer.token.into(),
        seconds: answer.expires_in,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenAnswer {
    token: String,
    #[serde(default)]
    expires_in: i64,
}

/// The message of an error's body: `{"message": …}` or `{"error": {"message": …}}`; `None` when there is none.
pub(super) fn message(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    [
        &value["error"]["message"],
        &value["message"],
        &value["errorMessage"],
    ]
    .into_iter()
    .find_map(Value::as_str)
    .filter(|message| !message.is_empty())
    .map(clipped)
}

/// Words for a body that was not expected.
pub(super) fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let start = text.get(..15).unwrap_or_default().to_ascii_lowercase();
    match text {
        "" => "an empty body".to_owned(),
        _ if start.starts_with("<!doctype html") || start.starts_with("<html") => {
            "a web page".to_owned()
        }
        _ => format!("a body of {} bytes", body.len()),
    }
}

fn clipped(text: &str) -> String {
    let line: String = text
        .chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST)
        .collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_of_errors_are_read() {
        for (body, expected) in [
            (
                &br#"{"code":401,"message":"Unauthorized"}"#[..],
                Some("Unauthorized"),
            ),
            (
                br#"{"error":{"code":401,"message":"Unauthenticated","status":"UNAUTHENTICATED"}}"#,
                Some("Unauthenticated"),
            ),
            (br#"{"error":"text","message":"m"}"#, Some("m")),
            (br#"{"error":{"code":5}}"#, None),
            (b"", None),
            (b"<!DOCTYPE html><html></html>", None),
            (b"[1]", None),
        ] {
            assert_eq!(
                message(body).as_deref(),
                expected,
                "{}",
                String::from_utf8_lossy(body)
            );
        }
    }

    #[test]
    fn an_error_beside_200_is_an_error() {
        assert_eq!(
            dataset(br#"{"currentVersionNumber":4,"errorMessage":null,"title":"t"}"#)
                .map(|answer| answer.current_version_number),
            Ok(Some(4))
        );
        assert_eq!(
            dataset(br#"{"errorMessage":"not\nnow"}"#),
            Err("notnow".to_owned())
        );
        assert_eq!(
            dataset(b" <!doctype HTML><html>"),
            Err("no JSON of a dataset: a web page".to_owned())
        );
        assert_eq!(
            dataset(b""),
            Err("no JSON of a dataset: an empty body".to_owned())
        );
    }
}

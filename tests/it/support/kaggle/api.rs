//! The calls of the API.

use hyper::header::HeaderValue;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::caller::{Caller, SignIn, USERNAME};
use super::catalog::Catalog;
use super::refusal::{BAD_REQUEST, DENIED, NOT_FOUND, Refusal};
use super::{Access, DATASET_ID, Faults, OWNER, Operation, SLUG};

/// The most files that a page holds, and how many it holds when nothing is said.
const PAGE: (usize, usize) = (200, 20);
const CREATED: &str = "2021-01-26T00:00:00.000Z";

/// A call, whichever way it came.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    arguments: Map<String, Value>,
}

pub(crate) enum Reply {
    Json(Value),
    /// To this path of the storage.
    Redirect(String),
}

impl Call {
    /// A POST with JSON; no arguments are what is no JSON.
    pub(crate) fn rpc(operation: Operation, body: &[u8]) -> Self {
        let arguments = serde_json::from_slice(body).unwrap_or_default();
        Self {
            operation,
            arguments,
        }
    }

    /// A GET of the website's API.
    pub(crate) fn rest(path: &str, query: &str) -> Self {
        let (operation, parts) = Operation::of_rest(path);
        let parts = ["ownerSlug", "datasetSlug", "fileName"]
            .into_iter()
            .zip(parts);
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let arguments = parts.chain(pairs).map(|(name, text)| {
            let text = percent_decode_str(text).decode_utf8_lossy();
            (name.to_owned(), Value::from(text))
        });
        Self {
            operation,
            arguments: arguments.collect(),
        }
    }

    pub(crate) fn answer(
        &self,
        authorization: Option<&HeaderValue>,
        catalog: &mut Catalog,
        faults: &Faults,
    ) -> Result<Reply, Refusal> {
        let caller = Caller::of(authorization, &catalog.sign_in)?;
        match self.operation {
            Operation::IntrospectToken => {
                return self.introspected(&catalog.sign_in).map(Reply::Json);
            }
            Operation::GenerateAccessToken => {
                let answer = self.exchanged(&mut catalog.sign_in);
                if faults.expire_sign_ins {
                    catalog.sign_in.expire();
                }
                return answer.map(Reply::Json);
            }
            _ => {}
        }
        if self.operation == Operation::Unknown {
            return Err(NOT_FOUND);
        }
        let (owner, slug) = (self.text("ownerSlug"), self.text("datasetSlug"));
        if owner.is_none() || slug.is_none() {
            return Err(BAD_REQUEST);
        }
        if (owner, slug) != (Some(OWNER), Some(SLUG)) {
            return Err(NOT_FOUND);
        }
        if !caller.may_read(catalog.access) {
            return Err(DENIED);
        }
        let version = self
            .number("datasetVersionNumber")
            .map(|number| number as u32);
        match self.operation {
            Operation::DownloadDataset => catalog
                .sign(version, self.text("fileName"), faults)
                .map(Reply::Redirect),
            Operation::ListDatasetFiles => self.listed(version, catalog).map(Reply::Json),
            Operation::GetDataset => described(catalog).map(Reply::Json),
            Operation::GetDatasetMetadata => Ok(Reply::Json(metadata())),
            _ => Ok(Reply::Json(json!({"status": "READY"}))),
        }
    }

    /// The body is that of Kaggle's own client, and no other.
    fn exchanged(&self, sign_in: &mut SignIn) -> Result<Value, Refusal> {
        if self.text("apiVersion") != Some("API_VERSION_V1") {
            return Err(BAD_REQUEST);
        }
        let seconds = self.text("expirationDuration").and_then(|duration| {
            let seconds = duration.strip_suffix('s')?.parse().ok()?;
            (seconds > 0).then_some(seconds)
        });
        let token = self.text("refreshToken").ok_or(BAD_REQUEST)?;
        sign_in.exchange(token, seconds.ok_or(BAD_REQUEST)?)
    }

    fn introspected(&self, sign_in: &SignIn) -> Result<Value, Refusal> {
        let token = self.text("token").ok_or(BAD_REQUEST)?;
        let caller = Caller::of_token(token, sign_in).ok_or(NOT_FOUND)?;
        let username = if caller == Caller::Tester {
            USERNAME
        } else {
            "stranger"
        };
        Ok(json!({"active": true, "username": username}))
    }

    fn listed(&self, version: Option<u32>, catalog: &Catalog) -> Result<Value, Refusal> {
        let archive = catalog.archive(version)?;
        let size = self.number("pageSize").map_or(PAGE.1, |size| size as usize);
        let begin = self.number("pageToken").unwrap_or(0) as usize;
        let files = archive.files();
        let end = files.len().min(begin + size.clamp(1, PAGE.0));
        let page = files.get(begin..end).ok_or(BAD_REQUEST)?;
        let page: Vec<Value> = page
            .iter()
            .map(|(name, bytes)| {
                json!({"ref": "", "name": name, "creationDate": CREATED, "totalBytes": bytes, "columns": []})
            })
            .collect();
        let next = if end < files.len() {
            end.to_string()
        } else {
            String::new()
        };
        Ok(json!({"datasetFiles": page, "errorMessage": null, "nextPageToken": next}))
    }

    fn text(&self, name: &str) -> Option<&str> {
        let text = self.arguments.get(name)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    /// A number; also one in quotes, as tokens and queries have it.
    fn number(&self, name: &str) -> Option<u64> {
        let value = self.arguments.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }
}

fn described(catalog: &Catalog) -> Result<Value, Refusal> {
    let archive = catalog.archive(None)?;
    let versions: Vec<Value> = catalog
        .versions()
        .rev()
        .map(|number| json!({"versionNumber": number, "creationDate": CREATED, "status": "READY"}))
        .collect();
    let unpacked: u64 = archive.files().iter().map(|(_, bytes)| bytes).sum();
    Ok(json!({
        "id": DATASET_ID,
        "ref": format!("{OWNER}/{SLUG}"),
        "title": "COVIDx CT",
        "ownerRef": OWNER,
        // What is in the archive, which is not how long it is.
        "totalBytes": unpacked,
        "currentVersionNumber": catalog.current,
        "versions": versions,
        "files": [],
        "isPrivate": catalog.access == Access::Private,
        "licenseName": "other",
        "lastUpdated": CREATED,
    }))
}

fn metadata() -> Value {
    json!({"info": {"datasetSlug": SLUG, "ownerUser": OWNER, "licenses": [{"name": "other"}]}})
}

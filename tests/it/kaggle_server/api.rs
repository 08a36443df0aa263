//! The calls of the API.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use hyper::Method;
use serde_json::{Value, json};
use zip::ZipArchive;

use super::{ask, bytes, call, get, signed, zip_of};
use crate::support::kaggle::{
    Access, Fault, Faults, KEY, KaggleServer, Operation, Quirk, RetryAfter, STRANGERS_TOKEN, Shape,
    Share, TOKEN, USERNAME,
};

#[tokio::test]
async fn a_call_is_the_same_by_every_route() {
    let server = KaggleServer::start(zip_of(&[
        ("metadata.csv", "patient id\n"),
        ("a/b.txt", "b"),
    ]));
    let endpoint = server.endpoint();
    let expected = call(&server, "GetDataset", "", json!({})).await.json();
    assert_eq!(expected["currentVersionNumber"], 4);
    assert_eq!(expected["ref"], "hgunraj/covidxct");
    assert_eq!(expected["totalBytes"], 12);
    let url = format!("{endpoint}/api/v1/datasets.DatasetApiService/GetDataset");
    let body = r#"{"ownerSlug":"hgunraj","datasetSlug":"covidxct"}"#;
    let other = ask(Method::POST, &url, &[], body).await.unwrap();
    assert_eq!(other.json(), expected);
    let rest = get(
        &format!("{endpoint}/api/v1/datasets/view/hgunraj/covidxct"),
        &[],
    )
    .await;
    assert_eq!(rest.json(), expected);

    let url = format!(
        "{endpoint}/api/v1/datasets/download/hgunraj/covidxct/a/b.txt?datasetVersionNumber=4"
    );
    let answer = get(&url, &[]).await;
    assert_eq!((answer.status, answer.text()), (302, ""));
    let file = get(answer.header("location").unwrap(), &[]).await;
    assert_eq!(file.text(), "b");

    for method in ["GetDatasetStatus", "GetDatasetMetadata"] {
        assert_eq!(call(&server, method, "", json!({})).await.status, 200);
    }
    let requests = server.requests();
    assert_eq!(requests.count(Operation::GetDataset), 3);
    assert_eq!(requests.api().count(), 6);
    assert_eq!(requests.refused().count(), 0);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let server = KaggleServer::start(zip_of(&[("a", "a")]));
    let status = async |more: Value| call(&server, "DownloadDataset", "", more).await.status;
    assert_eq!(status(json!({})).await, 302);
    assert_eq!(status(json!({"datasetSlug": "covidx"})).await, 404);
    assert_eq!(status(json!({"ownerSlug": "someone"})).await, 404);
    assert_eq!(status(json!({"ownerSlug": ""})).await, 400);
    assert_eq!(status(json!({"datasetVersionNumber": 5})).await, 404);
    assert_eq!(status(json!({"fileName": "b"})).await, 404);
    assert_eq!(
        call(&server, "NoSuchMethod", "", json!({})).await.status,
        404
    );
    assert_eq!(
        get(&format!("{}/", server.endpoint()), &[]).await.status,
        404
    );
}

#[tokio::test]
async fn credentials_open_what_is_private() {
    let server = KaggleServer::start(bytes(10));
    let basic = format!("Basic {}", BASE64.encode(format!("{USERNAME}:{KEY}")));
    let wrong = format!("Basic {}", BASE64.encode(format!("{USERNAME}:{TOKEN}")));
    let token = format!("Bearer {TOKEN}");
    let stranger = format!("Bearer {STRANGERS_TOKEN}");
    let callers = [
        "",
        &*basic,
        &*token,
        &*stranger,
        &*wrong,
        "Bearer guess",
        "Digest",
    ];
    for (access, expected) in [
        (Access::Public, [302, 302, 302, 302, 401, 401, 401]),
        (Access::Private, [403, 302, 302, 403, 401, 401, 401]),
    ] {
        server.access(access);
        let mut statuses = Vec::new();
        for caller in callers {
            statuses.push(
                call(&server, "DownloadDataset", caller, json!({}))
                    .await
                    .status,
            );
        }
        assert_eq!(statuses, expected, "{access:?}");
    }
    let requests = server.requests();
    assert_eq!(
        requests.iter().filter(|request| request.authorized).count(),
        12
    );

    let url = format!(
        "{}/v1/security.OAuthService/IntrospectToken",
        server.endpoint()
    );
    let introspect = async |token: &str| {
        let body = json!({ "token": token }).to_string();
        ask(Method::POST, &url, &[], &body).await.unwrap()
    };
    let known = introspect(TOKEN).await;
    assert_eq!(known.json(), json!({"active": true, "username": USERNAME}));
    assert_eq!(introspect("guess").await.status, 404);
}

#[tokio::test]
async fn errors_have_many_shapes() {
    let server = KaggleServer::start(bytes(10));
    let said = async |shape: Shape| {
        server.faults(Faults {
            shape,
            ..Faults::default()
        });
        let answer = call(&server, "GetDataset", "Bearer guess", json!({})).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert!(answer.header("x-kaggle-requestid").is_some());
        answer.text().to_owned()
    };
    assert_eq!(
        said(Shape::Rpc).await,
        r#"{"error":{"code":401,"message":"Unauthenticated","status":"UNAUTHENTICATED"}}"#
    );
    assert_eq!(
        said(Shape::Legacy).await,
        r#"{"code":401,"message":"Unauthenticated"}"#
    );
    assert_eq!(said(Shape::Empty).await, "");
    assert!(said(Shape::Html).await.starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn calls_are_refused_for_a_while() {
    let server = KaggleServer::start(bytes(10));
    server.faults(Faults {
        on: vec![Operation::DownloadDataset],
        api_429: Share::First(2),
        api_503: Share::Nth(1),
        api_error_message: Share::Nth(2),
        retry_after: RetryAfter::Seconds(0.5),
        ..Faults::default()
    });
    assert_eq!(call(&server, "GetDataset", "", json!({})).await.status, 200);
    let mut seen = Vec::new();
    for _ in 0..6 {
        let answer = call(&server, "DownloadDataset", "", json!({})).await;
        let retry_after = answer.header("retry-after").map(str::to_owned);
        seen.push((answer.status, retry_after));
    }
    let half = Some("0.5".to_owned());
    let expected = [
        (429, half.clone()),
        (429, half.clone()),
        (503, half),
        (302, None),
        (200, None),
        (302, None),
    ];
    assert_eq!(seen[..3], expected[..3]);
    let statuses: Vec<u16> = seen.iter().map(|(status, _)| *status).collect();
    assert_eq!(
        statuses[3..]
            .iter()
            .filter(|status| **status == 200)
            .count(),
        1
    );
    assert_eq!(server.requests().hit(Fault::ErrorMessage), 1);

    server.faults(Faults {
        api_429: Share::First(1),
        retry_after: RetryAfter::Date(60),
        ..Faults::default()
    });
    let answer = call(&server, "GetDataset", "", json!({})).await;
    let date = DateTime::parse_from_rfc2822(answer.header("retry-after").unwrap()).unwrap();
    let ahead = date.signed_duration_since(Utc::now()).num_seconds();
    assert!((30..=60).contains(&ahead), "{ahead}");
}

#[tokio::test]
async fn a_message_with_200_is_no_answer() {
    let server = KaggleServer::start(bytes(10));
    server.faults(Faults {
        api_error_message: Share::First(1),
        ..Faults::default()
    });
    let answer = call(&server, "GetDataset", "", json!({})).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({"errorMessage": "The dataset is being moved."})
    );
    assert_eq!(
        call(&server, "GetDataset", "", json!({})).await.json()["id"],
        1_162_498
    );
}

#[tokio::test]
async fn versions_stay_when_the_next_comes() {
    let server = KaggleServer::start(b"four".to_vec());
    let before = signed(&server).await;
    server.publish(5, b"five".to_vec());
    let dataset = call(&server, "GetDataset", "", json!({})).await.json();
    assert_eq!(dataset["currentVersionNumber"], 5);
    let numbers: Vec<_> = dataset["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| &version["versionNumber"])
        .collect();
    assert_eq!(numbers, [5, 4]);
    assert_eq!(get(&signed(&server).await, &[]).await.text(), "five");
    assert_eq!(get(&before, &[]).await.text(), "four");
    let pinned = call(
        &server,
        "DownloadDataset",
        "",
        json!({"datasetVersionNumber": 4}),
    )
    .await;
    let pinned = get(pinned.header("location").unwrap(), &[]).await;
    assert_eq!(pinned.text(), "four");
}

#[tokio::test]
async fn files_are_listed_page_by_page() {
    let files: Vec<(String, String)> = (0..50)
        .map(|n| (format!("images/{n}"), "x".repeat(n)))
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, content)| (&**name, &**content))
        .collect();
    let server = KaggleServer::start(zip_of(&files));
    let mut names = Vec::new();
    let mut token = String::new();
    for expected in [20, 20, 10] {
        let page = call(
            &server,
            "ListDatasetFiles",
            "",
            json!({ "pageToken": token }),
        )
        .await
        .json();
        let listed = page["datasetFiles"].as_array().unwrap().clone();
        assert_eq!(listed.len(), expected);
        names.extend(
            listed
                .into_iter()
                .map(|file| (file["name"].clone(), file["totalBytes"].clone())),
        );
        page["nextPageToken"]
            .as_str()
            .unwrap()
            .clone_into(&mut token);
    }
    assert_eq!(token, "");
    assert_eq!(names[49], (json!("images/49"), json!(49)));
    let all = call(&server, "ListDatasetFiles", "", json!({"pageSize": 300}))
        .await
        .json();
    assert_eq!(all["datasetFiles"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn a_single_file_may_come_zipped() {
    let server = KaggleServer::start(zip_of(&[("metadata.csv", "patient id\n")]));
    server.faults(Faults {
        quirks: vec![Quirk::ZippedFiles],
        ..Faults::default()
    });
    let answer = call(
        &server,
        "DownloadDataset",
        "",
        json!({"fileName": "metadata.csv"}),
    )
    .await;
    let location = answer.header("location").unwrap();
    assert!(location.contains("/metadata.csv.zip?"), "{location}");
    let file = get(location, &[]).await;
    let mut zip = ZipArchive::new(std::io::Cursor::new(file.bytes())).unwrap();
    assert_eq!(zip.by_name("metadata.csv").unwrap().size(), 11);
}

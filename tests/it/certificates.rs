//! Servers whose certificates an authority of one's own has issued: every client trusts what it is told to, and says why if not.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::support::dataset::small_sample;
use crate::support::glue::GlueServer;
use crate::support::kaggle::KaggleServer;
use crate::support::s3::S3Server;
use crate::support::tls::{Authority, Flaw, Tls};
use crate::support::{Dataset, Lake, Outcome};

/// Variables that decide whom a client trusts, besides the bundles.
const VARIABLES: [&str; 3] = ["SSL_CERT_FILE", "SSL_CERT_DIR", "AWS_PROFILE"];

fn address(endpoint: &str) -> SocketAddr {
    let host = endpoint.split('/').nth(2).expect("a host");
    host.replace("localhost", "127.0.0.1")
        .parse()
        .expect("an address")
}

/// S3 and Glue behind TLS.
struct Cloud {
    lake: Lake,
    authority: Authority,
    s3: S3Server,
    tls: Tls,
    _glue: GlueServer,
    glue: Tls,
}

impl Cloud {
    fn new(flaw: Flaw) -> Self {
        let lake = Lake::temp();
        lake.place(&Dataset::sample(&small_sample(1)));
        let (authority, s3, glue) = (Authority::new(), S3Server::start(), GlueServer::start());
        Self {
            tls: authority.before(address(&s3.endpoint()), flaw),
            glue: authority.before(address(&glue.endpoint()), flaw),
            lake,
            authority,
            s3,
            _glue: glue,
        }
    }

    fn command(&self, args: &[&str], variables: &[(&str, &Path)]) -> Command {
        let mut command = self.lake.command(args);
        command.args(["--lake", "s3://lake/team/covid"]);
        for name in VARIABLES {
            command.env_remove(name);
        }
        command
            .env_remove("AWS_SESSION_TOKEN")
            .env_remove("AWS_ENDPOINT_URL_S3")
            .envs(self.s3.env())
            .env("AWS_ENDPOINT_URL", self.tls.endpoint())
            .env("AWS_ENDPOINT_URL_GLUE", self.glue.endpoint())
            .env("NO_PROXY", "127.0.0.1,localhost")
            .envs(variables.iter().copied());
        command
    }

    #[track_caller]
    fn ctlake(&self, args: &[&str], variables: &[(&str, &Path)]) -> Outcome {
        self.lake.run(self.command(args, variables))
    }
}

#[test]
fn every_client_of_aws_trusts_the_bundle_that_the_aws_cli_would() {
    let cloud = Cloud::new(Flaw::None);
    let ca = cloud.authority.path();
    let bundle: [(&str, &Path); 1] = [("AWS_CA_BUNDLE", &ca)];
    // The SDK's client and `object_store`'s; then the SDK's for Glue; then what Polars reads.
    cloud
        .ctlake(&["run", "dataset", "--database", "covidx"], &bundle)
        .ok();
    cloud.ctlake(&["verify", "--deep"], &bundle).ok();
    let count = [
        "sql",
        "SELECT COUNT(*) AS n FROM patients",
        "--format",
        "csv",
    ];
    let counted = cloud.ctlake(&count, &bundle).ok();
    for variable in ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let there: [(&str, &Path); 1] = [(variable, &ca)];
        cloud.ctlake(&["status"], &there).ok();
        assert_eq!(cloud.ctlake(&count, &there).ok(), counted, "{variable}");
    }
    let config = cloud.lake.path("config");
    let profile = format!(
        "[profile test]\nca_bundle = {}\nregion = eu-central-1\n",
        ca.display()
    );
    fs::write(&config, profile).unwrap();
    let profile: [(&str, &Path); 2] = [
        ("AWS_CONFIG_FILE", &config),
        ("AWS_PROFILE", Path::new("test")),
    ];
    cloud.ctlake(&["status"], &profile).ok();
    assert_eq!(cloud.ctlake(&count, &profile).ok(), counted);
}

#[test]
fn a_bundle_takes_the_place_of_the_system_s_authorities() {
    let cloud = Cloud::new(Flaw::None);
    let (ca, other) = (cloud.authority.path(), Authority::new());
    let other = other.path();
    let both: [(&str, &Path); 2] = [("AWS_CA_BUNDLE", &other), ("SSL_CERT_FILE", &ca)];
    let said = cloud.ctlake(&["ingest", "dataset"], &both).fails(1);
    assert!(said.stderr().contains("certificate was rejected"), "{said}");
    // A bundle may have more than one, and what is no certificate, and one that nobody can parse.
    let several = cloud.lake.path("several.pem");
    let junk = "-----BEGIN CERTIFICATE-----\nMAMBAf8=\n-----END CERTIFICATE-----\n";
    let text = format!(
        "# company\n{}{junk}{}",
        fs::read_to_string(&other).unwrap(),
        fs::read_to_string(&ca).unwrap()
    );
    fs::write(&several, text).unwrap();
    cloud
        .ctlake(&["ingest", "dataset"], &[("AWS_CA_BUNDLE", &several)])
        .ok();
}

#[test]
fn a_rejected_certificate_is_told_as_such_and_soon() {
    let cloud = Cloud::new(Flaw::None);
    let begun = Instant::now();
    assert_snapshot!(cloud.ctlake(&["ingest", "dataset"], &[]).fails(1), @"
    exit 1
    --- stderr
    error: cannot open `s3://lake/team/covid`
      because: the server's certificate was rejected: no authority that is trusted here has issued it

    hint: if the server, or a proxy before it, has an authority of your own, name its certificates: `export AWS_CA_BUNDLE=/path/to/ca.pem`; `export SSL_CERT_FILE=/path/to/ca.pem` is for every client in this program that has no bundle of its own
    ");
    let doctor = cloud.ctlake(&["doctor"], &[]);
    assert!(
        doctor.stdout().contains("AWS_CA_BUNDLE=/path/to/ca.pem"),
        "{doctor}"
    );
    assert!(begun.elapsed() < Duration::from_secs(20));
    let ca = cloud.authority.path();
    cloud
        .ctlake(&["run", "dataset"], &[("AWS_CA_BUNDLE", &ca)])
        .ok();
    // Glue's server has another authority.
    let other = Authority::new();
    let glue = other.before(address(&cloud.glue.endpoint()), Flaw::None);
    let mut command = cloud.command(
        &["register", "--database", "covidx"],
        &[("AWS_CA_BUNDLE", &ca)],
    );
    command.env("AWS_ENDPOINT_URL_GLUE", glue.endpoint());
    let said = cloud.lake.run(command).fails(1).to_string();
    assert_snapshot!(said.replace(&ca.display().to_string(), "[CA]"), @"
    exit 1
    --- stderr
    error: no answer from AWS Glue to `glue:GetDatabase` on `covidx`
      because: the server's certificate was rejected: it isn't signed by the authority of that name that is trusted here

    hint: if the server, or a proxy before it, has an authority of your own, add its certificates to the file that AWS_CA_BUNDLE names: `cat /path/to/ca.pem >> '[CA]'`; or name another file: `export AWS_CA_BUNDLE=/path/to/ca.pem`; AWS_REGION and AWS_ENDPOINT_URL_GLUE say where Glue is
    ");
}

#[test]
fn the_hint_of_a_rejection_works_whichever_bundle_is_in_force() {
    let cloud = Cloud::new(Flaw::None);
    let ca = fs::read_to_string(cloud.authority.path()).unwrap();
    for (name, other) in [
        ("AWS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"),
    ] {
        let bundle = cloud.lake.path(&format!("{name}.pem"));
        fs::copy(Authority::new().path(), &bundle).unwrap();
        let variables: [(&str, &Path); 2] = [(name, &bundle), (other, &cloud.authority.path())];
        let said = cloud.ctlake(&["status"], &variables).fails(1);
        let hint = format!(
            "add its certificates to the file that {name} names: `cat /path/to/ca.pem >> '[DIR]/{name}.pem'`"
        );
        assert!(said.stderr().contains(&hint), "{said}");
        let mut text = fs::read_to_string(&bundle).unwrap();
        text += &ca;
        fs::write(&bundle, text).unwrap();
        cloud.ctlake(&["status"], &variables).ok();
    }
}

#[test]
fn a_bundle_may_begin_with_a_byte_order_mark() {
    let cloud = Cloud::new(Flaw::None);
    let ca = fs::read_to_string(cloud.authority.path()).unwrap();
    let marked = cloud.lake.path("marked.pem");
    fs::write(&marked, format!("\u{feff}{ca}")).unwrap();
    cloud
        .ctlake(&["run", "dataset"], &[("AWS_CA_BUNDLE", &marked)])
        .ok();
    let count = ["sql", "SELECT COUNT(*) FROM patients"];
    for variable in ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"] {
        cloud.ctlake(&count, &[(variable, &marked)]).ok();
    }
}

#[test]
fn what_is_wrong_with_a_certificate_decides_what_to_do() {
    for (flaw, hint) in [
        (Flaw::Expired, "hint: check this machine's clock"),
        (
            Flaw::OtherName,
            "hint: use the name that the certificate has",
        ),
    ] {
        let cloud = Cloud::new(flaw);
        let ca = cloud.authority.path();
        let said = cloud
            .ctlake(&["status"], &[("AWS_CA_BUNDLE", &ca)])
            .fails(1);
        assert!(said.stderr().contains(hint), "{said}");
    }
}

#[test]
fn a_bundle_that_is_none_is_named() {
    let cloud = Cloud::new(Flaw::None);
    let path = |name: &str, text: &str| {
        let path = cloud.lake.path(name);
        fs::write(&path, text).unwrap();
        path
    };
    let missing = cloud.lake.path("missing.pem");
    let empty = path("empty.pem", "no certificate\n");
    let junk = path(
        "junk.pem",
        "-----BEGIN CERTIFICATE-----\nMAMBAf8=\n-----END CERTIFICATE-----\n",
    );
    let broken = path("broken.pem", "-----BEGIN CERTIFICATE-----\n!\n");
    let mut said = String::new();
    for (variable, path) in [
        ("AWS_CA_BUNDLE", &missing),
        ("AWS_CA_BUNDLE", &empty),
        ("REQUESTS_CA_BUNDLE", &junk),
        ("SSL_CERT_FILE", &broken),
    ] {
        let outcome = cloud.ctlake(&["status"], &[(variable, path)]).fails(1);
        said += outcome.stderr();
    }
    assert_snapshot!(said, @"
    error: cannot read the certificates in `[DIR]/missing.pem` (AWS_CA_BUNDLE)
      because: No such file or directory (os error 2)

    hint: name a file whose certificates begin with `-----BEGIN CERTIFICATE-----`: `openssl x509 -in '[DIR]/missing.pem' -noout -subject` shows the first one
    error: expected certificates in PEM format in `[DIR]/empty.pem` (AWS_CA_BUNDLE), found none

    hint: name a file whose certificates begin with `-----BEGIN CERTIFICATE-----`: `openssl x509 -in '[DIR]/empty.pem' -noout -subject` shows the first one
    error: expected certificates in PEM format in `[DIR]/junk.pem` (REQUESTS_CA_BUNDLE), found one that can't be parsed

    hint: name a file whose certificates begin with `-----BEGIN CERTIFICATE-----`: `openssl x509 -in '[DIR]/junk.pem' -noout -subject` shows the first one
    error: expected certificates in PEM format in `[DIR]/broken.pem` (SSL_CERT_FILE), found a damaged one

    hint: name a file whose certificates begin with `-----BEGIN CERTIFICATE-----`: `openssl x509 -in '[DIR]/broken.pem' -noout -subject` shows the first one
    ");
    let outcome = cloud.lake.run({
        let mut command = cloud.lake.command(["ingest", "https://localhost:9/a.zip"]);
        command.env("REQUESTS_CA_BUNDLE", &empty);
        command
    });
    assert_snapshot!(outcome.fails(1), @"
    exit 1
    --- stderr
    error: expected certificates in PEM format in `[DIR]/empty.pem` (REQUESTS_CA_BUNDLE), found none

    hint: name a file whose certificates begin with `-----BEGIN CERTIFICATE-----`: `openssl x509 -in '[DIR]/empty.pem' -noout -subject` shows the first one
    ");
}

#[test]
fn kaggle_and_other_servers_of_archives_are_trusted_as_told() {
    let lake = Lake::temp();
    lake.ctlake("sample dataset.zip --zip --patients 21 --seed 1".split(' '))
        .ok();
    let archive = fs::read(lake.path("dataset.zip")).unwrap();
    let (authority, server) = (Authority::new(), KaggleServer::start(archive));
    let api = authority.before(address(&server.endpoint()), Flaw::None);
    let storage = authority.before(address(&server.url()), Flaw::None);
    let plain = server.url();
    let (_, path) = plain.split_once("://").unwrap().1.split_once('/').unwrap();
    let url = format!("{}/{path}", storage.endpoint());
    let run = |args: &[&str], variable: Option<&str>| {
        let mut command = lake.command(args);
        server.configure(&mut command);
        for name in VARIABLES {
            command.env_remove(name);
        }
        command.env("KAGGLE_API_ENDPOINT", api.endpoint());
        if let Some(variable) = variable {
            command.env(variable, authority.path());
        }
        lake.run(command)
    };
    for variable in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"] {
        for source in ["kaggle:hgunraj/covidxct", &url] {
            run(&["ingest", source], Some(variable)).ok();
        }
    }
    run(&["fetch", &url, "--out", "a.zip"], Some("SSL_CERT_FILE")).ok();
    let begun = Instant::now();
    let said = |args: &[&str]| {
        let said = run(args, None).fails(1).to_string();
        let said = said.replace(&api.endpoint(), "[KAGGLE]");
        said.replace(&storage.endpoint(), "[STORAGE]")
    };
    assert_snapshot!(said(&["ingest", "kaggle:hgunraj/covidxct"]), @"
    exit 1
    --- stderr
    error: cannot reach Kaggle at `[KAGGLE]/api/v1/datasets.DatasetApiService/GetDataset`
      because: error sending request
      because: client error (Connect)
      because: invalid peer certificate: UnknownIssuer

    hint: if the server, or a proxy before it, has an authority of your own, name its certificates: `export REQUESTS_CA_BUNDLE=/path/to/ca.pem`; `export SSL_CERT_FILE=/path/to/ca.pem` is for every client in this program that has no bundle of its own
    ");
    assert_snapshot!(said(&["ingest", &url]), @"
    exit 1
    --- stderr
    error: cannot read `[STORAGE]/plain/archive.zip`
      because: error sending request
      because: client error (Connect)
      because: invalid peer certificate: UnknownIssuer

    hint: if the server, or a proxy before it, has an authority of your own, name its certificates: `export REQUESTS_CA_BUNDLE=/path/to/ca.pem`; `export SSL_CERT_FILE=/path/to/ca.pem` is for every client in this program that has no bundle of its own
    ");
    let fetch = said(&["fetch", &url, "--out", "b.zip"]);
    assert!(fetch.contains("invalid peer certificate"), "{fetch}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    // AWS's variable is for AWS.
    run(&["ingest", &url], Some("AWS_CA_BUNDLE")).fails(1);
}

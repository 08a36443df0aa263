//! TLS before a server of the tests, with certificates of an authority that nobody knows.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;

/// What is wrong with a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// It has expired.
    Expired,
    /// It is for another name.
    OtherName,
}

/// An authority, and its certificate in a file.
#[derive(Debug)]
pub(crate) struct Authority {
    key: Key,
    dir: TempDir,
}

/// TLS at a port of its own, passed on to a server without. It is gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Tls {
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = Key::new();
        let dir = TempDir::with_prefix("ctlake-").expect("a temporary folder");
        let constraints = sequence(&[
            &[0x06, 0x03, 0x55, 0x1d, 0x13],
            &[0x01, 0x01, 0xff],
            &der(0x04, &[&sequence(&[&[0x01, 0x01, 0xff]])]),
        ]);
        let certificate = key.certify("ctlake tests", &key, "ctlake tests", &constraints, 1);
        let text = BASE64.encode(certificate);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        fs::write(dir.path().join("ca.pem"), pem).expect("written");
        Self { key, dir }
    }

    /// Its certificate.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// TLS before the server at `upstream`.
    pub(crate) fn before(&self, upstream: SocketAddr, flaw: Flaw) -> Tls {
        let key = Key::new();
        let name = match flaw {
            Flaw::OtherName => "elsewhere.example",
            Flaw::None | Flaw::Expired => "localhost",
        };
        let names = sequence(&[&der(0x82, &[name.as_bytes()])]);
        let names = sequence(&[&[0x06, 0x03, 0x55, 0x1d, 0x11], &der(0x04, &[&names])]);
        let days = if flaw == Flaw::Expired { -1 } else { 1 };
        let certificate = self.key.certify("ctlake tests", &key, name, &names, days);
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(certificate)],
                PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.pkcs8.clone())),
            )
            .expect("a certificate");
        Tls::start(TlsAcceptor::from(Arc::new(config)), upstream)
    }
}

impl Tls {
    fn start(acceptor: TlsAcceptor, upstream: SocketAddr) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("tls")
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that doesn't like the certificate goes away.
                    let mut inner = acceptor.accept(stream).await.ok()?;
                    let mut outer = TcpStream::connect(upstream).await.ok()?;
                    copy_bidirectional(&mut inner, &mut outer).await.ok()
                });
            }
        });
        Self {
            address,
            runtime: Some(runtime),
        }
    }

    /// `https://localhost:PORT`.
    pub(crate) fn endpoint(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A key of the curve P-256.
#[derive(Debug)]
struct Key {
    pkcs8: Vec<u8>,
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Key {
    fn new() -> Self {
        let random = SystemRandom::new();
        let kind = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).expect("a key");
        Self {
            pkcs8: pkcs8.as_ref().to_vec(),
            pair,
            random,
        }
    }

    /// A certificate (RFC 5280) for `key`, which ends so many days from now.
    fn certify(
        &self,
        issuer: &str,
        key: &Self,
        subject: &str,
        extension: &[u8],
        days: i64,
    ) -> Vec<u8> {
        // ecdsa-with-SHA256
        let algorithm = sequence(&[&[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]]);
        let end = Utc::now() + TimeDelta::days(days);
        let content = sequence(&[
            &der(0xa0, &[&[0x02, 0x01, 0x02]]),
            // A serial number is positive.
            &der(0x02, &[&[1], &rand::random::<[u8; 8]>()]),
            &algorithm,
            &name(issuer),
            &sequence(&[&time(end - TimeDelta::days(3)), &time(end)]),
            &name(subject),
            &sequence(&[
                // id-ecPublicKey on prime256v1
                &sequence(&[
                    &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01],
                    &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
                ]),
                &bits(key.pair.public_key().as_ref()),
            ]),
            &der(0xa3, &[&sequence(&[extension])]),
        ]);
        let signature = self.pair.sign(&self.random, &content).expect("a signature");
        sequence(&[&content, &algorithm, &bits(signature.as_ref())])
    }
}

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let head = match u8::try_from(length) {
        Ok(short) if short < 0x80 => vec![tag, short],
        Ok(short) => vec![tag, 0x81, short],
        Err(_) => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head, content].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    der(0x30, parts)
}

fn bits(content: &[u8]) -> Vec<u8> {
    der(0x03, &[&[0], content])
}

/// A name of one part, the common name.
fn name(text: &str) -> Vec<u8> {
    let part = sequence(&[
        &[0x06, 0x03, 0x55, 0x04, 0x03],
        &der(0x0c, &[text.as_bytes()]),
    ]);
    sequence(&[&der(0x31, &[&part])])
}

fn time(time: DateTime<Utc>) -> Vec<u8> {
    der(0x17, &[time.format("%y%m%d%H%M%SZ").to_string().as_bytes()])
}

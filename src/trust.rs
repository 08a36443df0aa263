//! Authorities that servers' certificates are checked against, and what to do when a certificate is rejected.
//!
//! Without a wish of the user's, each client asks the system (`SSL_CERT_FILE`, `SSL_CERT_DIR`, else the system's store). A bundle
//! that a variable names takes the place of that, as it does in the AWS CLI and in Kaggle's own client.

use std::env;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Certificate, ClientBuilder};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use same_file::is_same_file;
use thiserror::Error;

/// Where every client looks that has no bundle of its own.
const SYSTEM: &str = "SSL_CERT_FILE";
/// How `rustls` begins what it says of a certificate, whichever client passes it on.
const REJECTED: &str = "invalid peer certificate: ";

/// Certificates of authorities, from a file that the user has named; one at least.
#[derive(Debug, Clone)]
pub struct Authorities {
    path: PathBuf,
    certificates: Vec<CertificateDer<'static>>,
}

/// A file of certificates that the user has named can't be used.
#[derive(Debug, Error)]
pub enum TrustError {
    /// The system refused.
    #[error("cannot read the certificates in `{}` ({place})", path.display())]
    Read {
        /// What names the file: `AWS_CA_BUNDLE`.
        place: String,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It has no certificate, or one that is none.
    #[error("expected certificates in PEM format in `{}` ({place}), found {found}", path.display())]
    Format {
        /// What names the file.
        place: String,
        /// The file.
        path: PathBuf,
        /// What was found.
        found: &'static str,
    },
}

impl TrustError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        let (Self::Read { path, .. } | Self::Format { path, .. }) = self;
        format!(
            "name a file whose certificates begin with `-----BEGIN CERTIFICATE-----`: `openssl x509 -in '{}' -noout -subject` shows the first one",
            path.display()
        )
    }
}

impl Authorities {
    /// Those in the file at `path`, which `place` names.
    pub fn read(place: &str, path: &Path) -> Result<Self, TrustError> {
        let pem = fs::read(path).map_err(|source| TrustError::Read {
            place: place.to_owned(),
            path: path.to_owned(),
            source,
        })?;
        // Bundles of whole systems have ancient ones that nobody can parse; the AWS SDK would panic at them.
        let mut reason = "none";
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem)
            .filter_map(|certificate| {
                let certificate = certificate.inspect_err(|_| reason = "a damaged one").ok()?;
                let parsed = RootCertStore::empty().add(certificate.clone());
                parsed
                    .inspect_err(|_| reason = "one that can't be parsed")
                    .ok()?;
                Some(certificate)
            })
            .collect();
        if certificates.is_empty() {
            return Err(TrustError::Format {
                place: place.to_owned(),
                path: path.to_owned(),
                found: reason,
            });
        }
        Ok(Self {
            path: path.to_owned(),
            certificates,
        })
    }

    /// Those that the first of these variables names, if any has a value.
    pub fn from_env(variables: &[&str]) -> Result<Option<Self>, TrustError> {
        let named = variables
            .iter()
            .find_map(|name| Some((name, env::var_os(name).filter(|path| !path.is_empty())?)));
        named
            .map(|(name, path)| Self::read(name, Path::new(&path)))
            .transpose()
    }

    /// Whether clients without a bundle read the same file.
    #[must_use]
    pub fn are_system(&self) -> bool {
        let system = env::var_os(SYSTEM).filter(|path| !path.is_empty());
        system.is_some_and(|system| is_same_file(system, &self.path).unwrap_or(false))
    }

    /// In PEM format.
    #[must_use]
    pub fn pem(&self) -> String {
        let block = |certificate: &CertificateDer<'_>| {
            let text = BASE64_STANDARD.encode(certificate);
            format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
        };
        self.certificates.iter().map(block).collect()
    }

    /// A client that trusts them and no other.
    pub fn only(&self, builder: ClientBuilder) -> reqwest::Result<ClientBuilder> {
        let mut builder = builder.tls_built_in_root_certs(false);
        for certificate in &self.certificates {
            builder = builder.add_root_certificate(Certificate::from_der(certificate)?);
        }
        Ok(builder)
    }
}

/// Checks what every client without a bundle reads by itself: one that finds nothing there trusts nobody, and says nothing.
pub fn check_system() -> Result<(), TrustError> {
    if env::var_os("SSL_CERT_DIR").is_some_and(|folders| !folders.is_empty()) {
        return Ok(());
    }
    Authorities::from_env(&[SYSTEM]).map(|_| ())
}

/// Why a server's certificate was rejected, if that is what an error is about.
#[must_use]
pub fn rejection(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(reason) = rejection_in(&error.to_string()) {
            return Some(reason);
        }
        cause = error.source();
    }
    None
}

/// The same of an error that is only a text.
#[must_use]
pub fn rejection_in(text: &str) -> Option<String> {
    let (_, reason) = text.split_once(REJECTED)?;
    let reason = reason.lines().next().unwrap_or_default().trim_end();
    Some(match reason.split([' ', '(', ')']).next() {
        Some("UnknownIssuer") => "no authority that is trusted here has issued it".to_owned(),
        Some("BadSignature") => {
            "it isn't signed by the authority of that name that is trusted here".to_owned()
        }
        _ => reason.to_owned(),
    })
}

/// What to do about a rejection; `variables` name a bundle to the client in question.
#[must_use]
pub fn hint(reason: &str, variables: &str) -> String {
    if reason.contains("expired") || reason.contains("not valid yet") {
        return "check this machine's clock (`timedatectl`); if it is right, the server needs a new certificate"
            .to_owned();
    }
    if reason.contains("not valid for name") {
        return "use the name that the certificate has in the server's address".to_owned();
    }
    format!(
        "if the server, or a proxy before it, has an authority of your own, name its certificates: `export {variables}=/path/to/ca.pem`; `export {SYSTEM}=/path/to/ca.pem` is for every client in this program"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_is_found_wherever_it_stands() {
        let io = io::Error::other("invalid peer certificate: UnknownIssuer");
        assert!(rejection(&io).is_some_and(|reason| reason.contains("authority")));
        let text = "IO error: Generic S3 error: invalid peer certificate: certificate expired: verification time 1";
        let reason = rejection_in(text).expect("a rejection");
        assert_eq!(reason, "certificate expired: verification time 1");
        assert!(hint(&reason, "A").contains("clock"));
        assert_eq!(rejection(&io::Error::other("connection refused")), None);
    }
}

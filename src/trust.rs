//! Authorities that servers' certificates are checked against, and what to do when a certificate is rejected.
//!
//! Without a wish of the user's, each client asks the system (`SSL_CERT_FILE`, `SSL_CERT_DIR`, else the system's store). A bundle
//! that a variable names takes the place of that, as it does in the AWS CLI and in Kaggle's own client.

use std::borrow::Cow;
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

/// Variables that name a bundle to the clients of AWS, the first one first. `ca_bundle` of the profile comes behind the first.
pub const OF_AWS: &[&str] = &["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"];
/// The same for the clients of Kaggle and of other servers of archives.
pub const OF_WEB: &[&str] = &["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/// Certificates of authorities, from a file that the user has named; one at least.
#[derive(Debug, Clone)]
pub struct Authorities {
    path: PathBuf,
    certificates: Vec<CertificateDer<'static>>,
    /// Whether other readers of PEM files understand the file.
    is_plain: bool,
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
        let text = text(&pem);
        let is_plain = matches!(text, Cow::Borrowed(text) if text.len() == pem.len());
        // Bundles of whole systems have ancient ones that nobody can parse; the AWS SDK would panic at them.
        let mut reason = "none";
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
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
            is_plain,
        })
    }

    /// Those that the first of these variables names, if any has a value.
    pub fn from_env(variables: &[&str]) -> Result<Option<Self>, TrustError> {
        in_force(variables)
            .map(|(name, path)| Self::read(name, &path))
            .transpose()
    }

    /// Those of the system where no client can read them by itself: it would trust nobody, and say nothing. What every client
    /// reads is checked, and left to it.
    pub fn of_system() -> Result<Option<Self>, TrustError> {
        if env::var_os("SSL_CERT_DIR").is_some_and(|folders| !folders.is_empty()) {
            return Ok(None);
        }
        Ok(Self::from_env(&[SYSTEM])?.filter(|authorities| !authorities.is_plain))
    }

    /// Whether clients without a bundle read the same file.
    #[must_use]
    pub fn are_system(&self) -> bool {
        let system = in_force(&[SYSTEM]);
        self.is_plain
            && system.is_some_and(|(_, path)| is_same_file(path, &self.path).unwrap_or(false))
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

/// The first of these variables that has a value, and the file that it names.
fn in_force<'a>(variables: &[&'a str]) -> Option<(&'a str, PathBuf)> {
    variables.iter().find_map(|name| {
        let path = env::var_os(name).filter(|path| !path.is_empty())?;
        Some((*name, path.into()))
    })
}

/// The text of a PEM file as editors and shells write it: with a byte order mark, or in UTF-16.
fn text(pem: &[u8]) -> Cow<'_, [u8]> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, _) = bytes.as_chunks();
        let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        Cow::Owned(String::from_utf16_lossy(&units).into_bytes())
    };
    match pem.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(pem) {
        [0xff, 0xfe, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf16(text, u16::from_be_bytes),
        text => Cow::Borrowed(text),
    }
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

/// What to do about a rejection; `variables` name a bundle to the client in question, the first one first.
#[must_use]
pub fn hint(reason: &str, variables: &[&str]) -> String {
    hint_beside(reason, variables, in_force(variables))
}

fn hint_beside(reason: &str, variables: &[&str], in_force: Option<(&str, PathBuf)>) -> String {
    if reason.contains("expired") || reason.contains("not valid yet") {
        return "check this machine's clock (`timedatectl`); if it is right, the server needs a new certificate"
            .to_owned();
    }
    if reason.contains("not valid for name") {
        return "use the name that the certificate has in the server's address".to_owned();
    }
    let first = variables.first().unwrap_or(&SYSTEM);
    let own = "if the server, or a proxy before it, has an authority of your own";
    match in_force {
        None => format!(
            "{own}, name its certificates: `export {first}=/path/to/ca.pem`; `export {SYSTEM}=/path/to/ca.pem` is for every client in this program that has no bundle of its own"
        ),
        // Only the certificates in that file are trusted, whatever else is named.
        Some((name, path)) => {
            let path = path.display().to_string().replace('\'', r"'\''");
            format!(
                "{own}, add its certificates to the file that {name} names: `cat /path/to/ca.pem >> '{path}'`; or name another file: `export {first}=/path/to/ca.pem`"
            )
        }
    }
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
        assert!(hint(&reason, OF_AWS).contains("clock"));
        assert_eq!(rejection(&io::Error::other("connection refused")), None);
    }

    #[test]
    fn a_hint_names_the_variable_in_force() {
        let said = hint_beside("UnknownIssuer", OF_AWS, None);
        assert!(
            said.contains("`export AWS_CA_BUNDLE=/path/to/ca.pem`"),
            "{said}"
        );
        let in_force = ("REQUESTS_CA_BUNDLE", PathBuf::from("/etc/it's.pem"));
        let said = hint_beside("UnknownIssuer", OF_AWS, Some(in_force));
        assert_eq!(
            said,
            r"if the server, or a proxy before it, has an authority of your own, add its certificates to the file that REQUESTS_CA_BUNDLE names: `cat /path/to/ca.pem >> '/etc/it'\''s.pem'`; or name another file: `export AWS_CA_BUNDLE=/path/to/ca.pem`"
        );
    }

    #[test]
    fn a_mark_before_the_first_certificate_hides_nothing() {
        let units = |bytes: fn(u16) -> [u8; 2]| {
            "\u{feff}-----BEGIN"
                .encode_utf16()
                .flat_map(bytes)
                .collect::<Vec<u8>>()
        };
        for pem in [
            b"-----BEGIN".to_vec(),
            b"\xef\xbb\xbf-----BEGIN".to_vec(),
            units(u16::to_le_bytes),
            units(u16::to_be_bytes),
        ] {
            assert_eq!(&*text(&pem), b"-----BEGIN", "{pem:?}");
        }
    }
}

//! `AWS_CA_BUNDLE`: extra roots in PEM. Every certificate is tried before the HTTP client sees it,
//! because that client panics on a bad one.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};

use super::error::Error;
use crate::config::{Owners, file};

/// Reads a bundle, and returns its usable certificates, each in PEM.
///
/// Old bundles hold certificates that no modern verifier takes: those are left out, as OpenSSL's
/// users expect. A file without any usable one is an error, and so is one of another user: who decides on
/// it could read all that is sent.
pub(super) fn read(owners: &Owners, path: &Path) -> Result<Vec<Vec<u8>>, Error> {
    let problem = |detail: String| Error::CaBundle {
        path: path.to_owned(),
        detail,
    };
    let text = file::read_trusted(path, owners).map_err(|error| problem(error.to_string()))?;
    let pem_text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&text);
    let certificates = CertificateDer::pem_slice_iter(pem_text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| problem(words(&error)))?;
    let usable: Vec<Vec<u8>> = certificates
        .iter()
        .filter(|der| {
            RootCertStore::empty()
                .add((*der).clone())
                .inspect_err(|error| tracing::warn!(%error, path = %path.display(), "skipped a certificate of the CA bundle"))
                .is_ok()
        })
        .map(|der| pem(der))
        .collect();
    if usable.is_empty() {
        return Err(problem("it contains no valid PEM certificate".to_owned()));
    }
    Ok(usable)
}

/// `true` if this system has certificates to trust.
#[must_use]
pub(crate) fn has_system_roots() -> bool {
    !rustls_native_certs::load_native_certs().certs.is_empty()
}

/// The words of the library show bytes as numbers.
fn words(error: &pem::Error) -> String {
    match error {
        pem::Error::MissingSectionEnd { .. } => "its last certificate is incomplete".to_owned(),
        pem::Error::IllegalSectionStart { .. } => "a BEGIN line in it is malformed".to_owned(),
        error => error.to_string(),
    }
}

fn pem(der: &[u8]) -> Vec<u8> {
    let body = STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::aws::portal::{PortalClient, PortalError};
    use crate::aws::testing::block_on;
    use crate::aws::unreachable::Reach;
    use crate::aws::{Bucket, Http};
    use crate::config::Env;
    use crate::domain::{Problem, ProblemKind};

    /// A root certificate made for tests, valid until 2126.
    const ROOT: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBjjCCATWgAwIBAgIUA9qrkfraeRYmdu5vEzFzJEKc2i0wCgYIKoZIzj0EAwIw\n\
HDEaMBgGA1UEAwwRcm9sZWRleCB0ZXN0IHJvb3QwIBcNMjYxMTIxMDU0ODAzWhgP\n\
MjEyNjEwMjgwNTQ4MDNaMBwxGjAYBgNVBAMMEXJvbGVkZXggdGVzdCByb290MFkw\n\
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIA/glU3+1/cbOEeSPzpCtX1HkxXC5yB\n\
nsBOEE4poBoOlxlTygFL0eFGVbsf5W6PjXeRGmg9md9wl07WFdWC5aNTMFEwHQYD\n\
VR0OBBYEFKbAiXnrrSDjd7sr783lThToNvQmMB8GA1UdIwQYMBaAFKbAiXnrrSDj\n\
d7sr783lThToNvQmMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIg\n\
D/STYaMAGmdOVg+fTiX8/SMzu5DfKWASrY9qflFN0KcCIE5B6tpZpmuElbrQ5hAG\n\
oMCnSle4x0hba02uyy8dQ+Nh\n\
-----END CERTIFICATE-----\n";

    fn owners() -> Owners {
        Owners::new(Path::new("/"))
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn the_usable_ones_are_kept() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let bundle = file(&format!("# a comment\n{broken}{ROOT}{ROOT}"));
        assert_eq!(read(&owners(), bundle.path()).unwrap().len(), 2);
        let marked = file(&format!("\u{feff}{ROOT}"));
        assert_eq!(read(&owners(), marked.path()).unwrap().len(), 1);
    }

    #[test]
    fn a_bundle_that_is_none_is_told_with_its_path() {
        let empty = file("no certificate here\n");
        let half = file("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n");
        let missing = Path::new("/nonexistent/bundle.pem");
        for path in [empty.path(), half.path(), missing] {
            let problem = Problem::from(read(&owners(), path).unwrap_err());
            assert_eq!(problem.kind, ProblemKind::File);
            assert!(problem.title.contains(path.to_str().unwrap()), "{problem}");
            assert!(problem.hint.unwrap().contains("AWS_CA_BUNDLE"));
        }
    }

    #[test]
    fn a_bundle_that_is_cut_off_is_told_in_words() {
        let bundle = file(&format!(
            "{ROOT}{}",
            ROOT.replace("-----END CERTIFICATE-----\n", "")
        ));
        let problem = Problem::from(read(&owners(), bundle.path()).unwrap_err());
        let detail = problem.detail.unwrap();
        assert_eq!(&*detail, "its last certificate is incomplete");
    }

    #[test]
    fn the_variable_comes_before_the_config_and_the_client_takes_it() {
        let bundle = file(ROOT);
        let env: Env = [("AWS_CA_BUNDLE", bundle.path().to_str().unwrap())]
            .into_iter()
            .collect();
        let http = Http::new(&env, Some(Path::new("/nonexistent"))).unwrap();
        block_on(async {
            let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let endpoint = format!("https://{}", listener.local_addr().unwrap());
            drop(listener);
            let client = PortalClient::new(&http, endpoint, "us-east-1", Bucket::new(0));
            let failed = client.try_accounts(&"t".into(), None).await.unwrap_err();
            assert!(matches!(
                failed.error,
                PortalError::Offline(unreachable) if unreachable.reach == Reach::Connection
            ));
        });
    }
}

//! Access tokens and client registrations in `~/.aws/sso/cache`, in the AWS CLI's own names and
//! format (docs/requirements.md#shared-caches), so that a sign-in by either serves both.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::json::{python, sha1, time};
use super::lock::{Lock, lock_of};
use super::{Error, cache_file, private_file};
use crate::config::owners::AsOwner;
use crate::config::{Dirs, Owners};
use crate::domain::instance::identity;
use crate::domain::time::{rfc3339, seconds_left};
use crate::domain::{AccessToken, Portal, Registration, Secret};

/// The AWS CLI reuses a registration only while it lives this much longer (seconds).
const REGISTRATION_MARGIN: i64 = 15 * 60;

/// The directory that the AWS CLI calls its token cache.
#[derive(Clone, Debug)]
pub(crate) struct TokenCache {
    dirs: Dirs,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenFile {
    start_url: Option<String>,
    region: Option<String>,
    access_token: Secret,
    expires_at: String,
    refresh_token: Option<Secret>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    registration_expires_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegistrationFile {
    client_id: String,
    client_secret: Secret,
    expires_at: String,
    grant_types: Option<Vec<String>>,
}

impl TokenCache {
    /// The token cache of a user.
    #[must_use]
    pub(crate) fn new(dirs: &Dirs) -> Self {
        Self { dirs: dirs.clone() }
    }

    /// A portal's access token, expired or not. `None`: there is no file, or none that can be
    /// understood, which is the same to the user: they sign in (docs/requirements.md#unreadable-cache-files). The
    /// file is named after the portal; a token of another portal that had this name counts as none, too.
    ///
    /// # Errors
    /// A file that is there and cannot be read (docs/requirements.md#read-errors-are-errors).
    pub(crate) fn token(&self, portal: &Portal) -> Result<Option<AccessToken>, Error> {
        Ok(self
            .read::<TokenFile>(&self.token_file(portal))?
            .filter(|file| file.is_of(portal))
            .and_then(TokenFile::into_token))
    }

    /// The last change of a portal's token file (UTC); `None` if that cannot be told.
    pub(crate) fn saved_at(&self, portal: &Portal) -> Option<Timestamp> {
        let changed = fs::metadata(self.token_file(portal)).and_then(|file| file.modified());
        Timestamp::try_from(changed.ok()?).ok()
    }

    /// Saves a portal's access token with all that other tools need to refresh it (docs/requirements.md#complete-token-files).
    ///
    /// # Errors
    /// Errors of the operating system.
    pub(crate) fn save_token(&self, portal: &Portal, token: &AccessToken) -> Result<(), Error> {
        let mut file = json!({
            "startUrl": portal.start_url,
            "region": portal.region,
            "accessToken": token.access_token.expose(),
            "expiresAt": rfc3339(token.expires_at),
        });
        if let Some(registration) = &token.registration {
            file["clientId"] = json!(registration.client_id);
            file["clientSecret"] = json!(registration.client_secret.expose());
            file["registrationExpiresAt"] = json!(rfc3339(registration.expires_at));
        }
        if let Some(refresh_token) = &token.refresh_token {
            file["refreshToken"] = json!(refresh_token.expose());
        }
        private_file::write(
            self.dirs.owners(),
            &self.token_file(portal),
            python(file).as_bytes(),
        )
    }

    /// Checks that a portal's token could be saved now.
    ///
    /// # Errors
    /// As [`TokenCache::save_token`].
    pub(crate) fn check_writable(&self, portal: &Portal) -> Result<(), Error> {
        private_file::check_writable(self.dirs.owners(), &self.token_file(portal))
    }

    /// Forgets a portal's access token.
    ///
    /// # Errors
    /// Errors of the operating system; a file that is not there is none.
    pub(crate) fn forget_token(&self, portal: &Portal) -> Result<(), Error> {
        remove(self.dirs.owners(), &self.token_file(portal))
    }

    /// A client registration that the device flow can use at `now`: one for PKCE is another grant
    /// family and is left alone (docs/requirements.md#one-grant-per-registration).
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub(crate) fn registration(
        &self,
        portal: &Portal,
        now: Timestamp,
    ) -> Result<Option<Registration>, Error> {
        self.usable_registration(portal, now, false)
    }

    /// Saves a client registration for the device flow.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub(crate) fn save_registration(
        &self,
        portal: &Portal,
        registration: &Registration,
    ) -> Result<(), Error> {
        let mut file = registration_json(registration);
        if !portal.scopes.is_empty() {
            file["scopes"] = json!(portal.scopes);
        }
        private_file::write(
            self.dirs.owners(),
            &self.registration_file(portal),
            python(file).as_bytes(),
        )
    }

    /// A client registration that the browser's flow (PKCE) can use at `now`. It lies in the same
    /// file as the device flow's, as with the AWS CLI: each leaves the other's alone until it has to
    /// replace it (docs/protocols.md#token-cache).
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub(crate) fn browser_registration(
        &self,
        portal: &Portal,
        now: Timestamp,
    ) -> Result<Option<Registration>, Error> {
        self.usable_registration(portal, now, true)
    }

    /// Saves a client registration for the browser's flow. `scopes` are those it was made with; the
    /// file's name follows from the portal's own, as the AWS CLI has it.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub(crate) fn save_browser_registration(
        &self,
        portal: &Portal,
        scopes: &[String],
        registration: &Registration,
    ) -> Result<(), Error> {
        let mut file = registration_json(registration);
        file["scopes"] = json!(scopes);
        file["grantTypes"] = json!(["authorization_code", "refresh_token"]);
        private_file::write(
            self.dirs.owners(),
            &self.registration_file(portal),
            python(file).as_bytes(),
        )
    }

    fn usable_registration(
        &self,
        portal: &Portal,
        now: Timestamp,
        browser: bool,
    ) -> Result<Option<Registration>, Error> {
        let file = self.read::<RegistrationFile>(&self.registration_file(portal))?;
        Ok(file
            .filter(|file| file.is_for_browser() == browser)
            .and_then(|file| file.into_registration(now)))
    }

    /// Forgets a client registration that the service no longer knows (docs/requirements.md#registrations-expire).
    ///
    /// # Errors
    /// Errors of the operating system; a file that is not there is none.
    pub(crate) fn forget_registration(&self, portal: &Portal) -> Result<(), Error> {
        remove(self.dirs.owners(), &self.registration_file(portal))
    }

    /// Holds off every other roledex that would change the portal's token (docs/requirements.md#one-refresh-for-many-processes). Blocks the thread.
    ///
    /// # Errors
    /// [`Error::Busy`] after `wait`.
    pub(crate) fn lock(&self, portal: &Portal, wait: Duration) -> Result<Lock, Error> {
        Lock::acquire(
            self.dirs.owners(),
            &lock_of(&self.dirs, &self.token_file(portal)),
            wait,
        )
    }

    /// The file of a portal's access token.
    pub(crate) fn token_file(&self, portal: &Portal) -> PathBuf {
        self.file(portal.name.as_bytes())
    }

    fn registration_file(&self, portal: &Portal) -> PathBuf {
        let scopes = if portal.scopes.is_empty() {
            json!(null)
        } else {
            json!(portal.scopes)
        };
        let key = json!({
            "tool": "botocore",
            "startUrl": portal.start_url,
            "region": portal.region,
            "scopes": scopes,
            "session_name": &*portal.name,
        });
        self.file(python(key).as_bytes())
    }

    fn file(&self, key: &[u8]) -> PathBuf {
        self.dirs.sso_cache.join(format!("{}.json", sha1(key)))
    }

    fn read<T: DeserializeOwned>(&self, path: &Path) -> Result<Option<T>, Error> {
        cache_file::read(self.dirs.owners(), path)
    }
}

impl TokenFile {
    /// `true` if the portal may have given the token. Not every tool writes where it is from.
    fn is_of(&self, portal: &Portal) -> bool {
        let is_same = |url: &String| identity(url) == identity(&portal.start_url);
        self.start_url.as_ref().is_none_or(is_same)
            && self.region.as_ref().is_none_or(|it| *it == portal.region)
    }

    fn into_token(self) -> Option<AccessToken> {
        let registration = match (
            self.client_id,
            self.client_secret,
            self.registration_expires_at,
        ) {
            (Some(client_id), Some(client_secret), Some(expires_at)) => {
                time(&expires_at).map(|expires_at| Registration {
                    client_id,
                    client_secret,
                    expires_at,
                })
            }
            _ => None,
        };
        Some(AccessToken {
            access_token: self.access_token,
            expires_at: time(&self.expires_at)?,
            refresh_token: self.refresh_token,
            registration,
        })
    }
}

fn registration_json(registration: &Registration) -> serde_json::Value {
    json!({
        "clientId": registration.client_id,
        "clientSecret": registration.client_secret.expose(),
        "expiresAt": rfc3339(registration.expires_at),
    })
}

impl RegistrationFile {
    /// The AWS CLI did not always write the grants: without them it is the device flow's.
    fn is_for_browser(&self) -> bool {
        self.grant_types
            .iter()
            .flatten()
            .any(|grant| grant == "authorization_code")
    }

    fn into_registration(self, now: Timestamp) -> Option<Registration> {
        let expires_at = time(&self.expires_at)?;
        (seconds_left(now, expires_at) > REGISTRATION_MARGIN).then_some(Registration {
            client_id: self.client_id,
            client_secret: self.client_secret,
            expires_at,
        })
    }
}

/// Removes a file; one that is not there is removed already.
pub(super) fn remove(owners: &Owners, path: &Path) -> Result<(), Error> {
    let _as_owner = AsOwner::of(owners, path);
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dirs(home: &Path) -> Dirs {
        Dirs::from_env(&[("HOME", home)].into_iter().collect()).unwrap()
    }

    fn portal(scopes: &[&str]) -> Portal {
        Portal {
            name: "my-sso".into(),
            start_url: "https://d-1234567890.awsapps.com/start".to_owned(),
            region: "eu-west-1".to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn registration() -> Registration {
        Registration {
            client_id: "id".to_owned(),
            client_secret: "s".into(),
            expires_at: at(10_000),
        }
    }

    // The hashes were printed by botocore's own code:
    // sha1(b"my-sso"), and sha1(json.dumps({...}, sort_keys=True)).
    #[test]
    fn the_names_that_botocore_uses() {
        let cache = TokenCache::new(&dirs(Path::new("/h")));
        let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(
            name(cache.token_file(&portal(&[]))),
            "0ad374308c5a4e22f723adf10145eafad7c4031c.json"
        );
        assert_eq!(
            name(cache.registration_file(&portal(&["sso:account:access"]))),
            "bad1b99972dcdbd398df369048920b52e74d64ef.json"
        );
        assert_eq!(
            name(cache.registration_file(&portal(&[]))),
            "f31b3b8dbf1565a43a95b3ea6bb34ee92bdc0d88.json"
        );
    }

    #[test]
    fn a_token_survives() {
        let home = tempfile::tempdir().unwrap();
        let cache = TokenCache::new(&dirs(home.path()));
        let token = AccessToken {
            access_token: "aoa:/+".into(),
            expires_at: at(2_000),
            refresh_token: Some("r".into()),
            registration: Some(registration()),
        };
        assert_eq!(cache.token(&portal(&[])).unwrap(), None);
        cache.save_token(&portal(&[]), &token).unwrap();
        assert_eq!(cache.token(&portal(&[])).unwrap(), Some(token));
        let file = fs::File::open(cache.token_file(&portal(&[]))).unwrap();
        file.set_modified(std::time::SystemTime::from(at(1_000)))
            .unwrap();
        assert_eq!(cache.saved_at(&portal(&[])), Some(at(1_000)));
        cache.forget_token(&portal(&[])).unwrap();
        cache.forget_token(&portal(&[])).unwrap();
        assert_eq!(cache.saved_at(&portal(&[])), None);
        assert_eq!(cache.token(&portal(&[])).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_understood_is_passed_over() {
        let home = tempfile::tempdir().unwrap();
        let cache = TokenCache::new(&dirs(home.path()));
        let path = cache.token_file(&portal(&[]));
        for text in [
            "",
            "{",
            "[]",
            r#"{"clientId":"x"}"#,
            r#"{"accessToken":"x","expiresAt":"soon"}"#,
        ] {
            private_file::write(cache.dirs.owners(), &path, text.as_bytes()).unwrap();
            assert_eq!(cache.token(&portal(&[])).unwrap(), None, "{text}");
        }
        private_file::write(
            cache.dirs.owners(),
            &path,
            br#"{"accessToken":"x","expiresAt":"1970-01-01T00:00:09UTC"}"#,
        )
        .unwrap();
        assert_eq!(
            cache.token(&portal(&[])).unwrap().unwrap().expires_at,
            at(9)
        );
    }

    #[test]
    fn a_registration_of_the_other_grant_family_or_near_its_end_is_not_used() {
        let home = tempfile::tempdir().unwrap();
        let cache = TokenCache::new(&dirs(home.path()));
        let portal = portal(&["sso:account:access"]);
        cache.save_registration(&portal, &registration()).unwrap();
        assert_eq!(
            cache.registration(&portal, at(0)).unwrap(),
            Some(registration())
        );
        assert_eq!(cache.registration(&portal, at(10_000 - 900)).unwrap(), None);
        let pkce = r#"{"clientId":"c","clientSecret":"s","expiresAt":"2999-01-01T00:00:00Z","grantTypes":["authorization_code"]}"#;
        private_file::write(
            cache.dirs.owners(),
            &cache.registration_file(&portal),
            pkce.as_bytes(),
        )
        .unwrap();
        assert_eq!(cache.registration(&portal, at(0)).unwrap(), None);
        let known = cache.browser_registration(&portal, at(0)).unwrap();
        assert_eq!(known.map(|known| known.client_id).as_deref(), Some("c"));
    }

    #[test]
    fn a_browsers_registration_is_as_the_aws_cli_writes_it() {
        let home = tempfile::tempdir().unwrap();
        let cache = TokenCache::new(&dirs(home.path()));
        // Without scopes in the section the name is that of none, and the content of the default.
        let (portal, scopes) = (portal(&[]), ["sso:account:access".to_owned()]);
        cache
            .save_browser_registration(&portal, &scopes, &registration())
            .unwrap();
        let path = cache.registration_file(&portal);
        assert!(path.ends_with("f31b3b8dbf1565a43a95b3ea6bb34ee92bdc0d88.json"));
        assert_eq!(
            fs::read_to_string(path).unwrap(),
            r#"{"clientId": "id", "clientSecret": "s", "expiresAt": "1970-01-01T02:46:40Z", "grantTypes": ["authorization_code", "refresh_token"], "scopes": ["sso:account:access"]}"#
        );
        assert_eq!(cache.registration(&portal, at(0)).unwrap(), None);
        assert_eq!(
            cache.browser_registration(&portal, at(0)).unwrap(),
            Some(registration())
        );
    }
}

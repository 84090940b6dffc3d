//! Console sessions in `~/.aws/login/cache`, in the AWS CLI's own names and format, so that a sign-in by
//! either serves both, and every SDK.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::json::{hex, python, time, wipe};
use super::lock::{Lock, lock_of};
use super::token_cache::remove;
use super::{Error, cache_file, private_file};
use crate::config::Dirs;
use crate::domain::console_session::ConsoleSession;
use crate::domain::time::rfc3339;
use crate::domain::{Credentials, Secret};

/// The console sessions of one user.
#[derive(Clone, Debug)]
pub(crate) struct LoginCache {
    dirs: Dirs,
}

/// A file of the cache. Other fields are kept by [`LoginCache::save`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cached {
    access_token: Keys,
    refresh_token: Secret,
    dpop_key: Secret,
    client_id: String,
    id_token: Option<Secret>,
    region: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    access_key_id: String,
    secret_access_key: Secret,
    session_token: Secret,
    account_id: String,
    expires_at: String,
}

/// The field that tells a console session from other files.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mark {
    dpop_key: Option<IgnoredAny>,
}

impl LoginCache {
    /// The cache of a user.
    #[must_use]
    pub(crate) fn new(dirs: &Dirs) -> Self {
        Self { dirs: dirs.clone() }
    }

    /// The session that an ARN names, expired or not. `None`: there is none that can be used.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub(crate) fn session(&self, arn: &str) -> Result<Option<ConsoleSession>, Error> {
        let cached = cache_file::read::<Cached>(self.dirs.owners(), &self.file(arn))?;
        Ok(cached.and_then(|cached| cached.into_session(arn)))
    }

    /// The end of a session's credentials (UTC), expired or not.
    ///
    /// # Errors
    /// As [`LoginCache::session`].
    pub(crate) fn expires_at(&self, arn: &str) -> Result<Option<Timestamp>, Error> {
        let session = self.session(arn)?;
        Ok(session.map(|session| session.credentials.expires_at))
    }

    /// Saves a session with all that other tools need to renew it. Fields that roledex does not know stay.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub(crate) fn save(&self, session: &ConsoleSession) -> Result<(), Error> {
        let path = self.file(&session.arn);
        let owners = self.dirs.owners();
        let old = cache_file::read::<Map<String, Value>>(owners, &path)?;
        let mut file = Value::Object(old.unwrap_or_default());
        let keys = &session.credentials;
        let mut fresh = json!({
            "accessToken": {
                "accessKeyId": keys.access_key_id,
                "secretAccessKey": keys.secret_access_key.expose(),
                "sessionToken": keys.session_token.expose(),
                "accountId": session.account,
                "expiresAt": rfc3339(keys.expires_at),
            },
            "tokenType": "aws_sigv4",
            "clientId": session.client_id,
            "refreshToken": session.refresh_token.expose(),
            "dpopKey": session.key.expose(),
        });
        if let Some(id_token) = &session.id_token {
            fresh["idToken"] = json!(id_token.expose());
        }
        if let Some(region) = &session.region {
            fresh["region"] = json!(region);
        }
        lay_over(&mut file, fresh);
        private_file::write(owners, &path, python(file).as_bytes())
    }

    /// True if there is no session at all.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        !self.dirs.login_cache.exists()
    }

    /// Checks that a session could be saved now.
    ///
    /// # Errors
    /// As [`LoginCache::save`].
    pub(crate) fn check_writable(&self) -> Result<(), Error> {
        private_file::check_writable(self.dirs.owners(), &self.file(""))
    }

    /// Forgets a session. The service knows no sign-out: keys that were given live out their minutes.
    ///
    /// # Errors
    /// Errors of the operating system; a file that is not there is none.
    pub(crate) fn forget(&self, arn: &str) -> Result<(), Error> {
        remove(self.dirs.owners(), &self.file(arn))
    }

    /// Forgets every session, also one whose file is damaged: it may still have its secrets.
    ///
    /// # Errors
    /// Errors of the operating system; the other sessions are removed all the same.
    pub(crate) fn forget_all(&self) -> Result<(), Error> {
        let directory = &self.dirs.login_cache;
        let entries = match fs::read_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(Error::io("look into", directory))?,
        };
        let mut result = Ok(());
        for entry in entries {
            let path = entry.map_err(Error::io("look into", directory))?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let mark = cache_file::read::<Mark>(self.dirs.owners(), &path);
            let removed = mark.and_then(|mark| match mark {
                Some(Mark { dpop_key: None }) => Ok(()),
                _ => remove(self.dirs.owners(), &path),
            });
            result = result.and(removed);
        }
        result
    }

    /// Locks a session against every other roledex that would renew it. Blocks the thread.
    ///
    /// # Errors
    /// [`Error::Busy`] after `wait`.
    pub(crate) fn lock(&self, arn: &str, wait: Duration) -> Result<Lock, Error> {
        Lock::acquire(
            self.dirs.owners(),
            &lock_of(&self.dirs, &self.file(arn)),
            wait,
        )
    }

    fn file(&self, arn: &str) -> PathBuf {
        let name = hex(&Sha256::digest(arn.trim()));
        self.dirs.login_cache.join(format!("{name}.json"))
    }
}

impl Cached {
    fn into_session(self, arn: &str) -> Option<ConsoleSession> {
        let keys = self.access_token;
        Some(ConsoleSession {
            arn: arn.trim().to_owned(),
            account: keys.account_id,
            credentials: Credentials {
                access_key_id: keys.access_key_id,
                secret_access_key: keys.secret_access_key,
                session_token: keys.session_token,
                expires_at: time(&keys.expires_at)?,
                obtained_at: None,
            },
            refresh_token: self.refresh_token,
            key: self.dpop_key,
            client_id: self.client_id,
            id_token: self.id_token,
            region: self.region,
        })
    }
}

/// Replaces and adds the fields of `over`, also within objects.
fn lay_over(file: &mut Value, over: Value) {
    match (file, over) {
        (Value::Object(file), Value::Object(over)) => {
            for (key, value) in over {
                lay_over(file.entry(key).or_insert(Value::Null), value);
            }
        }
        (file, over) => {
            wipe(file);
            *file = over;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const ARN: &str = "arn:aws:iam::0123456789012:user/Admin";

    fn cache(home: &Path) -> LoginCache {
        let env = [("HOME", home)].into_iter().collect();
        LoginCache::new(&Dirs::from_env(&env).unwrap())
    }

    fn session() -> ConsoleSession {
        ConsoleSession {
            arn: ARN.to_owned(),
            account: "012345678901".to_owned(),
            credentials: Credentials {
                access_key_id: "ASIA1".to_owned(),
                secret_access_key: "s".into(),
                session_token: "t".into(),
                expires_at: Timestamp::from_second(1_800_000_000).unwrap(),
                obtained_at: None,
            },
            refresh_token: "r".into(),
            key: "pem\n".into(),
            client_id: "c".to_owned(),
            id_token: Some("i".into()),
            region: Some("eu-west-1".to_owned()),
        }
    }

    // The name is in the tests of AWS's own SDK for Rust.
    #[test]
    fn the_name_that_the_sdks_use() {
        let name = "36db1d138ff460920374e4c3d8e01f53f9f73537e89c88d639f68393df0e2726.json";
        let cache = cache(Path::new("/h"));
        assert!(cache.file(ARN).ends_with(name));
        assert!(cache.file(&format!("  {ARN}  ")).ends_with(name));
    }

    #[test]
    fn a_session_survives_and_unknown_fields_stay() {
        let home = tempfile::tempdir().unwrap();
        let cache = cache(home.path());
        assert_eq!(cache.session(ARN).unwrap(), None);
        cache.save(&session()).unwrap();
        assert_eq!(cache.session(ARN).unwrap(), Some(session()));
        let path = cache.file(ARN);
        let mut file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(file["accessToken"]["expiresAt"], "2027-01-15T08:00:00Z");
        file["new"] = json!([1]);
        file["accessToken"]["new"] = json!("x");
        let owners = cache.dirs.owners();
        private_file::write(owners, &path, file.to_string().as_bytes()).unwrap();
        let renewed = ConsoleSession {
            refresh_token: "r2".into(),
            id_token: None,
            ..session()
        };
        cache.save(&renewed).unwrap();
        let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(file["new"], json!([1]));
        assert_eq!(file["accessToken"]["new"], "x");
        assert_eq!(
            (&file["refreshToken"], &file["idToken"]),
            (&json!("r2"), &json!("i"))
        );
    }

    #[test]
    fn only_console_sessions_are_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let cache = cache(home.path());
        cache.forget_all().unwrap();
        cache.save(&session()).unwrap();
        let owners = cache.dirs.owners();
        let other = cache.dirs.login_cache.join("other.json");
        private_file::write(owners, &other, b"{}").unwrap();
        let damaged = cache.dirs.login_cache.join("damaged.json");
        let half = br#"{"accessToken": {"secretAccessKey": "s"#;
        private_file::write(owners, &damaged, half).unwrap();
        cache.forget_all().unwrap();
        assert!(!cache.file(ARN).exists() && !damaged.exists() && other.exists());
        cache.forget(ARN).unwrap();
    }
}

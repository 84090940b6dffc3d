//! The AWS CLI's cache of console sessions (`aws login`): read only.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::json::hex;
use super::{Error, read_if_there};
use crate::config::{Dirs, Env};
use crate::domain::{Credentials, Secret};

/// The fields of a cache file that matter here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cached {
    access_token: Keys,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expires_at: Timestamp,
}

/// The credentials of a console session, expired or not; `session` is its ARN. A file that cannot be
/// understood counts as none: the user signs in again.
///
/// # Errors
/// A file that is there and cannot be read.
pub(crate) fn read(dirs: &Dirs, env: &Env, session: &str) -> Result<Option<Credentials>, Error> {
    let path = path(dirs, env, session);
    let Some(bytes) = read_if_there(&dirs.owners(), &path)?.map(Zeroizing::new) else {
        return Ok(None);
    };
    let Ok(cached) = serde_json::from_slice::<Cached>(&bytes) else {
        tracing::info!(path = %path.display(), "skipped a file without a console session");
        return Ok(None);
    };
    let token = cached.access_token;
    Ok(Some(Credentials {
        access_key_id: token.access_key_id,
        secret_access_key: Secret::new(token.secret_access_key),
        session_token: Secret::new(token.session_token),
        expires_at: token.expires_at,
        obtained_at: None,
    }))
}

fn path(dirs: &Dirs, env: &Env, session: &str) -> PathBuf {
    let directory = match env.get_os("AWS_LOGIN_CACHE_DIRECTORY") {
        Some(directory) => PathBuf::from(directory),
        None => dirs.home.join(".aws").join("login").join("cache"),
    };
    directory.join(format!("{}.json", hex(&Sha256::digest(session))))
}

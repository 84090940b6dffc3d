//! The credentials of roles in `~/.aws/cli/cache`, where the AWS CLI keeps what its `sso` profiles got
//! (docs/protocols.md#role-cache, docs/requirements.md#token-files). They outlive the access token; whoever signs out wants them gone, and `aws sso
//! logout` takes them away likewise. They are never read for use.

use std::io;
use std::path::PathBuf;

use serde::Deserialize;
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::Error;
use super::json::hex;
use super::token_cache::remove;
use crate::config::{Dirs, file};

/// The directory that the AWS CLI keeps credentials in.
#[derive(Clone, Debug)]
pub(crate) struct RoleCache {
    directory: PathBuf,
}

#[derive(Deserialize)]
struct RoleFile {
    #[serde(rename = "ProviderType")]
    provider: String,
}

impl RoleCache {
    /// The cache of a user.
    #[must_use]
    pub(crate) fn new(dirs: &Dirs) -> Self {
        Self {
            directory: dirs.home.join(".aws/cli/cache"),
        }
    }

    /// Forgets the credentials of roles, each an account's id and a name, behind a portal. Whatever
    /// else lies there stays.
    ///
    /// # Errors
    /// Errors of the operating system; a file that is not there is none.
    pub(crate) fn forget<'a>(
        &self,
        portal: &str,
        roles: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), Error> {
        if !self.directory.exists() {
            return Ok(());
        }
        for (account, role) in roles {
            let path = self.file(portal, account, role);
            let bytes = match file::read(&path) {
                Ok(bytes) => Zeroizing::new(bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(Error::io("read", &path)(error)),
            };
            // The name says whose it is; what cannot be read as that is somebody else's.
            let kept = serde_json::from_slice::<RoleFile>(&bytes);
            if kept.is_ok_and(|kept| kept.provider == "sso") {
                remove(&path)?;
            }
        }
        Ok(())
    }

    fn file(&self, portal: &str, account: &str, role: &str) -> PathBuf {
        // Sorted by key, without a blank: here the AWS CLI writes no Python defaults.
        let key = serde_json::json!({
            "accountId": account,
            "roleName": role,
            "sessionName": portal,
        });
        let name = hex(&Sha1::digest(key.to_string()));
        self.directory.join(format!("{name}.json"))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::Env;

    #[test]
    fn what_the_aws_cli_calls_it_and_nothing_else_goes() {
        let home = tempfile::tempdir().unwrap();
        let env: Env = [("HOME", home.path())].into_iter().collect();
        let dirs = Dirs::from_env(&env).unwrap();
        let cache = RoleCache::new(&dirs);
        let roles = [("333333333333", "Admin"), ("333333333333", "Other")];
        cache.forget("startup", roles).unwrap();
        fs::create_dir_all(&cache.directory).unwrap();
        // sha1 of {"accountId":"333333333333","roleName":"Admin","sessionName":"startup"}
        let ours = cache
            .directory
            .join("7e483e79b97b84c51e08851b725158b4f4770de2.json");
        let assumed = cache.file("startup", "333333333333", "Other");
        let of_another = cache.file("agency", "333333333333", "Admin");
        let sso = r#"{"ProviderType": "sso", "Credentials": {}}"#;
        for (path, text) in [(&ours, sso), (&assumed, "{}"), (&of_another, sso)] {
            super::super::private_file::write(&dirs.owners(), path, text.as_bytes()).unwrap();
        }
        cache.forget("startup", roles).unwrap();
        assert!(!ours.exists() && assumed.exists() && of_another.exists());
    }
}

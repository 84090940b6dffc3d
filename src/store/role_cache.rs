//! The credentials of roles in `~/.aws/cli/cache`, where the AWS CLI keeps what its `sso` profiles got
//! (docs/protocols.md#role-cache, docs/requirements.md#token-files). They outlive the access token; whoever signs out wants them gone, and `aws sso
//! logout` takes them away likewise. They are never read for use.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use zeroize::Zeroizing;

use super::Error;
use super::json::sha1;
use super::token_cache::remove;
use crate::config::owners::AsOwner;
use crate::config::{Dirs, Owners, file};

/// The directory that the AWS CLI keeps credentials in.
#[derive(Clone, Debug)]
pub(crate) struct RoleCache {
    directory: PathBuf,
    owners: Owners,
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
            owners: dirs.owners().clone(),
        }
    }

    /// Forgets the credentials of roles, each an account's id and a name, behind a portal. Whatever
    /// else lies there stays.
    ///
    /// # Errors
    /// Errors of the operating system, after all other files; a file that is not there is none.
    pub(crate) fn forget<'a>(
        &self,
        portal: &str,
        roles: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), Error> {
        if !self.directory.exists() {
            return Ok(());
        }
        let mut result = Ok(());
        for (account, role) in roles {
            let forgotten = forget(&self.owners, &self.file(portal, account, role));
            result = result.and(forgotten);
        }
        result
    }

    fn file(&self, portal: &str, account: &str, role: &str) -> PathBuf {
        // Sorted by key, without a blank: here the AWS CLI writes no Python defaults.
        let key = serde_json::json!({
            "accountId": account,
            "roleName": role,
            "sessionName": portal,
        });
        let name = sha1(key.to_string());
        self.directory.join(format!("{name}.json"))
    }
}

/// Removes a file if it has the credentials of a role: the name says whose it is, and what cannot be read as that is somebody
/// else's.
fn forget(owners: &Owners, path: &Path) -> Result<(), Error> {
    let _as_owner = AsOwner::of(owners, path);
    let bytes = match file::read(path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    match serde_json::from_slice::<RoleFile>(&bytes) {
        Ok(kept) if kept.provider == "sso" => remove(owners, path),
        _ => Ok(()),
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
            super::super::private_file::write(dirs.owners(), path, text.as_bytes()).unwrap();
        }
        // One that cannot be read keeps none of the others.
        let unreadable = cache.file("startup", "111111111111", "First");
        fs::create_dir(&unreadable).unwrap();
        let mut all = vec![("111111111111", "First")];
        all.extend(roles);
        assert!(cache.forget("startup", all).is_err());
        assert!(!ours.exists() && assumed.exists() && of_another.exists());
    }
}

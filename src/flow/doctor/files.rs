//! Checks of files: their content, modes and owners.

use std::path::Path;

use super::failed;
use crate::domain::Problem;
use crate::domain::health::{Check, FileFact, FileRole, Status, check_mode};
use crate::domain::text::counted;
use crate::flow::Flow;
use crate::store::aws_files::Snapshot;
use crate::store::{permissions, private_file};

impl Flow {
    pub(super) fn files_checks(&self, checks: &mut Vec<Check>) -> Option<Snapshot> {
        let dirs = &self.ctx().dirs;
        let snapshot = match self.snapshot() {
            Ok(snapshot) => snapshot,
            Err(problem) => {
                checks.push(failed("files", &problem));
                return None;
            }
        };
        let files = [&dirs.aws_config, &dirs.aws_credentials];
        let files = files.into_iter().filter(|file| file.exists());
        let files: Vec<_> = files.map(|file| self.shown(file)).collect();
        let unreadable = self.inner.files.unreadable().unwrap_or_default();
        let unreadable: Vec<Check> = unreadable
            .into_iter()
            .map(|mut found| {
                found.path = self.shown(&found.path).into();
                found.check()
            })
            .collect();
        if files.is_empty() {
            let what = "there are no AWS files yet";
            checks.push(Check::new("files", Status::Ok, what).all_public());
        } else if !unreadable.iter().any(|check| check.state == Status::Error) {
            let what = format!(
                "{} can be read: {}, {}",
                files.join(" and "),
                counted(snapshot.portals().len(), "portal"),
                counted(snapshot.profiles().len(), "profile")
            );
            let check = Check::new("files", Status::Ok, what);
            checks.push(check.public("the AWS files can be read"));
        }
        checks.extend(unreadable);
        match self.inner.files.duplicates() {
            Ok(found) if found.is_empty() => checks.push(Check::new(
                "duplicates",
                Status::Ok,
                "no duplicate sections or keys",
            )),
            Ok(found) => {
                checks.extend(found.iter().map(|duplicate| {
                    let mut duplicate = duplicate.clone();
                    duplicate.path = self.shown(&duplicate.path).into();
                    duplicate.check()
                }));
            }
            Err(error) => checks.push(failed("duplicates", &error.into())),
        }
        Some(snapshot)
    }

    /// Every file whose mode matters, and the problems of reading them.
    pub(super) fn file_facts(&self) -> (Vec<FileFact>, Vec<Problem>) {
        let dirs = &self.ctx().dirs;
        let owners = dirs.owners();
        let (mut facts, mut problems) = (Vec::new(), Vec::new());
        let mut one = |path: &Path, role| match permissions::look(owners, path, role) {
            Ok(fact) => facts.extend(fact),
            Err(error) => problems.push(error.into()),
        };
        let mut around = vec![parent(&dirs.aws_config), parent(&dirs.aws_credentials)];
        around.dedup();
        for directory in around {
            one(directory, FileRole::Surroundings);
        }
        one(&dirs.sso_cache, FileRole::Surroundings);
        one(&dirs.login_cache, FileRole::Surroundings);
        one(&dirs.aws_config, FileRole::Shared);
        one(&dirs.aws_credentials, FileRole::SharedSecret);
        one(&dirs.config, FileRole::Surroundings);
        one(&dirs.settings_file(), FileRole::Shared);
        for (directory, role) in [
            (&dirs.sso_cache, FileRole::SharedSecret),
            (&dirs.login_cache, FileRole::SharedSecret),
            (&dirs.state, FileRole::Ours),
        ] {
            match permissions::look_through(owners, directory, role) {
                Ok(found) => facts.extend(found.into_iter().filter(|fact| {
                    role == FileRole::Ours
                        || (!fact.is_directory
                            && fact.path.extension().is_some_and(|e| e == "json"))
                })),
                Err(error) => problems.push(error.into()),
            }
        }
        // The cache holds no secrets, but its content is trusted.
        match permissions::look_through(owners, &dirs.cache, FileRole::Ours) {
            Ok(found) => facts.extend(
                found
                    .into_iter()
                    .filter(|fact| fact.foreign.is_some() || fact.mode & 0o022 != 0),
            ),
            Err(error) => problems.push(error.into()),
        }
        // The mode of this one directory protects everything in it.
        match permissions::look(owners, &self.browser_profile(), FileRole::Ours) {
            Ok(fact) => facts.extend(fact),
            Err(error) => problems.push(error.into()),
        }
        (facts, problems)
    }

    /// The check of the directories that every command or the switcher writes in.
    pub(super) fn directory_checks(&self) -> Vec<Check> {
        let id = "directories";
        let dirs = &self.ctx().dirs;
        // A file is replaced where its links lead.
        let files = [&dirs.aws_config, &dirs.aws_credentials].map(|file| {
            let target = private_file::target_of(file);
            (
                parent(&target).to_owned(),
                (target != *file).then_some(file),
            )
        });
        let ours = [&dirs.sso_cache, &dirs.login_cache, &dirs.state, &dirs.cache];
        let ours = ours.map(|directory| (directory.clone(), None));
        let mut directories: Vec<_> = files.into_iter().chain(ours).collect();
        directories.dedup_by(|next, one| next.0 == one.0);
        let owners = dirs.owners();
        let checks: Vec<Check> = directories
            .iter()
            .filter_map(|(directory, link)| {
                let error = private_file::check_directory(owners, directory).err()?;
                let mut check = failed(id, &error.into());
                check.state = Status::Warning;
                let check = check.public("a directory cannot be written");
                Some(match link {
                    Some(file) => check.hint(format!(
                        "{} is a link to it, which another tool may manage: make changes with that tool; \
                         roledex env and roledex exec write no AWS file",
                        self.shown(file)
                    )),
                    None => check,
                })
            })
            .collect();
        if checks.is_empty() {
            let what = "the directories of roledex and of the AWS files can be written";
            return vec![Check::new(id, Status::Ok, what)];
        }
        checks
    }

    pub(super) fn permission_checks(&self) -> Vec<Check> {
        let id = "permissions";
        if !permissions::HAS_MODES {
            return vec![Check::new(
                id,
                Status::Skipped,
                "this system has no file modes",
            )];
        }
        let (facts, problems) = self.file_facts();
        let mut checks: Vec<Check> = problems.iter().map(|problem| failed(id, problem)).collect();
        for fact in &facts {
            if let Some(foreign) = &fact.foreign {
                let what = format!("{} {}", self.shown(&fact.path), foreign.reason);
                let check = Check::new(id, Status::Error, what)
                    .public("a file or directory belongs to another user");
                checks.push(check.hint(format!(
                    "move it away, or make it yours if you trust it: {}",
                    foreign.fix
                )));
            }
            let Some((state, mode)) = check_mode(fact) else {
                continue;
            };
            let path = self.shown(&fact.path);
            let who = if fact.mode & 0o022 != 0 {
                "written"
            } else {
                "read"
            };
            let check = Check::new(
                id,
                state,
                format!(
                    "{path} can be {who} by others: its mode is {:04o}",
                    fact.mode
                ),
            )
            .public(format!(
                "a file or directory can be {who} by others: its mode is {:04o}",
                fact.mode
            ));
            checks.push(if fact.role == FileRole::Ours {
                check.hint("run: roledex doctor --fix")
            } else {
                check.hint(format!("run: chmod {mode:o} {path}"))
            });
        }
        if checks.is_empty() {
            let what = match facts.len() {
                0 => "there are no files to check yet".to_owned(),
                1 => "1 file or directory is private".to_owned(),
                many => format!("{many} files and directories are private"),
            };
            checks.push(Check::new(id, Status::Ok, what).all_public());
        }
        checks
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

//! `roledex doctor --fix`: repairs files and profiles that roledex wrote.

use std::path::PathBuf;

use crate::domain::health::{FileRole, ProcessFault, check_mode, check_process, shown};
use crate::domain::{EntryId, Problem};
use crate::flow::Flow;
use crate::store::aws_files::{Body, Edit, Snapshot};
use crate::store::permissions;
use crate::store::remembered::Remembered;

/// One repair.
enum Fix {
    Mode(PathBuf, u32),
    Keys(String),
    Process(String, EntryId),
}

impl Flow {
    /// Fixes what roledex wrote. Returns what it did, one line for each fix.
    ///
    /// # Errors
    /// Files that cannot be read or written.
    pub fn fix(&self) -> Result<Vec<String>, Problem> {
        let mut done = Vec::new();
        let mut edits = Vec::new();
        let mut keyless = Vec::new();
        let home = &self.ctx().dirs.home;
        let snapshot = self.snapshot()?;
        for fix in self.fixes(&snapshot) {
            match fix {
                Fix::Mode(path, mode) => {
                    permissions::set(self.ctx().dirs.owners(), &path, mode)?;
                    done.push(format!(
                        "set the mode of {} to {mode:04o}",
                        shown(&path, home)
                    ));
                }
                Fix::Keys(name) => {
                    keyless.push(name.clone());
                    edits.push(Edit::RemoveKeys { name });
                }
                Fix::Process(name, entry) => {
                    done.push(format!(
                        "updated the credential_process of the profile {name}"
                    ));
                    edits.push(Edit::PutProfile {
                        body: Body::Process {
                            command: self.process_command(&entry)?,
                        },
                        name,
                        entry,
                        region: None,
                        output: None,
                        force: false,
                    });
                }
            }
        }
        let names_program = |edit: &Edit| matches!(edit, Edit::PutProfile { .. });
        if edits.iter().any(names_program) {
            self.link_program()?;
        }
        if !edits.is_empty() {
            self.edit(&edits)?;
        }
        let files = self.snapshot()?;
        done.extend(keyless.into_iter().map(|name| {
            if files.profile(&name).is_some() {
                format!("removed the expired keys of the profile {name}, not its other lines")
            } else {
                format!("removed the static profile {name}, whose keys had expired")
            }
        }));
        let dirs = &self.ctx().dirs;
        if Remembered::load(dirs)?.forget_all_refusals() {
            Remembered::change(dirs, |remembered| {
                remembered.forget_all_refusals();
            })?;
            done.push("cleared the remembered refusals of portals".to_owned());
        }
        Ok(done)
    }

    fn fixes(&self, snapshot: &Snapshot) -> Vec<Fix> {
        let mut fixes = Vec::new();
        let (facts, _) = self.file_facts();
        for fact in facts.iter().filter(|fact| fact.role == FileRole::Ours) {
            if let Some((_, mode)) = check_mode(fact) {
                fixes.push(Fix::Mode(fact.path.clone(), mode));
            }
        }
        for profile in snapshot.profiles() {
            if self.has_expired_keys(&profile) && profile.entry.is_some() {
                fixes.push(Fix::Keys(profile.name));
            } else if let Some(id) = &profile.entry
                && let Some(fact) = self.process_fact(snapshot, &profile)
                && matches!(
                    check_process(&fact),
                    Some(ProcessFault::Elsewhere(_) | ProcessFault::Quoted)
                )
            {
                fixes.push(Fix::Process(profile.name, id.clone()));
            }
        }
        fixes
    }
}

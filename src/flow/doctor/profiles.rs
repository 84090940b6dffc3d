//! Checks of the profiles in the AWS files.

use super::{names, portals};
use crate::domain::health::{Check, ProcessFact, ProcessFault, Status, check_process};
use crate::domain::process_line;
use crate::domain::profile::Mode;
use crate::domain::text::word;
use crate::domain::time::{seconds_left, span};
use crate::flow::Flow;
use crate::flow::program::{Program, ProgramName};
use crate::store::aws_files::{Profile, Snapshot};

impl Flow {
    pub(super) fn profile_checks(&self, snapshot: &Snapshot, checks: &mut Vec<Check>) {
        let (mut shadowed, mut expired, mut processes) = (Vec::new(), Vec::new(), Vec::new());
        for profile in snapshot.profiles() {
            let name = &profile.name;
            shadowed.extend(profile.shadowed.iter().map(|shadow| {
                let check = Check::new(
                    "shadowed",
                    Status::Warning,
                    format!("the profile {name} does not take effect: {shadow}"),
                )
                .public("a profile does not take effect");
                check.hint(match &profile.entry {
                    Some(entry) => format!(
                        "to remove that, run: roledex use {} --profile {} --force",
                        word(&entry.to_string()),
                        word(name)
                    ),
                    None => format!(
                        "remove [{name}] from {}",
                        self.shown(&self.ctx().dirs.aws_credentials)
                    ),
                })
            }));
            if self.has_expired_keys(&profile)
                && let Some(at) = profile.expires_at
            {
                let ago = span(seconds_left(at, self.ctx().clock.now()));
                let check = Check::new(
                    "expired_keys",
                    Status::Warning,
                    format!("the keys of the profile {name} expired {ago} ago"),
                )
                .public(format!("the keys of a profile expired {ago} ago"));
                expired.push(if profile.entry.is_some() {
                    check.hint(format!(
                        "to renew them, run: roledex refresh {}; to remove them, run: roledex doctor --fix",
                        word(name)
                    ))
                } else {
                    check.hint("renew them with the tool that wrote them, or remove them")
                });
            }
            processes.extend(self.process_check(snapshot, &profile));
        }
        let mut programs_are_there = Check::new(
            "credential_process",
            Status::Ok,
            "every credential_process names an existing program",
        );
        if let Some((name, about)) = self.program_in_profiles(snapshot) {
            let check = |state, what| Check::new("credential_process", state, what);
            match name {
                ProgramName::Quoted(_) => processes.push(
                    check(Status::Warning, about).public("the path of this program needs quotes"),
                ),
                _ => {
                    programs_are_there =
                        check(Status::Ok, about).public("profiles name a link to this program");
                }
            }
        }
        let ok = |id, what: &'static str| Check::new(id, Status::Ok, what);
        // Files that cannot be read have a check of their own.
        let lines = self.inner.files.odd_lines().unwrap_or_default();
        let mut named = names::checks(snapshot);
        named.extend(names::line_checks(&lines, |path| self.shown(path)));
        for (found, well) in [
            (
                named,
                ok(
                    "names",
                    "every AWS SDK can read the names and keys of managed profiles and portals",
                ),
            ),
            (
                portals::checks(snapshot),
                ok(
                    "portals",
                    "every portal is complete and valid, and none is an account access manager",
                ),
            ),
            (
                portals::app_checks(snapshot, &self.apps().unwrap_or_default()),
                ok("apps", "no app names a portal that does not exist"),
            ),
            (
                // Settings that cannot be read have a check of their own.
                self.region_checks().unwrap_or_default(),
                ok("regions", "every region of the settings can be used"),
            ),
            (shadowed, ok("shadowed", "nothing overrides a profile")),
            (expired, ok("expired_keys", "no expired keys")),
            (processes, programs_are_there),
        ] {
            if found.is_empty() {
                checks.push(well);
            }
            checks.extend(found);
        }
    }

    /// The name of this program in profiles, and the reason for it, where a profile does not have the
    /// plain path.
    fn program_in_profiles(&self, snapshot: &Snapshot) -> Option<(ProgramName, String)> {
        let ours =
            |profile: &Profile| profile.entry.is_some() && profile.mode == Some(Mode::Process);
        snapshot.profiles().iter().find(|profile| ours(profile))?;
        let program = self.program().ok()?;
        let about = self.about_program(&program)?;
        Some((program.name, about))
    }

    pub(super) fn has_expired_keys(&self, profile: &Profile) -> bool {
        let has_keys = profile.mode == Some(Mode::Static) || profile.entry.is_none();
        has_keys
            && profile
                .expires_at
                .is_some_and(|at| at <= self.ctx().clock.now())
    }

    pub(super) fn process_fact(
        &self,
        snapshot: &Snapshot,
        profile: &Profile,
    ) -> Option<ProcessFact> {
        let command = snapshot.value(&profile.name, "credential_process")?;
        let program = process_line::split(&command).and_then(|words| words.into_iter().next());
        let this = self.program().ok();
        let this_path = this.as_ref().map(|this| this.path.to_string_lossy());
        Some(ProcessFact {
            profile: profile.name.clone(),
            program_exists: program
                .is_some_and(|program| self.ctx().env.find_program(&program).is_some()),
            ours: profile
                .entry
                .as_ref()
                .and_then(|id| Some(this.as_ref()?.command(id))),
            this_program: this_path.unwrap_or_default().into_owned(),
            leads_here: this.as_ref().is_none_or(Program::is_in_place),
            command,
        })
    }

    fn process_check(&self, snapshot: &Snapshot, profile: &Profile) -> Option<Check> {
        let fact = self.process_fact(snapshot, profile)?;
        let name = &profile.name;
        let fault = check_process(&fact)?;
        let public = match &fault {
            ProcessFault::Missing(_) => "the program of a profile does not exist",
            ProcessFault::Elsewhere(_) => "a profile runs another roledex than this one",
            ProcessFault::Quoted => "a profile has the path of this program in quotes",
            ProcessFault::Changed => "the credential_process of a managed profile was edited",
            ProcessFault::Unreadable => "a credential_process cannot be parsed",
        };
        let check =
            |what: String| Check::new("credential_process", Status::Warning, what).public(public);
        Some(match fault {
            ProcessFault::Missing(program) => check(format!(
                "the profile {name} runs {program}, which does not exist"
            ))
            .hint("install it, or remove the profile"),
            ProcessFault::Elsewhere(program) => check(format!(
                "the profile {name} runs {program}, which is not this program"
            ))
            .hint("run: roledex doctor --fix"),
            ProcessFault::Quoted => check(format!(
                "the credential_process of the profile {name} has its path in quotes, which the AWS SDK \
                 for Go v1 cannot read"
            ))
            .hint("run: roledex doctor --fix"),
            ProcessFault::Changed => check(format!(
                "the credential_process of the profile {name} was edited"
            ))
            .hint(format!("to write it again, run: roledex use {}", word(name))),
            ProcessFault::Unreadable => check(format!(
                "cannot parse the credential_process of the profile {name}"
            ))
            .hint("check its quotes"),
        })
    }
}

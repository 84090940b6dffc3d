//! Runs the effects that the reducer asks for: on the workers, on the terminal, or at once.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;

use super::{Answer, Listing, Next, Runtime, no_terminal, send};
use crate::config::{Settings, tty};
use crate::domain::claim::Claim;
use crate::domain::profile::UseOptions;
use crate::domain::setting::SettingRow;
use crate::domain::sign_in::{ConsoleStep, SignInMethod};
use crate::domain::{App, EntryId, Problem, ProblemKind, Secret};
use crate::flow::apps::NewApp;
use crate::flow::console::{Place, TIMEOUT};
use crate::flow::console_sign_in::{ConsoleOptions, ConsoleUser};
use crate::flow::posted::Confirm;
use crate::flow::sync::{SyncOptions, SyncPlan};
use crate::flow::{Confirmation, Flow, Permit, Priority};
use crate::tui::Outcome;
use crate::tui::msg::{Effect, KnownRegions, Lists, Msg, RegionChange, Reread, Ticket};
use crate::tui::theme::Theme;

/// Asks the user at the switcher's screen.
struct AtScreen {
    sender: UnboundedSender<Answer>,
    ticket: Ticket,
}

impl AtScreen {
    /// The user's answer to a question; `false` if the question was dropped.
    fn ask(&self, question: Msg) -> impl Future<Output = bool> + use<> {
        let (answer, answered) = oneshot::channel();
        send(&self.sender, Answer::Ask(question, answer));
        async move { answered.await.unwrap_or(false) }
    }
}

impl Confirm for AtScreen {
    fn is_possible(&self) -> bool {
        true
    }

    fn ask<'a>(&'a self, claim: &'a Claim) -> Pin<Box<dyn Future<Output = bool> + 'a>> {
        Box::pin(self.ask(Msg::ConfirmResponse {
            ticket: self.ticket,
            claim: claim.clone(),
        }))
    }

    fn signed_in<'a>(&'a self, _app: &'a App) -> Pin<Box<dyn Future<Output = bool> + 'a>> {
        let ticket = self.ticket;
        Box::pin(self.ask(Msg::AwaitConsole { ticket }))
    }
}

/// The user of a console sign-in, who may paste a text.
struct ConsoleAtScreen {
    screen: AtScreen,
    pasted: UnboundedReceiver<Secret>,
}

impl ConsoleUser for ConsoleAtScreen {
    fn show(&self, step: ConsoleStep) {
        let ticket = self.screen.ticket;
        send(
            &self.screen.sender,
            Answer::Msg(Msg::ConsoleSignIn { ticket, step }),
        );
    }

    async fn text(&mut self) -> Option<Secret> {
        self.pasted.recv().await
    }

    async fn confirm(&mut self, question: String) -> bool {
        let ticket = self.screen.ticket;
        self.screen
            .ask(Msg::ConfirmSession { ticket, question })
            .await
    }
}

/// Keeps the method of an app in the settings.
fn keep(flow: &Flow, app: App) -> Result<App, Problem> {
    flow.add_app(&NewApp {
        url: app.url,
        name: Some(app.name.to_string()),
        portal: app.portal.as_deref().map(str::to_owned),
        method: Some(app.method),
        duration_seconds: app.duration_seconds,
        port: app.port,
    })
}

impl Runtime {
    #[expect(clippy::too_many_lines, reason = "one arm for each effect")]
    pub(super) fn effect(&mut self, effect: Effect) -> Next {
        match effect {
            Effect::Finish(outcome) => return self.leave(outcome),
            // In `$(…)`, our process group is the shell's own, which waits for what we print.
            Effect::Suspend if !tty::is_output() => {
                let text = "roledex cannot be suspended while a shell reads its output";
                return self.handle(Msg::Warning(text.to_owned()));
            }
            Effect::Suspend => return Next::Suspend,
            Effect::LoadFacts => match self.facts.take() {
                Some(facts) => return self.handle(Msg::Facts(*facts)),
                None => self.load_facts(),
            },
            Effect::ReadAgain(lists) => {
                let (flow, reader) = (self.flow.clone(), self.facts_reader.clone());
                self.disk.add(Box::new(move || {
                    Box::pin(async move { reader.read_again(&flow, lists) })
                }));
            }
            Effect::Discover(portal) => {
                let priority = Priority::default();
                let (cancel, canceled) = oneshot::channel();
                let listing = Listing {
                    priority: priority.clone(),
                    _cancel: cancel,
                };
                self.listings.insert(Arc::clone(&portal.name), listing);
                let sender = self.sender.clone();
                self.spawn(async move |flow| {
                    let sink = |event| send(&sender, Answer::Catalog(event));
                    let listing = Box::pin(flow.discover(&portal, &priority, sink));
                    let result = tokio::select! {
                        biased;
                        _ = canceled => Err(Problem::new(ProblemKind::Cancelled, "stopped")),
                        result = flow.bounded(listing) => result,
                    };
                    Answer::Msg(Msg::Discovered {
                        portal: portal.name,
                        result,
                    })
                });
            }
            Effect::Prefer { portal, accounts } => {
                if let Some(listing) = self.listings.get(&portal) {
                    listing.priority.prefer(accounts);
                }
            }
            Effect::Use {
                ticket,
                id,
                overwrite,
            } => {
                let permit = self.permit(&id);
                self.spawn(async move |flow| {
                    let options = UseOptions {
                        force: overwrite,
                        ..UseOptions::default()
                    };
                    let used = async { flow.use_entry(&permit?, &options).await };
                    let result = flow.bounded(Box::pin(used)).await;
                    if result.is_ok() {
                        let used = id.clone();
                        let remembered = flow.apart(move |flow| {
                            flow.remember_use(&used);
                            Ok(())
                        });
                        let _ = remembered.await;
                    }
                    Answer::Msg(Msg::Used { ticket, id, result })
                });
            }
            Effect::Refresh { ticket, id } => {
                let permit = self.permit(&id);
                self.ask(
                    async move |flow| flow.refresh(&permit?).await,
                    move |result| Msg::Used { ticket, id, result },
                );
            }
            Effect::Export { ticket, id } => {
                let permit = self.permit(&id);
                self.ask(
                    async move |flow| flow.subshell_variables(&permit?).await.map(drop),
                    move |result| Msg::Exportable { ticket, id, result },
                );
            }
            Effect::PlanSync { ticket, scope } => self.spawn(async move |flow| {
                let options = SyncOptions {
                    scope,
                    prune: true,
                    ..SyncOptions::default()
                };
                let planned = flow.bounded(Box::pin(flow.sync_plan(&options))).await;
                Answer::SyncPlan(ticket, planned)
            }),
            Effect::ApplySync { ticket, chosen } => return self.apply_sync(ticket, &chosen),
            Effect::GiveMfaCode(code) => self.flow.take_mfa_code(code),
            Effect::Subshell(id) => {
                let permit = self.permit(&id);
                self.spawn(async move |flow| {
                    let variables = async { flow.subshell_variables(&permit?).await };
                    match flow.bounded(Box::pin(variables)).await {
                        Ok(variables) => Answer::Shell(id, variables),
                        Err(problem) => Answer::Msg(Msg::ShellEnded {
                            id,
                            result: Err(problem),
                        }),
                    }
                });
            }
            Effect::SignIn {
                ticket,
                portal,
                method,
            } => {
                let sender = self.sender.clone();
                let cancel = self.spawn_until(async move |flow| {
                    let sink = |step| send(&sender, Answer::Msg(Msg::SignIn { ticket, step }));
                    let result = flow
                        .bounded(Box::pin(flow.sign_in(&portal, method, sink)))
                        .await;
                    Answer::Msg(Msg::SignedIn { ticket, result })
                });
                self.sign_in = Some(cancel);
            }
            Effect::ConsoleSignIn {
                ticket,
                profile,
                method,
            } => self.console_sign_in(ticket, profile, method),
            Effect::TakeConsoleText(text) => {
                if let Some(texts) = &self.console_texts {
                    // A sign-in that has ended meanwhile wants no text.
                    let _ = texts.send(text);
                }
            }
            Effect::PickSession { url, wanted } => {
                if let Some(demo) = &self.options.demo {
                    (demo.pick_session)(&url, wanted.as_deref());
                }
            }
            Effect::CancelSignIn => self.sign_in = None,
            Effect::SignOut(portal) => {
                self.listings.remove(&portal.name);
                let name = Arc::clone(&portal.name);
                self.ask(
                    async move |flow| Ok(flow.sign_out(&portal).await?.notes()),
                    move |result| Msg::SignedOut { name, result },
                );
            }
            Effect::SignOutOfConsole(profile) => {
                let name = Arc::clone(&profile);
                self.ask(
                    async move |flow| {
                        let out = flow.sign_out_of_console(&profile).await?;
                        Ok(out.unwrap_or_default().notes())
                    },
                    move |result| Msg::SignedOut { name, result },
                );
            }
            Effect::FindRegion { ticket, url } => self.ask(
                async move |flow| flow.find_region(&url).await,
                move |result| Msg::RegionFound { ticket, result },
            ),
            Effect::AddPortal {
                ticket,
                name,
                url,
                region,
            } => self.ask(
                async move |flow| flow.add_portal(&name, &url, &region, &[]).await,
                move |result| Msg::PortalAdded { ticket, result },
            ),
            Effect::EditPortal {
                ticket,
                name,
                region,
                scopes,
            } => {
                let before = self.state.session(&name);
                if before.is_some_and(|before| before.portal.region != region) {
                    // Another region ends the sign-in.
                    self.listings.remove(&name);
                }
                self.ask(
                    async move |flow| {
                        let editing = flow.edit_portal(&name, Some(&region), Some(&scopes));
                        let (portal, out) = editing.await?;
                        Ok((portal, out.notes()))
                    },
                    move |result| Msg::PortalEdited { ticket, result },
                );
            }
            Effect::RemovePortal(portal) => {
                self.listings.remove(&portal);
                let name = Arc::clone(&portal);
                self.ask(
                    async move |flow| Ok(flow.remove_portal(&portal).await?.notes()),
                    move |result| Msg::PortalRemoved { name, result },
                );
            }
            Effect::RemoveApp(app) => self.on_disk(move |flow| {
                let result = flow.remove_app(&app);
                Answer::Msg(Msg::AppRemoved { app, result })
            }),
            Effect::Capture {
                ticket,
                app,
                wanted,
                keep_method,
            } => self.capture(ticket, app, wanted, keep_method),
            Effect::CancelCapture => self.capture = None,
            Effect::Answer(yes) => {
                if let Some(answer) = self.confirming.take() {
                    // What asked may have ended meanwhile, and wants no answer.
                    let _ = answer.send(yes);
                }
            }
            Effect::TakeResponse {
                ticket,
                app,
                wanted,
                response,
            } => self.on_disk(move |flow| {
                let roles = flow.take_assertion(&app, wanted.as_ref(), &response);
                let roles = roles.map(|assertion| assertion.app_roles());
                Answer::Msg(Msg::Captured {
                    ticket,
                    result: roles,
                })
            }),
            Effect::AddApp {
                ticket,
                url,
                name,
                method,
            } => self.on_disk(move |flow| {
                let new = NewApp {
                    url,
                    name,
                    method: Some(method),
                    ..NewApp::default()
                };
                Answer::Msg(Msg::AppAdded {
                    ticket,
                    result: flow.add_app(&new),
                })
            }),
            Effect::LoadSettings => {
                self.on_disk(|flow| Answer::Msg(Msg::Settings(flow.setting_rows())));
            }
            Effect::SetSetting { key, value } => self.on_disk(move |flow| {
                let changed = flow
                    .set_setting(key, value.as_deref())
                    .and_then(|settings| Ok((settings, flow.setting_rows()?)));
                Answer::Settings(changed)
            }),
            Effect::Pin { id, pinned } => {
                self.on_disk(move |flow| Answer::Msg(Msg::Pinned(flow.pin(&id, pinned))));
            }
            Effect::KeepLook(look) => self.on_disk(move |flow| {
                flow.keep_look(look);
                None
            }),
            Effect::Forget(name) => self.on_disk(move |flow| {
                let result = flow.forget_profile(&name);
                Answer::Msg(Msg::Forgotten { name, result })
            }),
            Effect::Renew(profile) => {
                let name = profile.name.clone();
                self.ask(
                    async move |flow| flow.renew_profile(&profile).await,
                    move |result| Msg::Renewed { name, result },
                );
            }
            Effect::Notify(text) => {
                let settings = &self.settings;
                if settings.bell.unwrap_or(true)
                    && let Err(error) = self.screen.bell()
                {
                    return self.handle(Msg::Failed(no_terminal(&error)));
                }
                if settings.desktop_notice.unwrap_or(false) {
                    self.on_disk(move |flow| {
                        (!flow.show_notice(&text)).then_some(Answer::Notice(text))
                    });
                }
            }
            Effect::Console(id) => {
                let permit = self.permit(&id);
                self.ask(
                    async move |flow| flow.open_console(&permit?, &Place::Home, TIMEOUT).await,
                    move |result| Msg::Console { id, result },
                );
            }
            Effect::ConsoleAddress { ticket, id } => {
                let permit = self.permit(&id);
                self.ask(
                    async move |flow| flow.console_url(&permit?, &Place::Home).await,
                    move |result| Msg::ConsoleAddress { ticket, result },
                );
            }
            Effect::LoadRegions { ticket, id } => self.on_disk(move |flow| {
                let regions = || {
                    let current = flow.region(&id.clone().into())?;
                    Ok(KnownRegions {
                        choices: flow.region_choices(&id, "")?,
                        is_assumed: current.as_ref().is_some_and(|region| region.is_assumed),
                        current: current.map(|region| region.name),
                    })
                };
                let result = regions();
                Answer::Msg(Msg::Regions { ticket, result })
            }),
            Effect::SetRegion { ticket, change } => {
                let RegionChange { id, part, region } = change.clone();
                self.ask(
                    async move |flow| {
                        let scope = flow.region_scope(&id, part)?;
                        flow.set_region(&scope, region.as_deref()).await
                    },
                    move |result| Msg::RegionSet {
                        ticket,
                        change,
                        result,
                    },
                );
            }
            Effect::OpenSignInPage(url) => self
                .spawn(async move |flow| Answer::Msg(Msg::Opened(flow.open_privately(&url).await))),
            Effect::OpenCodePage(url) => self
                .spawn(async move |flow| Answer::Msg(Msg::Opened(flow.open_code_page(&url).await))),
            Effect::Copy(text) => return self.copy(Secret::new(text)),
            Effect::CopyProfile(name) => {
                let line = self.flow.profile_line(&name);
                return match self.copy(Secret::new(line.clone())) {
                    Next::GoOn => self.handle(Msg::Copied(line)),
                    next => next,
                };
            }
            Effect::CopySecret(text) => return self.copy(text),
            Effect::Approve(code) => {
                let allowed = self
                    .options
                    .demo
                    .as_ref()
                    .is_some_and(|demo| (demo.approve)(&code));
                tracing::info!(allowed, "the simulated sign-in was answered");
            }
        }
        Next::GoOn
    }

    /// Puts text on the user's clipboard.
    fn copy(&mut self, text: Secret) -> Next {
        let in_tmux = self.flow.ctx().env.get("TMUX").is_some();
        let sent = self.screen.copy(&text, in_tmux);
        if in_tmux {
            let flow = self.flow.clone();
            self.disk.add(Box::new(move || {
                Box::pin(async move { flow.copy_in_tmux(&text).await })
            }));
        }
        match sent {
            Ok(()) => Next::GoOn,
            Err(error) => self.handle(Msg::Failed(no_terminal(&error))),
        }
    }

    /// The permit for an entry, which the reducer asked the user about where it is guarded.
    fn permit(&self, id: &EntryId) -> Result<Permit, Problem> {
        let answer = if self.state.confirmed.contains(id) {
            Confirmation::Yes
        } else {
            Confirmation::Nobody
        };
        self.flow.permit_in(&self.state.catalog, id, answer)
    }

    /// Keeps a plan until its rows are chosen.
    pub(super) fn sync_planned(
        &mut self,
        ticket: Ticket,
        planned: Result<SyncPlan, Problem>,
    ) -> Next {
        let result = planned.map(|plan| {
            let preview = plan.preview();
            self.sync_plan = Some((ticket, plan));
            preview
        });
        self.handle(Msg::SyncPlanned { ticket, result })
    }

    /// Writes a part of the plan. Guarded entries were confirmed with the question for it.
    fn apply_sync(&mut self, ticket: Ticket, chosen: &BTreeSet<String>) -> Next {
        let kept = self.sync_plan.as_ref();
        let Some((_, plan)) = kept.filter(|(planned, _)| *planned == ticket) else {
            return Next::GoOn;
        };
        let plan = plan.only(chosen);
        let permits: Result<Vec<Permit>, Problem> =
            plan.written().iter().map(|id| self.permit(id)).collect();
        self.on_disk(move |flow| {
            let result = permits.and_then(|permits| flow.sync(&plan, &permits));
            Answer::Msg(Msg::Synced { ticket, result })
        });
        Next::GoOn
    }

    /// Leaves the switcher; the command that then uses the entry does not ask again.
    fn leave(&mut self, outcome: Outcome) -> Next {
        if let Outcome::Picked(id) | Outcome::Export(id) = &outcome
            && let Err(problem) = self.permit(id)
        {
            return self.handle(Msg::Failed(problem));
        }
        Next::Leave(outcome)
    }

    /// Signs in to the AWS console.
    fn console_sign_in(&mut self, ticket: Ticket, profile: Option<Arc<str>>, method: SignInMethod) {
        let (texts, pasted) = mpsc::unbounded_channel();
        self.console_texts = Some(texts);
        let sender = self.sender.clone();
        let cancel = self.spawn_until(async move |flow| {
            let remote = match method {
                SignInMethod::Auto => flow.needs_remote_sign_in(),
                SignInMethod::Browser => false,
                SignInMethod::Device => true,
            };
            let options = ConsoleOptions {
                profile: profile.as_deref().map(str::to_owned),
                remote,
                open: flow.opens_browser(),
                ..ConsoleOptions::default()
            };
            let screen = AtScreen { sender, ticket };
            let mut user = ConsoleAtScreen { screen, pasted };
            let signed_in = async {
                let kept = flow.sign_in_to_console(options, &mut user).await?;
                let own = flow.own_profile(&kept.profile)?;
                let missing = || {
                    let title = format!("the profile {} no longer exists", kept.profile);
                    Problem::new(ProblemKind::Failed, title).hint("sign in again")
                };
                Ok((kept.clone(), own.ok_or_else(missing)?))
            };
            let result = flow.bounded(Box::pin(signed_in)).await;
            Answer::Msg(Msg::ConsoleSignedIn { ticket, result })
        });
        self.sign_in = Some(cancel);
    }

    /// Captures a response of an app.
    fn capture(&mut self, ticket: Ticket, app: App, wanted: Option<EntryId>, keep_method: bool) {
        let sender = self.sender.clone();
        let cancel = self.spawn_until(async move |flow| {
            let sink = |step| send(&sender, Answer::Msg(Msg::Capture { ticket, step }));
            let confirm = AtScreen {
                sender: sender.clone(),
                ticket,
            };
            let captured = Box::pin(flow.capture(&app, wanted.as_ref(), sink, &confirm));
            let result = flow.bounded(captured).await;
            if result.is_ok()
                && keep_method
                && let Err(problem) = flow.apart(move |flow| keep(flow, app)).await
            {
                send(&sender, Answer::Msg(Msg::Failed(problem)));
            }
            Answer::Msg(Msg::Captured { ticket, result })
        });
        self.capture = Some(cancel);
    }

    /// Applies changed settings.
    pub(super) fn settings(
        &mut self,
        changed: Result<(Arc<Settings>, Vec<SettingRow>), Problem>,
    ) -> Next {
        let rows = changed.map(|(settings, rows)| {
            self.take_settings(settings);
            rows
        });
        self.handle(Msg::Settings(rows))
    }

    /// Applies what was read again.
    pub(super) fn reread(
        &mut self,
        lists: Lists,
        read: Result<(Arc<Settings>, Box<Reread>), Problem>,
    ) -> Next {
        let result = read.map(|(settings, reread)| {
            self.take_settings(settings);
            reread
        });
        self.handle(Msg::Reread { lists, result })
    }

    fn take_settings(&mut self, settings: Arc<Settings>) {
        self.theme = Theme::on(&self.flow.ctx().env, &settings, self.background);
        self.state.reduced_motion = settings.reduced_motion.unwrap_or(false);
        self.state.guard.clone_from(&settings.guard);
        self.settings = settings;
    }

    /// Runs a short piece of work on the disk, after those that came before it.
    pub(super) fn on_disk<A: Into<Option<Answer>>>(
        &self,
        work: impl FnOnce(&Flow) -> A + Send + 'static,
    ) {
        let (flow, reader) = (self.flow.clone(), self.facts_reader.clone());
        self.disk.add(Box::new(move || {
            Box::pin(async move {
                if let Some(answer) = work(&flow).into() {
                    reader.finish(&flow, answer);
                }
            })
        }));
    }

    /// Reads the facts, after the work on the disk that came before.
    pub(super) fn load_facts(&self) {
        let (flow, reader) = (self.flow.clone(), self.facts_reader.clone());
        self.disk.add(Box::new(move || {
            Box::pin(async move { reader.load(&flow) })
        }));
    }

    /// Runs work in the background; its answer comes back as a message.
    fn spawn(&self, work: impl AsyncFnOnce(Flow) -> Answer + Send + 'static) {
        let (flow, reader) = (self.flow.with_own_waits(), self.facts_reader.clone());
        self.work.add(Box::new(move || {
            Box::pin(async move { reader.finish(&flow, work(flow.clone()).await) })
        }));
    }

    /// Runs work in the background, for as long as it makes progress; `answer` makes a message of its outcome.
    fn ask<T: 'static>(
        &self,
        work: impl AsyncFnOnce(&Flow) -> Result<T, Problem> + Send + 'static,
        answer: impl FnOnce(Result<T, Problem>) -> Msg + Send + 'static,
    ) {
        self.spawn(async move |flow| {
            let result = flow.bounded(Box::pin(work(&flow))).await;
            Answer::Msg(answer(result))
        });
    }

    /// [`Runtime::spawn`], until what is returned is dropped.
    fn spawn_until(
        &self,
        work: impl AsyncFnOnce(Flow) -> Answer + Send + 'static,
    ) -> oneshot::Sender<()> {
        let (cancel, canceled) = oneshot::channel();
        let (flow, reader) = (self.flow.with_own_waits(), self.facts_reader.clone());
        self.work.add(Box::new(move || {
            Box::pin(async move {
                tokio::select! {
                    biased;
                    _ = canceled => {}
                    answer = work(flow.clone()) => reader.finish(&flow, answer),
                }
            })
        }));
        cancel
    }
}

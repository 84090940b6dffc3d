//! Reads the facts on the workers: the sign-ins, profiles and apps as the files have them.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use super::{Answer, send};
use crate::domain::{Catalog, Problem};
use crate::flow::{Flow, Origins};
use crate::tui::msg::{Facts, Msg};

/// Reads the facts, and sends them. Clones take turns, so that older facts never come after newer ones.
#[derive(Clone)]
pub(super) struct FactsReader {
    sender: UnboundedSender<Answer>,
    turn: Arc<Mutex<()>>,
}

impl FactsReader {
    pub(super) fn new(sender: UnboundedSender<Answer>) -> Self {
        Self {
            sender,
            turn: Arc::default(),
        }
    }

    /// Reads what the first frame shows, and sends it: the catalog, and then the facts, from the same files. Before a
    /// catalog that is long goes its first part, with the facts.
    pub(super) fn start(&self, flow: &Flow) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let msg = |msg| send(&self.sender, Answer::Msg(msg));
        let origins = match flow.origins() {
            Ok(origins) => Arc::new(origins),
            Err(problem) => {
                msg(Msg::Cached(Ok(Catalog::default())));
                return msg(Msg::Facts(Err(problem)));
            }
        };
        let files = flow.catalog_files();
        let first = files.as_ref().ok();
        let first = first.and_then(|files| flow.first_catalog(files, &origins));
        let catalog = || flow.configured(files?.catalog(), &origins);
        let Some(first) = first else {
            msg(Msg::Cached(catalog()));
            return msg(Msg::Facts(facts_of(flow, origins)));
        };
        let facts = facts_of(flow, Arc::clone(&origins));
        if let Ok(facts) = &facts {
            let first = Box::new((first, facts.clone()));
            send(&self.sender, Answer::First(first));
        }
        msg(Msg::Cached(catalog()));
        msg(Msg::Facts(facts));
    }

    /// Reads and sends the facts alone.
    pub(super) fn load(&self, flow: &Flow) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        send(&self.sender, Answer::Msg(Msg::Facts(facts(flow))));
    }

    /// Sends the answer of a piece of work, with the facts that it may have changed: the switcher shows
    /// both in one frame.
    pub(super) fn finish(&self, flow: &Flow, answer: Answer) {
        let msg = match answer {
            Answer::Msg(msg) if !matches!(msg, Msg::Cached(_)) => msg,
            answer => return send(&self.sender, answer),
        };
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        send(&self.sender, Answer::Done(msg, Box::new(facts(flow))));
    }
}

/// The facts of one moment: the files are read once for all of them.
pub fn facts(flow: &Flow) -> Result<Facts, Problem> {
    facts_of(flow, Arc::new(flow.origins()?))
}

fn facts_of(flow: &Flow, origins: Arc<Origins>) -> Result<Facts, Problem> {
    let stored = flow.stored_ids()?;
    Ok(Facts {
        sessions: flow.sessions_of(origins.files().portals())?,
        profiles: flow.profiles_in(&origins)?,
        own_validities: flow.own_validities(origins.files(), &stored)?,
        mfa_ends: flow.mfa_ends(origins.files(), &stored)?,
        apps: origins.apps().to_vec(),
        history: flow.history(&origins),
        regions: flow.regions(origins),
    })
}

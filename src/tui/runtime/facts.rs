//! Reads the facts on the workers: the sign-ins, profiles and apps as the files have them.

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc::UnboundedSender;

use super::{Answer, send};
use crate::domain::locked::locked;
use crate::domain::{Catalog, Problem};
use crate::flow::{Flow, Origins};
use crate::tui::msg::{Facts, Lists, Msg, Reread};

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
        let _turn = locked(&self.turn);
        let msg = |msg| send(&self.sender, Answer::Msg(msg));
        let origins = match flow.origins() {
            Ok(origins) => Arc::new(origins),
            Err(problem) => {
                msg(Msg::Cached(Ok(Catalog::default())));
                return msg(Msg::Facts(Err(problem)));
            }
        };
        let files = flow.catalog_files(&origins);
        let mut facts = None;
        if let Ok(files) = &files
            && files.are_long()
        {
            let known = facts.insert(facts_of(flow, Arc::clone(&origins)));
            if let Ok(known) = known
                && let Some(first) = flow.first_catalog(files, &known.history, &origins)
            {
                let first = Box::new((first, known.clone()));
                send(&self.sender, Answer::First(first));
            }
        }
        let catalog = files.and_then(|files| flow.configured(files.catalog(), &origins));
        msg(Msg::Cached(catalog));
        msg(Msg::Facts(facts.unwrap_or_else(|| facts_of(flow, origins))));
    }

    /// Reads the settings and all files again, and sends what they say.
    pub(super) fn read_again(&self, flow: &Flow, lists: Lists) {
        let _turn = locked(&self.turn);
        let read = || {
            let settings = flow.read_settings()?;
            let origins = Arc::new(flow.origins()?);
            let configured = flow.configured(Catalog::default(), &origins)?;
            let facts = facts_of(flow, origins)?;
            Ok((settings, Box::new(Reread { facts, configured })))
        };
        send(&self.sender, Answer::Reread(lists, read()));
    }

    /// Reads and sends the facts alone.
    pub(super) fn load(&self, flow: &Flow) {
        let _turn = locked(&self.turn);
        send(&self.sender, Answer::Msg(Msg::Facts(facts(flow))));
    }

    /// Sends the answer of a piece of work, with the facts that it may have changed: the switcher shows
    /// both in one frame.
    pub(super) fn finish(&self, flow: &Flow, answer: Answer) {
        let msg = match answer {
            Answer::Msg(msg) if !matches!(msg, Msg::Cached(_)) => msg,
            answer => return send(&self.sender, answer),
        };
        let _turn = locked(&self.turn);
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
        name_template: flow.settings().profile_name.clone(),
        own_validities: flow.own_validities(origins.files(), &stored)?,
        mfa_ends: flow.mfa_ends(origins.files(), &stored)?,
        apps: origins.apps().to_vec(),
        history: flow.history(&origins),
        regions: flow.regions(origins)?,
    })
}

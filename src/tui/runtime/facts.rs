//! Reads the facts on the workers: the sign-ins, profiles and apps as the files have them.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use super::{Answer, send};
use crate::domain::Problem;
use crate::flow::Flow;
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
    let (origins, stored) = (flow.origins()?, flow.stored_ids()?);
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

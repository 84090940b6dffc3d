//! The periodic inspection of pages: a user has to sign in, or the portal does not offer the app.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::super::super::CaptureError;
use super::{Asked, Failure, Goal, Running};

/// The name of the JavaScript world of [`LOOK_SCRIPT`]; a page's own scripts cannot reach it.
const WORLD: &str = "roledex";

/// Inspects a page: does it ask for input, and how does its text begin?
pub(super) const LOOK_SCRIPT: &str = "(() => { const seen = e => e.offsetParent !== null && !e.disabled && !e.readOnly; \
    const inputs = [...document.querySelectorAll('input')].filter(seen).map(e => e.type); \
    return JSON.stringify({host: location.host, password: inputs.includes('password'), \
    text: inputs.some(t => ['text', 'email', 'tel', 'number'].includes(t)), \
    words: ((document.body && document.body.innerText) || '').slice(0, 600)}); })()";

/// Phrases on the portal's page for an app that is not assigned to the user (docs/requirements.md#capture-failures).
const REFUSALS: &[&str] = &[
    "not assigned",
    "no access",
    "don't have access",
    "do not have access",
    "don't have permission",
    "do not have permission",
    "no longer available",
    "application not found",
    "app not found",
    "this isn't right",
];

impl Running<'_> {
    /// Starts an inspection of every page.
    pub(super) async fn look(&mut self) -> Result<(), Failure> {
        let attached = |(target, session): (&String, &Option<String>)| {
            Some((target.clone(), session.clone()?))
        };
        let pages: Vec<_> = self.pages.iter().filter_map(attached).collect();
        for (target, session) in pages {
            // The world of this name, which is made only once in a page.
            let params = json!({"frameId": target, "worldName": WORLD});
            let number = self
                .tools
                .send(Some(&session), "Page.createIsolatedWorld", params)
                .await?;
            self.asked.insert(number, Asked::World { session });
        }
        Ok(())
    }

    /// Evaluates the inspection of a page. Only two consecutive inspections count, because pages redirect.
    pub(super) fn looked(&mut self, text: &str) -> Result<(), CaptureError> {
        let page: Value = serde_json::from_str(text).unwrap_or_default();
        let at_portal = page["host"] == self.visit.portal_host;
        // The portal's own page has a search box.
        let typing = page["password"] == true || (!at_portal && page["text"] == true);
        self.wants_typing = if typing { self.wants_typing + 1 } else { 0 };
        if self.visit.headless && self.wants_typing >= 2 {
            return Err(CaptureError::InteractionRequired);
        }
        let words = page["words"].as_str().unwrap_or_default();
        let lower = words.to_lowercase().replace('\u{2019}', "'");
        let no = self.goal == Goal::Response
            && at_portal
            && !typing
            && REFUSALS.iter().any(|refusal| lower.contains(refusal));
        self.says_no = if no { self.says_no + 1 } else { 0 };
        if self.says_no >= 2 {
            let line = words.lines().find(|line| {
                let line = line.to_lowercase().replace('\u{2019}', "'");
                REFUSALS.iter().any(|refusal| line.contains(refusal))
            });
            let said = line.unwrap_or(words).chars().take(200).collect::<String>();
            let words = format!("the portal says: {}", said.trim());
            self.refused.get_or_insert_with(|| (Instant::now(), words));
        }
        Ok(())
    }
}

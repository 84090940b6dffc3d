//! Short messages, and the log of those that were shown.

use jiff::Timestamp;

use super::State;
use crate::domain::Problem;

/// The time that messages are shown (seconds).
const SHORT: i64 = 4;
/// The same for problems, and for what has a hint (seconds).
pub(crate) const LONG: i64 = 10;

/// The size of the log.
const MAX_MESSAGES: usize = 100;

/// The tone of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Success.
    Good,
    /// Information.
    Note,
    /// Failure.
    Bad,
}

/// A short message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toast {
    /// Its tone.
    pub tone: Tone,
    /// The text.
    pub text: String,
    /// The hint, if there is something to do.
    pub hint: Option<String>,
    /// The end of its display (UTC).
    pub until: Timestamp,
    /// `true` if it stays after that until the user presses a key, who may be elsewhere now.
    pub stays: bool,
}

impl State {
    /// Shows a short message.
    pub(crate) fn notify(&mut self, tone: Tone, text: String) {
        self.toast(tone, text, None, SHORT);
    }

    /// Shows a problem.
    pub(crate) fn notify_error(&mut self, problem: &Problem) {
        if problem.is_shown() {
            let hint = problem.hint.clone().map(String::from);
            self.toast(Tone::Bad, problem.to_string(), hint, LONG);
        }
    }

    /// Shows a warning, which stays until the user is here.
    pub(crate) fn warn(&mut self, text: String) {
        self.toast(Tone::Bad, text, None, LONG);
        if let Some(toast) = self.toasts.last_mut() {
            toast.stays = true;
        }
    }

    /// Removes the messages that stayed until now: the user is here.
    pub(crate) fn end_seen_toasts(&mut self) {
        let now = self.now;
        self.toasts.retain(|toast| toast.until > now);
    }

    /// Removes a message: it is no longer true.
    pub(crate) fn end_toast(&mut self, text: &str) {
        self.toasts.retain(|toast| toast.text != text);
    }

    /// Removes the messages about what the user did before: something else begins. What was done stays, and so does
    /// what the user has not seen yet.
    pub(crate) fn end_older_toasts(&mut self) {
        self.toasts
            .retain(|toast| toast.tone == Tone::Good || toast.stays);
    }

    /// Shows a message, which counts what is being done, in the place of the one before. It is not in the log.
    pub(crate) fn replace_toast(&mut self, before: &str, text: String, seconds: i64) {
        self.end_toast(before);
        self.show(Tone::Note, text, None, seconds);
    }

    /// Shows a message for some seconds, and keeps it in the log. In a full one the oldest gives way that is no failure.
    pub(crate) fn toast(&mut self, tone: Tone, text: String, hint: Option<String>, seconds: i64) {
        let toast = self.show(tone, text, hint, seconds);
        if self.message_log.len() >= MAX_MESSAGES {
            let mut messages = self.message_log.iter();
            let oldest = messages.position(|(_, toast)| toast.tone != Tone::Bad);
            self.message_log.remove(oldest.unwrap_or(0));
        }
        self.message_log.push((self.now, toast));
    }

    fn show(&mut self, tone: Tone, text: String, hint: Option<String>, seconds: i64) -> Toast {
        const MAX_TOASTS: usize = 5;
        let until = self.now.as_second().saturating_add(seconds);
        let until = Timestamp::from_second(until).unwrap_or(self.now);
        self.end_toast(&text);
        let toast = Toast {
            tone,
            text,
            hint,
            until,
            stays: false,
        };
        self.toasts.push(toast.clone());
        let surplus = self.toasts.len().saturating_sub(MAX_TOASTS);
        self.toasts.drain(..surplus);
        toast
    }
}

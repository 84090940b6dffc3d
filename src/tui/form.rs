//! A form: a few fields, of which one has the focus, and the question that is open about them.

use super::action::Action;
use super::input::Input;
use super::msg::Ticket;
use crate::domain::{InputField, Problem, ProblemKind};

/// The state of a form with `N` fields.
#[derive(Debug)]
pub(crate) struct Form<const N: usize> {
    /// The fields, from top to bottom.
    pub fields: [Input; N],
    /// The number of fields on screen, from the top.
    pub shown: usize,
    /// The field with the cursor.
    pub focus: usize,
    /// The open question: what is looked up or saved.
    pub waiting: Option<Ticket>,
    /// The problem with the last answer.
    pub problem: Option<Problem>,
}

impl<const N: usize> Form<N> {
    /// An empty form that shows its first fields.
    pub(crate) fn new(shown: usize) -> Self {
        Self {
            fields: std::array::from_fn(|_| Input::default()),
            shown,
            focus: 0,
            waiting: None,
            problem: None,
        }
    }

    /// The text of a field, without surrounding blanks.
    pub(crate) fn text(&self, field: usize) -> String {
        self.fields[field].text().trim().to_owned()
    }

    /// Types into the field with the focus.
    pub(crate) fn insert(&mut self, text: &str) {
        self.problem = None;
        self.fields[self.focus].insert(text.trim_matches(['\r', '\n']));
    }

    /// The reason why an action cannot be run now.
    pub(crate) fn unavailable(&self, action: Action) -> Option<&'static str> {
        let waits = matches!(action, Action::Accept | Action::ConsoleSignIn);
        (self.waiting.is_some() && waits).then_some("still waiting for the last answer")
    }

    /// Moves the focus to a field.
    pub(crate) fn focus_on(&mut self, field: usize) -> Option<&mut Input> {
        self.focus = field;
        self.fields.get_mut(field)
    }

    /// Moves the focus; `false`: the action does not do that.
    pub(crate) fn move_focus(&mut self, action: Action) -> bool {
        self.focus = match action {
            Action::Up | Action::PreviousField => self.focus.saturating_sub(1),
            Action::Down | Action::NextField => (self.focus + 1).min(self.shown - 1),
            _ => return false,
        };
        true
    }

    /// Edits the field with the focus; `false`: the action is no edit.
    pub(crate) fn edit(&mut self, action: Action) -> bool {
        let edited = self.fields[self.focus].edit(action);
        if edited {
            self.problem = None;
        }
        edited
    }

    /// Refuses the input of a field, and moves the focus there.
    pub(crate) fn refuse(&mut self, field: usize, problem: Problem) {
        self.focus = field;
        self.problem = Some(problem);
    }

    /// Shows that the answer to the open question is a problem. The focus moves to the field that it is about, if it is
    /// about one of these, which are those of the form from top to bottom.
    pub(crate) fn fail(&mut self, problem: Problem, fields: [InputField; N]) {
        self.waiting = None;
        let mut shown = fields.into_iter().take(self.shown);
        let refused = shown.position(|field| Some(field) == problem.field);
        self.refuse(refused.unwrap_or(self.focus), problem);
    }

    /// `true` if the last answer was that the address is an account access manager's.
    pub(crate) fn is_account_access(&self) -> bool {
        let problem = self.problem.as_ref();
        problem.is_some_and(|problem| problem.kind == ProblemKind::AccountAccess)
    }
}

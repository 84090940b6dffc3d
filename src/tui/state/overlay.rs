//! The screens in front of the list: the only place that enumerates them, and the dispatch to the one in
//! front.
//!
//! A screen is a value of the state that implements [`Screen`] and [`Draw`]. The list itself is one, too:
//! it is in front while no overlay is open.

use std::any::Any;

use jiff::Timestamp;

use super::State;
use crate::tui::Outcome;
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::input::Input;
use crate::tui::keymap::Context;
use crate::tui::layout::{Area, FieldArea, Hint};
use crate::tui::msg::Effect;
use crate::tui::screens::add_app::AddApp;
use crate::tui::screens::address::Address;
use crate::tui::screens::capture::Capture;
use crate::tui::screens::confirm::Confirm;
use crate::tui::screens::console_sign_in::ConsoleSignIn;
use crate::tui::screens::details::Details;
use crate::tui::screens::edit_portal::EditPortal;
use crate::tui::screens::help::Help;
use crate::tui::screens::messages::Messages;
use crate::tui::screens::mfa::Mfa;
use crate::tui::screens::onboarding::Onboarding;
use crate::tui::screens::picker::RowKey;
use crate::tui::screens::portals::Portals;
use crate::tui::screens::regions::Regions;
use crate::tui::screens::roles::Roles;
use crate::tui::screens::settings::SettingsScreen;
use crate::tui::screens::sign_in::SignIn;
use crate::tui::screens::sync::SyncScreen;
use crate::tui::theme::Theme;

/// Input and time, as a screen handles them.
pub(crate) trait Screen: Draw + Any {
    /// The contexts in which its keys are looked up, in order; the global one follows them.
    fn contexts(&self) -> &'static [Context];

    /// Its reducers.
    fn reducer(&self) -> Reducer;

    /// Selects a row of its list, by its index.
    fn select(&mut self, _row: usize) {}

    /// Moves the focus to a field, and returns its text if that has a cursor.
    fn focus(&mut self, _field: usize) -> Option<&mut Input> {
        None
    }

    /// Keeps the first line of its list that is on screen.
    fn keep_first(&mut self, _line: usize) {}

    /// The action of a second click on the selected row.
    fn twice(&self) -> Action {
        Action::Accept
    }

    /// The reason why a key of it does nothing now.
    fn unavailable(&self, _state: &State, _action: Action) -> Option<&'static str> {
        None
    }

    /// `true` if the wheel moves a selection in it: it has a list.
    fn has_wheel(&self, state: &State) -> bool {
        !self.row_areas(state).is_empty()
    }

    /// Moves the selection by so many rows of the wheel; `false`: the keys for one row do that.
    fn turn(&mut self, _rows: i32) -> bool {
        false
    }

    /// The number of its lines of text that do not fit on screen; the wheel scrolls them.
    fn hidden_lines(&self, _state: &State) -> usize {
        0
    }

    /// Scrolls its text, of which so many lines are hidden; negative is up.
    fn scroll(&mut self, _lines: isize, _hidden: usize) {}

    /// Ends what has timed out. Called every second while the screen is in front and counts.
    fn tick(&mut self, _now: Timestamp) {}

    /// `true` while it shows a countdown.
    fn is_counting(&self) -> bool {
        false
    }
}

/// A screen's view.
pub(crate) trait Draw {
    /// `true` if the list is not drawn behind it.
    fn hides_list(&self) -> bool {
        false
    }

    /// Draws it.
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>);

    /// The rows that a short message must not take from it.
    fn rows_in_use(&self, _state: &State) -> u16 {
        0
    }

    /// Its fields that are on screen.
    fn field_areas(&self, _state: &State) -> Vec<FieldArea> {
        Vec::new()
    }

    /// The rows of its list that are on screen: their areas and their indices.
    fn row_areas(&self, _state: &State) -> Vec<(Area, usize)> {
        Vec::new()
    }

    /// The first line of its list that is on screen, after the selection moved.
    fn first(&self, _state: &State) -> usize {
        0
    }

    /// The actions that the footer offers, each with a word for it.
    fn hints(&self, state: &State) -> Vec<(Action, &'static str)>;
}

/// The reducers of a screen: functions of the whole state, because the screen is a part of it.
#[derive(Clone, Copy)]
pub(crate) struct Reducer {
    /// Handles a key.
    pub key: fn(&mut State, Action) -> Vec<Effect>,
    /// Handles text that is typed or pasted.
    pub text: fn(&mut State, &str),
}

impl Reducer {
    /// The reducer of a screen without a text field.
    pub(crate) fn keys(key: fn(&mut State, Action) -> Vec<Effect>) -> Self {
        Self {
            key,
            text: |_, _| {},
        }
    }
}

/// A click on something. A second one on the same in the same screen makes a double click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Click {
    /// The place.
    pub on: Place,
    /// [`State::changes`] at that time.
    pub changes: usize,
}

/// The place of a click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A key of the footer.
    Key(Hint),
    /// A row of the list in front, which was selected: its line on screen, and the selected row of the picker.
    Row(u16, Option<RowKey>),
}

/// Defines [`Overlay`], a screen in front of the list, and the conversions between it and the screen.
macro_rules! overlays {
    ($($name:ident($screen:ty),)+) => {
        #[derive(Debug)]
        pub(crate) enum Overlay {
            $($name($screen),)+
        }

        impl Overlay {
            fn screen(&self) -> &(dyn Screen + 'static) {
                match self {
                    $(Self::$name(screen) => screen,)+
                }
            }

            fn screen_mut(&mut self) -> &mut (dyn Screen + 'static) {
                match self {
                    $(Self::$name(screen) => screen,)+
                }
            }
        }

        $(impl From<$screen> for Overlay {
            fn from(screen: $screen) -> Self {
                Self::$name(screen)
            }
        })+
    };
}

overlays! {
    Onboarding(Onboarding),
    SignIn(SignIn),
    ConsoleSignIn(ConsoleSignIn),
    AddApp(AddApp),
    Capture(Capture),
    Roles(Roles),
    Settings(SettingsScreen),
    Messages(Messages),
    Sync(SyncScreen),
    Help(Help),
    Mfa(Mfa),
    Details(Details),
    Portals(Portals),
    EditPortal(EditPortal),
    Address(Address),
    Regions(Regions),
    Confirm(Confirm),
}

impl State {
    /// The screen in front: the last overlay, else the list.
    #[must_use]
    pub(crate) fn front(&self) -> &(dyn Screen + 'static) {
        match self.overlays.last() {
            Some(overlay) => overlay.screen(),
            None => &self.picker,
        }
    }

    /// The screen below the one in front.
    #[must_use]
    pub(crate) fn below(&self) -> &(dyn Screen + 'static) {
        match self.overlays.iter().nth_back(1) {
            Some(overlay) => overlay.screen(),
            None => &self.picker,
        }
    }

    fn front_mut(&mut self) -> &mut (dyn Screen + 'static) {
        match self.overlays.last_mut() {
            Some(overlay) => overlay.screen_mut(),
            None => &mut self.picker,
        }
    }

    /// The screen in front, if it is of this type.
    #[must_use]
    pub(crate) fn screen<S: Screen>(&self) -> Option<&S> {
        (self.front() as &dyn Any).downcast_ref()
    }

    /// The screen in front, if it is of this type.
    #[must_use]
    pub(crate) fn screen_mut<S: Screen>(&mut self) -> Option<&mut S> {
        (self.front_mut() as &mut dyn Any).downcast_mut()
    }

    /// The overlay of this type that fulfils a condition, in front or below others.
    #[must_use]
    pub(crate) fn find_mut<S: Screen>(&mut self, condition: impl Fn(&S) -> bool) -> Option<&mut S> {
        let screens = self.overlays.iter_mut();
        screens
            .filter_map(|overlay| (overlay.screen_mut() as &mut dyn Any).downcast_mut::<S>())
            .find(|screen| condition(screen))
    }

    /// Keeps the part of the list of the dialog in front that is on screen.
    pub(crate) fn keep_first(&mut self) {
        let first = self.front().first(self);
        self.front_mut().keep_first(first);
    }

    /// Opens a screen in front of the others. A question ends the older messages, which are about something else.
    pub(crate) fn open(&mut self, screen: impl Into<Overlay>) {
        self.changes += 1;
        self.overlays.push(screen.into());
        if self.screen::<Confirm>().is_some() {
            self.end_older_toasts();
        }
    }

    /// Closes the overlay in front.
    pub(crate) fn close(&mut self) {
        self.changes += 1;
        self.overlays.pop();
    }

    /// Closes the overlays of this type that fulfil a condition.
    pub(crate) fn close_all<S: Screen>(&mut self, condition: impl Fn(&S) -> bool) {
        let before = self.overlays.len();
        self.overlays.retain(|overlay| {
            let screen = (overlay.screen() as &dyn Any).downcast_ref::<S>();
            !screen.is_some_and(&condition)
        });
        self.changes += before - self.overlays.len();
    }

    /// The contexts in which a key is looked up, in order.
    #[must_use]
    pub(crate) fn contexts(&self) -> Vec<Context> {
        [self.front().contexts(), &[Context::Global]].concat()
    }

    /// Handles a key: the global actions here, all others in the screen in front.
    pub(crate) fn press(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Quit => self.leave(),
            Action::Suspend => vec![Effect::Suspend],
            Action::Messages if self.screen::<Messages>().is_none() => {
                self.open(Messages::default());
                Vec::new()
            }
            action => (self.front().reducer().key)(self, action),
        }
    }

    /// Gives text to the screen in front.
    pub(crate) fn insert(&mut self, text: &str) {
        (self.front().reducer().text)(self, text);
    }

    /// Turns the wheel by so many rows; negative is up.
    pub(crate) fn wheel(&mut self, rows: i32) -> Vec<Effect> {
        if !self.front().has_wheel(self) {
            return Vec::new();
        }
        let hidden = self.front().hidden_lines(self);
        if hidden > 0 {
            let lines = isize::try_from(rows).unwrap_or(0);
            self.front_mut().scroll(lines, hidden);
            return Vec::new();
        }
        if self.front_mut().turn(rows) {
            return Vec::new();
        }
        let action = if rows < 0 { Action::Up } else { Action::Down };
        let presses = 0..rows.unsigned_abs();
        presses.flat_map(|_| self.press(action)).collect()
    }

    /// A click at the place now.
    pub(crate) fn click_on(&self, on: Place) -> Click {
        Click {
            on,
            changes: self.changes,
        }
    }

    /// A click into the screen in front: it moves the cursor of a field, or selects a row, and a second one on its line
    /// runs it. The list may have scrolled between them.
    pub(crate) fn click(&mut self, x: u16, y: u16, before: Option<&Click>) -> Vec<Effect> {
        let mut fields = self.front().field_areas(self).into_iter();
        if let Some(area) = fields.find(|area| area.row.contains(x, y)) {
            if let Some(text) = self.front_mut().focus(area.field) {
                text.click(usize::from(x.saturating_sub(area.x)), area.columns);
            }
            return Vec::new();
        }
        let rows = self.front().row_areas(self);
        let Some((_, row)) = rows.into_iter().find(|(area, _)| area.contains(x, y)) else {
            return Vec::new();
        };
        if before == Some(&self.click_on(Place::Row(y, self.selected_key()))) {
            return self.press(self.front().twice());
        }
        self.front_mut().select(row);
        self.clicked = Some(self.click_on(Place::Row(y, self.selected_key())));
        Vec::new()
    }

    /// Tells the screen in front the time.
    pub(crate) fn tick(&mut self) {
        let now = self.now;
        self.front_mut().tick(now);
    }

    /// Leaves the switcher without a choice.
    #[must_use]
    pub(crate) fn leave(&self) -> Vec<Effect> {
        vec![Effect::Finish(if self.pick_only {
            Outcome::Cancelled
        } else {
            Outcome::Quit
        })]
    }
}

//! The one vocabulary (docs/architecture.md#one-vocabulary): everything a user can ask for. The keymap, the footer, help and palette are
//! made of this table.

/// Something that a user can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "the table below says what each one is, for people and for us"
)]
pub enum Action {
    Use,
    Refresh,
    RefreshAll,
    Forget,
    Pin,
    Subshell,
    Export,
    Console,
    Copy,
    SignInOut,
    SignInAll,
    Reload,
    AddPortal,
    AddApp,
    NextView,
    PreviousView,
    Group,
    Settings,
    ToggleDetails,
    Here,
    Messages,
    Help,
    Palette,
    Accept,
    OpenPage,
    NewCode,
    DeviceCode,
    ApproveDemo,
    Yes,
    Back,
    Quit,
    Suspend,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    DeleteBack,
    DeleteForward,
    DeleteWord,
    DeleteLine,
    CursorLeft,
    CursorRight,
    LineStart,
}

/// The group of an action in help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// On the selected entry.
    Entry,
    /// On portals and the catalog.
    Portal,
    /// On the program.
    Program,
    /// Moving the selection.
    Move,
    /// Editing text.
    Text,
    /// Only in one screen.
    Screen,
}

/// An action, its name and its words.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// The action.
    pub action: Action,
    /// Its name in TOML.
    pub name: &'static str,
    /// Two to four words for footer, help and palette.
    pub label: &'static str,
    /// Its group.
    pub group: Group,
}

const fn info(action: Action, name: &'static str, label: &'static str, group: Group) -> Info {
    Info {
        action,
        name,
        label,
        group,
    }
}

/// Every action.
pub const ACTIONS: [Info; 45] = [
    info(Action::Use, "use", "use (write its profile)", Group::Entry),
    info(
        Action::Refresh,
        "refresh",
        "refresh credentials",
        Group::Entry,
    ),
    info(
        Action::RefreshAll,
        "refresh_all",
        "refresh every profile",
        Group::Entry,
    ),
    info(Action::Forget, "forget", "forget its profile", Group::Entry),
    info(Action::Pin, "pin", "pin or unpin", Group::Entry),
    info(
        Action::Subshell,
        "subshell",
        "open a subshell",
        Group::Entry,
    ),
    info(Action::Export, "export", "export and leave", Group::Entry),
    info(
        Action::Console,
        "console",
        "open the web console",
        Group::Entry,
    ),
    info(Action::Copy, "copy", "copy", Group::Entry),
    info(
        Action::SignInOut,
        "sign_in_out",
        "sign in or out",
        Group::Portal,
    ),
    info(
        Action::SignInAll,
        "sign_in_all",
        "sign in everywhere",
        Group::Portal,
    ),
    info(Action::Reload, "reload", "reload the list", Group::Portal),
    info(
        Action::AddPortal,
        "add_portal",
        "add a portal",
        Group::Portal,
    ),
    info(
        Action::AddApp,
        "add_app",
        "add an external account",
        Group::Portal,
    ),
    info(Action::NextView, "next_view", "next view", Group::Program),
    info(
        Action::PreviousView,
        "previous_view",
        "previous view",
        Group::Program,
    ),
    info(
        Action::Group,
        "group",
        "group by account or portal",
        Group::Program,
    ),
    info(Action::Settings, "settings", "settings", Group::Program),
    info(
        Action::ToggleDetails,
        "toggle_details",
        "show or hide details",
        Group::Program,
    ),
    info(
        Action::Here,
        "here",
        "go to this shell's role",
        Group::Program,
    ),
    info(
        Action::Messages,
        "messages",
        "recent messages",
        Group::Program,
    ),
    info(Action::Help, "help", "help", Group::Program),
    info(Action::Palette, "palette", "all actions", Group::Program),
    info(Action::Accept, "accept", "continue", Group::Screen),
    info(
        Action::OpenPage,
        "open_page",
        "open the page",
        Group::Screen,
    ),
    info(Action::NewCode, "new_code", "new code", Group::Screen),
    info(
        Action::DeviceCode,
        "device_code",
        "use a code",
        Group::Screen,
    ),
    info(
        Action::ApproveDemo,
        "approve_demo",
        "approve (simulated)",
        Group::Screen,
    ),
    info(Action::Yes, "yes", "yes", Group::Screen),
    info(Action::Back, "back", "back", Group::Program),
    info(Action::Quit, "quit", "quit", Group::Program),
    info(Action::Suspend, "suspend", "suspend", Group::Program),
    info(Action::Up, "up", "up", Group::Move),
    info(Action::Down, "down", "down", Group::Move),
    info(Action::PageUp, "page_up", "page up", Group::Move),
    info(Action::PageDown, "page_down", "page down", Group::Move),
    info(Action::First, "first", "first", Group::Move),
    info(Action::Last, "last", "last", Group::Move),
    info(
        Action::DeleteBack,
        "delete_back",
        "delete backward",
        Group::Text,
    ),
    info(
        Action::DeleteForward,
        "delete_forward",
        "delete forward",
        Group::Text,
    ),
    info(
        Action::DeleteWord,
        "delete_word",
        "delete word",
        Group::Text,
    ),
    info(
        Action::DeleteLine,
        "delete_line",
        "delete to start",
        Group::Text,
    ),
    info(Action::CursorLeft, "cursor_left", "left", Group::Text),
    info(Action::CursorRight, "cursor_right", "right", Group::Text),
    info(Action::LineStart, "line_start", "go to start", Group::Text),
];

impl Action {
    /// The action of a name.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        ACTIONS
            .iter()
            .find(|info| info.name == name)
            .map(|info| info.action)
    }

    /// Its row of the table.
    #[must_use]
    pub(crate) fn info(self) -> &'static Info {
        // Every action has a row: a test holds that.
        ACTIONS
            .iter()
            .find(|info| info.action == self)
            .unwrap_or(&ACTIONS[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_one_row() {
        for info in &ACTIONS {
            assert_eq!(Action::named(info.name), Some(info.action));
            assert_eq!(info.action.info().name, info.name);
        }
        // `LineStart` is the last variant: there are as many rows as variants.
        assert_eq!(Action::LineStart as usize + 1, ACTIONS.len());
    }
}

//! The actions: everything a user can ask for (docs/architecture.md#one-vocabulary). The keymap, the footer and help are
//! made from this table.

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
    Region,
    SignInOut,
    SignInAll,
    ConsoleSignIn,
    Reload,
    Portals,
    Sync,
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
    Edit,
    Remove,
    Scope,
    Tick,
    TickAll,
    Yes,
    Back,
    Quit,
    Suspend,
    NextField,
    PreviousField,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    DeleteBack,
    DeleteForward,
    DeleteWord,
    DeleteWordPart,
    DeleteWordForward,
    DeleteLine,
    DeleteToEnd,
    CursorLeft,
    CursorRight,
    LineStart,
    LineEnd,
    WordLeft,
    WordRight,
}

/// The group of an action: a section of help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// On the selected entry.
    Entry,
    /// On the whole list.
    List,
    /// On portals and apps.
    Portal,
    /// On the look of the list.
    View,
    /// On the program.
    Program,
    /// Only in one screen.
    Screen,
    /// Moving the selection.
    Move,
    /// Editing text.
    Text,
}

impl Group {
    /// Every group, in the order of help.
    pub const ALL: [Self; 8] = [
        Self::Screen,
        Self::Entry,
        Self::List,
        Self::Portal,
        Self::View,
        Self::Program,
        Self::Move,
        Self::Text,
    ];

    /// Its title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Entry => "the entry",
            Self::List => "the list",
            Self::Portal => "portals",
            Self::View => "the view",
            Self::Program => "roledex",
            Self::Screen => "this screen",
            Self::Move => "moving",
            Self::Text => "typing",
        }
    }
}

/// An action, its name and its words.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// The action.
    pub action: Action,
    /// Its name in TOML.
    pub name: &'static str,
    /// Two to four words for help and the key tables.
    pub label: &'static str,
    /// Other words that find it in help.
    pub synonyms: &'static str,
    /// Its group.
    pub group: Group,
}

const fn info(action: Action, name: &'static str, label: &'static str, group: Group) -> Info {
    Info {
        action,
        name,
        label,
        synonyms: "",
        group,
    }
}

impl Info {
    /// The same with other words for it.
    const fn also(self, synonyms: &'static str) -> Self {
        Self { synonyms, ..self }
    }
}

/// Every action, in the order of help.
pub const ACTIONS: [Info; 62] = [
    info(Action::Use, "use", "use (write its profile)", Group::Entry)
        .also("switch select choose role profile write save"),
    info(
        Action::Refresh,
        "refresh",
        "refresh credentials",
        Group::Entry,
    )
    .also("renew extend update mfa"),
    info(
        Action::Subshell,
        "subshell",
        "open a subshell",
        Group::Entry,
    )
    .also("shell terminal spawn"),
    info(Action::Export, "export", "export and leave", Group::Entry)
        .also("env environment variables eval"),
    info(
        Action::Console,
        "console",
        "open the web console",
        Group::Entry,
    )
    .also("browser web aws open"),
    info(Action::Copy, "copy", "copy", Group::Entry).also("clipboard yank id env"),
    info(Action::Region, "region", "set the region", Group::Entry)
        .also("location default aws_region"),
    info(Action::Pin, "pin", "pin or unpin", Group::Entry).also("favourite favorite star bookmark"),
    info(Action::Forget, "forget", "forget its profile", Group::Entry).also("delete remove drop"),
    info(
        Action::RefreshAll,
        "refresh_all",
        "refresh every profile",
        Group::List,
    )
    .also("renew extend update all"),
    info(Action::Reload, "reload", "reload the list", Group::List)
        .also("update rescan accounts roles discover"),
    info(
        Action::Sync,
        "sync",
        "write profiles of this list",
        Group::List,
    )
    .also("sync save materialize all bulk prune plan diff"),
    info(Action::Here, "here", "go to this shell's role", Group::List).also("jump current active"),
    info(
        Action::SignInOut,
        "sign_in_out",
        "sign in or out",
        Group::Portal,
    )
    .also("login logout sso session mfa"),
    info(
        Action::SignInAll,
        "sign_in_all",
        "sign in everywhere",
        Group::Portal,
    )
    .also("login all sso sessions"),
    info(
        Action::ConsoleSignIn,
        "console_sign_in",
        "sign in to the AWS console",
        Group::Portal,
    )
    .also("login session web"),
    info(Action::Portals, "portals", "manage portals", Group::Portal)
        .also("edit remove sso sessions organizations apps"),
    info(
        Action::AddPortal,
        "add_portal",
        "add a portal",
        Group::Portal,
    )
    .also("new create sso start url organization"),
    info(
        Action::AddApp,
        "add_app",
        "add an external account",
        Group::Portal,
    )
    .also("new create app saml tile"),
    info(Action::NextView, "next_view", "next view", Group::View).also("tab filter"),
    info(
        Action::PreviousView,
        "previous_view",
        "previous view",
        Group::View,
    )
    .also("tab filter"),
    info(
        Action::Group,
        "group",
        "group by account or portal",
        Group::View,
    )
    .also("tree fold flat"),
    info(
        Action::ToggleDetails,
        "toggle_details",
        "show or hide details",
        Group::View,
    )
    .also("pane preview info"),
    info(Action::Settings, "settings", "settings", Group::Program)
        .also("preferences options configuration theme colour color keys"),
    info(
        Action::Messages,
        "messages",
        "recent messages",
        Group::Program,
    )
    .also("log errors history notifications"),
    info(Action::Help, "help", "help", Group::Program)
        .also("keys shortcuts legend menu palette all actions commands"),
    // An older name of help, which the settings of users may have.
    info(Action::Palette, "palette", "help", Group::Program),
    info(Action::Accept, "accept", "continue", Group::Screen).also("enter ok save"),
    info(
        Action::OpenPage,
        "open_page",
        "open the page",
        Group::Screen,
    )
    .also("browser url"),
    info(Action::NewCode, "new_code", "new code", Group::Screen).also("again retry"),
    info(
        Action::DeviceCode,
        "device_code",
        "use a code",
        Group::Screen,
    )
    .also("device phone"),
    info(
        Action::ApproveDemo,
        "approve_demo",
        "approve (simulated)",
        Group::Screen,
    )
    .also("allow"),
    info(Action::Edit, "edit", "edit", Group::Screen).also("change region scopes"),
    info(Action::Remove, "remove", "remove", Group::Screen).also("delete"),
    info(
        Action::Scope,
        "scope",
        "for the entry, account or portal",
        Group::Screen,
    )
    .also("scope"),
    info(Action::Tick, "tick", "tick or untick", Group::Screen).also("mark select toggle"),
    info(Action::TickAll, "tick_all", "all or none", Group::Screen).also("mark select toggle"),
    info(Action::Yes, "yes", "yes", Group::Screen).also("confirm"),
    info(Action::Back, "back", "back", Group::Program).also("close cancel clear"),
    info(Action::Quit, "quit", "quit", Group::Program).also("exit leave close"),
    info(Action::Suspend, "suspend", "suspend", Group::Program).also("stop background job"),
    info(Action::NextField, "next_field", "next field", Group::Move),
    info(
        Action::PreviousField,
        "previous_field",
        "previous field",
        Group::Move,
    ),
    info(Action::Up, "up", "up", Group::Move),
    info(Action::Down, "down", "down", Group::Move),
    info(Action::PageUp, "page_up", "page up", Group::Move),
    info(Action::PageDown, "page_down", "page down", Group::Move),
    info(Action::First, "first", "first", Group::Move).also("top home"),
    info(Action::Last, "last", "last", Group::Move).also("bottom end"),
    info(
        Action::DeleteBack,
        "delete_back",
        "delete backward",
        Group::Text,
    )
    .also("backspace"),
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
        Action::DeleteWordPart,
        "delete_word_part",
        "delete part of word",
        Group::Text,
    ),
    info(
        Action::DeleteWordForward,
        "delete_word_forward",
        "delete word forward",
        Group::Text,
    ),
    info(
        Action::DeleteLine,
        "delete_line",
        "delete to start",
        Group::Text,
    )
    .also("clear"),
    info(
        Action::DeleteToEnd,
        "delete_to_end",
        "delete to end",
        Group::Text,
    )
    .also("kill"),
    info(Action::CursorLeft, "cursor_left", "left", Group::Text).also("cursor"),
    info(Action::CursorRight, "cursor_right", "right", Group::Text).also("cursor"),
    info(Action::LineStart, "line_start", "go to start", Group::Text).also("cursor home"),
    info(Action::LineEnd, "line_end", "go to end", Group::Text).also("cursor"),
    info(Action::WordLeft, "word_left", "word left", Group::Text).also("cursor"),
    info(Action::WordRight, "word_right", "word right", Group::Text).also("cursor"),
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
        // `WordRight` is the last variant: there are as many rows as variants.
        assert_eq!(Action::WordRight as usize + 1, ACTIONS.len());
    }
}

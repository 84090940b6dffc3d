//! Every screen in every state, at three sizes; and the styles that the text does not show.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use crate::config::{Env, Settings};
use crate::domain::own::Own;
use crate::domain::region::{Region, Regions, choices};
use crate::domain::sign_in::{ConsoleStep, SignInPage, SignInStep};
use crate::domain::{CaptureStep, EntryId, Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::msg::{Facts, KnownRegions, Msg};
use crate::tui::sample;
use crate::tui::screens::confirm::{Confirm, Yes};
use crate::tui::screens::picker::{RowKey, list};
use crate::tui::screens::sign_in::{SignIn, SignInStage};
use crate::tui::state::State;
use crate::tui::theme::Theme;
use crate::tui::update::update;

mod columns;
mod dialogs;
mod fields;
mod mouse;
mod scroll;
mod wide;

const SIZES: [(u16, u16); 3] = [(100, 30), (80, 24), (40, 10)];

fn theme(pairs: &[(&str, &str)]) -> Theme {
    Theme::new(
        &pairs.iter().copied().collect::<Env>(),
        &Settings::default(),
    )
}

fn frame(state: &mut State, size: (u16, u16), theme: &Theme) -> Buffer {
    update(
        state,
        Msg::Resize {
            width: size.0,
            height: size.1,
        },
    );
    sample::drawn(state, theme).0
}

fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        for x in 0..buffer.area.width {
            line.push_str(buffer[(x, y)].symbol());
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// One snapshot: the state at all three sizes.
fn look(name: &str, state: State) {
    look_at(name, state, &SIZES);
}

/// One snapshot: the state at some sizes.
fn look_at(name: &str, mut state: State, sizes: &[(u16, u16)]) {
    let theme = theme(&[]);
    let mut all = String::new();
    for size in sizes.iter().copied() {
        all += &format!(
            "── {}×{}\n{}",
            size.0,
            size.1,
            text(&frame(&mut state, size, &theme))
        );
    }
    insta::with_settings!({snapshot_path => "../../../tests/snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!(name, all);
    });
}

fn key(mut state: State, actions: &[Action]) -> State {
    for action in actions {
        update(&mut state, Msg::Key(*action));
    }
    state
}

fn typed(mut state: State, text: &str) -> State {
    update(&mut state, Msg::Text(text.to_owned()));
    state
}

fn sign_in(stage: SignInStage) -> State {
    let mut state = sample::signing_in();
    if let Some(screen) = state.screen_mut::<SignIn>() {
        screen.stage = stage;
    }
    state
}

#[test]
fn picker() {
    look("picker-reading", sample::empty());
    look("picker-loaded", sample::loaded());
    look("picker-search", typed(sample::loaded(), "pay prod"));
    look("picker-no-match", typed(sample::loaded(), "zzz"));
    let mut two = sample::loaded();
    two.facts.sessions.push(sample::session("client", false));
    look("picker-two-portals", two);
    let mut state = sample::loaded();
    update(&mut state, Msg::Key(Action::Use));
    state.refreshing.insert("acme".into());
    look("picker-busy", state);
    let mut state = sample::loaded();
    update(
        &mut state,
        Msg::Failed(
            Problem::new(ProblemKind::Offline, "AWS could not be reached")
                .detail("no route to host")
                .hint("check the network, the VPN, and HTTPS_PROXY"),
        ),
    );
    look("picker-error", state);
    let mut state = sample::loaded();
    state.demo = true;
    let less = sample::listing(
        "acme",
        &[(
            "111111111111",
            "Payments Prod",
            &["AdministratorAccess", "Auditor"],
        )],
    );
    update(&mut state, Msg::Catalog(less));
    look("picker-new-and-lost", state);
    look("picker-failed-row", key(sample::loaded(), &[Action::Last]));
    let mut state = sample::loaded();
    state.pick_only = true;
    look("picker-of-a-command", state);
}

#[test]
fn picker_empty_and_signed_out() {
    let mut state = sample::empty();
    let sessions = vec![sample::session("acme", false)];
    update(
        &mut state,
        Msg::Facts(Ok(Facts {
            sessions,
            profiles: Vec::new(),
            ..Facts::default()
        })),
    );
    look("sign-in-first", key_free(&mut state));
    update(&mut state, Msg::Key(Action::Back));
    look("picker-signed-out", state);
    let mut state = sample::empty();
    let sessions = vec![sample::session("acme", true)];
    update(
        &mut state,
        Msg::Facts(Ok(Facts {
            sessions,
            profiles: Vec::new(),
            ..Facts::default()
        })),
    );
    look("picker-listing", key_free(&mut state));
    state.refreshing.clear();
    look("picker-empty", state);
}

/// The same state again, for a look in between.
fn key_free(state: &mut State) -> State {
    let mut copy = sample::empty();
    update(&mut copy, Msg::Facts(Ok(state.facts.clone())));
    copy
}

#[test]
fn signing_in() {
    look("sign-in-ready", sign_in(SignInStage::Ready));
    look("sign-in-registering", sign_in(SignInStage::Registering(1)));
    look("sign-in-code", sample::signing_in());
    let mut state = sample::signing_in();
    state.demo = true;
    update(
        &mut state,
        Msg::SignIn {
            ticket: 1,
            step: SignInStep::NotOpened("this is an SSH session".to_owned()),
        },
    );
    look("sign-in-code-demo-ssh", state);
    let page = |step| {
        let mut state = sample::signing_in();
        update(
            &mut state,
            Msg::SignIn {
                ticket: 1,
                step: SignInStep::Browser(sample::page()),
            },
        );
        update(&mut state, Msg::SignIn { ticket: 1, step });
        state
    };
    look("sign-in-browser", page(SignInStep::Opened));
    let why = "no browser is installed".to_owned();
    look(
        "sign-in-browser-not-opened",
        page(SignInStep::NotOpened(why)),
    );
    for (name, problem) in [
        (
            "denied",
            Problem::new(ProblemKind::AccessDenied, "the sign-in was denied")
                .hint("try again and allow it, or ask who administers the portal whether you may"),
        ),
        (
            "offline",
            Problem::new(ProblemKind::Offline, "AWS could not be reached")
                .detail("connection refused")
                .hint("check the network, the VPN, and HTTPS_PROXY"),
        ),
    ] {
        look(
            &format!("sign-in-{name}"),
            sign_in(SignInStage::Failed(problem)),
        );
    }
}

#[test]
fn a_long_address_leaves_room_for_the_code_and_its_end() {
    for size in [(80, 24), (40, 10)] {
        let mut state = sample::signing_in();
        if let Some(screen) = state.screen_mut::<SignIn>()
            && let SignInStage::Code { code, .. } = &mut screen.stage
        {
            code.verification_uri_complete += &"a".repeat(6_000);
        }
        let frame = text(&frame(&mut state, size, &theme(&[])));
        assert!(frame.contains("Approve only if"), "{frame}");
        assert!(frame.contains("10:00 left"), "{frame}");
    }
}

#[test]
fn onboarding_screens() {
    look("onboarding", sample::onboarding());
    let mut state = typed(sample::onboarding(), "https://acme.awsapps.com/start");
    update(&mut state, Msg::Key(Action::Accept));
    look("onboarding-looking", typed_nothing(&mut state));
    look("onboarding-region", sample::region_missing());
    look(
        "onboarding-regions",
        typed(sample::region_missing(), "eu-wst"),
    );
    let mut state = typed(sample::onboarding(), "nonsense");
    update(&mut state, Msg::Key(Action::Accept));
    let problem = Problem::new(ProblemKind::Usage, "\"nonsense\" is not a start URL")
        .detail("it has no host of a portal")
        .hint("it looks like https://d-1234567890.awsapps.com/start");
    let ticket = state.ticket;
    update(
        &mut state,
        Msg::RegionFound {
            ticket,
            result: Err(problem),
        },
    );
    look("onboarding-wrong", state);
}

fn console_sign_in(steps: Vec<ConsoleStep>) -> State {
    let mut state = sample::own();
    list::select(&mut state, &RowKey::Entry(EntryId::profile("console")));
    update(&mut state, Msg::Key(Action::SignInOut));
    update(&mut state, Msg::Key(Action::Accept));
    let ticket = state.ticket;
    for step in steps {
        update(&mut state, Msg::ConsoleSignIn { ticket, step });
    }
    state
}

fn console_page(is_elsewhere: bool) -> ConsoleStep {
    ConsoleStep::Page {
        page: SignInPage {
            url: "https://eu-west-1.signin.aws.amazon.com/v1/authorize?response_type=code&\
                  client_id=arn%3Aaws%3Asignin%3A%3A%3Adevtools%2Fcross-device&state=x&\
                  code_challenge_method=SHA-256&scope=openid&redirect_uri=https%3A%2F%2Feu-west-1\
                  .signin.aws.amazon.com%2Fv1%2Fsessions%2Fconfirmation&code_challenge=y"
                .to_owned(),
            portal_host: "eu-west-1.signin.aws.amazon.com".to_owned(),
            ..sample::page()
        },
        is_elsewhere,
        assumed_region: is_elsewhere.then(|| "us-east-1".to_owned()),
    }
}

#[test]
fn console_sign_ins() {
    let ready = |state: State| key(state, &[Action::ConsoleSignIn]);
    look("console-sign-in", ready(sample::loaded()));
    look(
        "console-sign-in-browser",
        console_sign_in(vec![console_page(false), ConsoleStep::Opened]),
    );
    let mut state = console_sign_in(vec![
        console_page(false),
        ConsoleStep::NotOpened("no display".to_owned()),
    ]);
    state.demo = true;
    look("console-sign-in-demo", state);
    let refused = Problem::new(ProblemKind::Usage, "this is not the text of a sign-in")
        .hint("copy the whole text that the last page of the sign-in shows");
    let elsewhere = || console_sign_in(vec![console_page(true)]);
    look(
        "console-sign-in-elsewhere",
        typed(elsewhere(), "c3RhdGU9eCZjb2RlPXk="),
    );
    look(
        "console-sign-in-refused",
        console_sign_in(vec![console_page(true), ConsoleStep::TextRefused(refused)]),
    );
    let wide = text(&frame(&mut elsewhere(), (150, 50), &theme(&[])));
    assert!(wide.contains('\u{2588}'), "a phone can scan it:\n{wide}");
    let mut state = console_sign_in(Vec::new());
    let ticket = state.ticket;
    let result = Err(Problem::new(
        ProblemKind::AccessDenied,
        "you signed in as 111122223333/jane, not as 555566667777/Ops",
    )
    .detail("nothing was changed")
    .hint("sign in again, and pick the session of 555566667777/Ops in the browser"));
    update(&mut state, Msg::ConsoleSignedIn { ticket, result });
    look("console-sign-in-other", state);
    let mut state = typed(
        sample::onboarding(),
        "https://aa-0123456789abcdef.account-access.eu-west-1.app.aws",
    );
    update(&mut state, Msg::Key(Action::Accept));
    let ticket = state.ticket;
    let url = "https://aa-0123456789abcdef.account-access.eu-west-1.app.aws".to_owned();
    let result = Err(Problem::new(
        ProblemKind::AccountAccess,
        format!("{url} belongs to an AWS account access manager, not to an access portal"),
    )
    .hint("run: roledex login --console"));
    update(&mut state, Msg::RegionFound { ticket, result });
    look("onboarding-account-access", state);
}

#[test]
fn the_reason_of_a_broken_profile_runs_on_to_the_end_of_its_row() {
    let mut state = sample::own();
    let reason = "its source_profile does not exist";
    let mut own: Vec<_> = state
        .catalog
        .own
        .values()
        .map(|own| Own::clone(own))
        .collect();
    own[0].trouble = Some(reason.into());
    state.catalog.set_own(own);
    list::rebuild(&mut state);
    let drawn = text(&frame(&mut state, (100, 20), &theme(&[])));
    assert!(drawn.contains(reason), "{drawn}");
    // The columns of the others stay.
    assert!(drawn.contains("Guarded (role)"), "{drawn}");
    let drawn = text(&frame(&mut state, (40, 20), &theme(&[])));
    assert!(drawn.contains("its source_profile"), "{drawn}");
    assert!(drawn.contains("…\n"), "{drawn}");
}

#[test]
fn a_code_is_asked_for() {
    let asked = |refused| {
        let mut state = sample::own();
        let id = EntryId::profile("guarded");
        state.picker.busy.insert(id.clone(), 77);
        let kind = ProblemKind::MfaNeeded {
            profile: "guarded".into(),
            device: "arn:aws:iam::111122223333:mfa/jane".into(),
            refused,
        };
        let (ticket, result) = (77, Err(Problem::new(kind, "a code")));
        update(&mut state, Msg::Used { ticket, id, result });
        state
    };
    look("mfa", typed(asked(false), "1234"));
    let mut state = asked(true);
    state.demo = true;
    look("mfa-refused", state);
}

fn typed_nothing(state: &mut State) -> State {
    let mut copy = typed(sample::onboarding(), "https://acme.awsapps.com/start");
    update(&mut copy, Msg::Key(Action::Accept));
    copy.now = state.now;
    copy
}

#[test]
fn help_and_questions() {
    look("help", key(sample::loaded(), &[Action::Help]));
    look(
        "help-search",
        typed(key(sample::loaded(), &[Action::Help]), "sub"),
    );
    look(
        "palette",
        key(sample::loaded(), &[Action::Palette, Action::Down]),
    );
    look(
        "help-nothing-selected",
        key(typed(sample::loaded(), "zzz"), &[Action::Help]),
    );
    look(
        "help-over-a-dialog",
        key(sample::signing_in(), &[Action::Help]),
    );
    let mut state = sample::loaded();
    state.open(Confirm {
        title: "Sign out of acme?".to_owned(),
        detail: "This revokes its token and removes its stored credentials and static keys."
            .to_owned(),
        yes: Yes::SignOut(sample::session("acme", true).portal),
    });
    look("confirm", state);
}

#[test]
fn portals_and_regions() {
    let mut state = sample::external();
    state.facts.sessions.push(sample::session("client", false));
    look("portals", key(state, &[Action::Portals]));
    let mut unused = sample::loaded();
    unused.facts.profiles.clear();
    look(
        "portal-edit",
        key(sample::loaded(), &[Action::Portals, Action::Edit]),
    );
    look(
        "portal-remove",
        key(unused, &[Action::Portals, Action::Remove]),
    );
    look(
        "portal-in-use",
        key(sample::loaded(), &[Action::Portals, Action::Remove]),
    );
    look("regions", choosing_region());
    look("regions-search", typed(choosing_region(), "europe"));
}

fn choosing_region() -> State {
    let mut state = key(sample::loaded(), &[Action::Region]);
    let known = KnownRegions {
        choices: choices(&["us-west-2".to_owned()], None),
        current: Some("eu-west-1".to_owned()),
        is_assumed: true,
    };
    let ticket = state.ticket;
    update(
        &mut state,
        Msg::Regions {
            ticket,
            result: Ok(known),
        },
    );
    state
}

fn without_browser(id: &str) -> State {
    let mut state = sample::external();
    let problem = Problem::new(ProblemKind::NoBrowser, "no browser was opened");
    update(
        &mut state,
        Msg::Console {
            id: id.parse().unwrap(),
            result: Err(problem.detail("no display")),
        },
    );
    state
}

#[test]
fn addresses() {
    look(
        "address-hidden",
        without_browser("ext:Partner Prod/210987654321/Operator"),
    );
    look("address-shown", address());
}

fn address() -> State {
    let mut state = without_browser("org:acme/111111111111/ReadOnlyAccess");
    let ticket = state.ticket;
    let address =
        "https://acme.awsapps.com/start/#/console?account_id=111111111111&role_name=ReadOnlyAccess";
    update(
        &mut state,
        Msg::ConsoleAddress {
            ticket,
            result: Ok(address.into()),
        },
    );
    state
}

#[test]
fn below_a_prompt() {
    let mut state = typed(sample::loaded(), "pay");
    state.inline = true;
    look("picker-below-a-prompt", state);
}

#[test]
fn hostile_names() {
    let mut state = sample::empty();
    let long = "x".repeat(200);
    let accounts: [(&str, &str, &[&str]); 6] = [
        (
            "666000000001",
            "\u{1b}[2J\u{1b}]0;owned\u{7}red \u{9b}31m",
            &["Admin"],
        ),
        ("666000000002", "two\nlines\r\n[default]", &["Admin"]),
        ("666000000003", "bidi \u{202e}gnp.exe\u{2066}x", &["Admin"]),
        ("666000000004", "👩‍👩‍👧‍👦 東京リージョン e\u{301}", &["Admin"]),
        ("666000000005", &long, &["Admin"]),
        ("666000000006", "", &["evil\n[default]\u{1b}[1m"]),
    ];
    update(&mut state, Msg::Catalog(sample::listing("acme", &accounts)));
    let sessions = vec![sample::session("acme", true)];
    update(
        &mut state,
        Msg::Facts(Ok(Facts {
            sessions,
            profiles: Vec::new(),
            ..Facts::default()
        })),
    );
    state.refreshing.clear();
    for size in SIZES {
        let buffer = frame(&mut state, size, &theme(&[]));
        let all = text(&buffer);
        assert!(
            !all.chars()
                .any(|c| c != '\n' && crate::domain::text::is_unsafe(c) && c != '\u{200d}'),
            "{all:?}"
        );
    }
    look("picker-hostile", state);
}

#[test]
fn too_small_is_one_line_and_no_panic() {
    for size in [(29, 10), (40, 5), (1, 1), (8, 2)] {
        for mut state in [sample::loaded(), sample::signing_in(), sample::onboarding()] {
            let _ = frame(&mut state, size, &theme(&[]));
        }
    }
    for width in 30..60 {
        for height in 6..14 {
            for mut state in [
                sample::loaded(),
                sample::signing_in(),
                sample::onboarding(),
                key(sample::loaded(), &[Action::Help]),
            ] {
                let _ = frame(&mut state, (width, height), &theme(&[]));
            }
        }
    }
}

/// The first cell with a text on it.
fn find<'a>(buffer: &'a Buffer, wanted: &str) -> &'a ratatui::buffer::Cell {
    for y in 0..buffer.area.height {
        let row: Vec<&str> = (0..buffer.area.width)
            .map(|x| buffer[(x, y)].symbol())
            .collect();
        for x in 0..row.len() {
            if row[x..].concat().starts_with(wanted) {
                return &buffer[(u16::try_from(x).unwrap(), y)];
            }
        }
    }
    panic!("{wanted:?} is not on screen");
}

#[test]
fn styles_carry_what_they_should() {
    let mut state = sample::loaded();
    let buffer = frame(&mut state, (100, 30), &theme(&[]));
    assert!(
        find(&buffer, "Data Lake")
            .modifier
            .contains(Modifier::REVERSED),
        "the selected row"
    );
    assert_eq!(find(&buffer, "59:01").fg, Color::Green);
    assert_eq!(find(&buffer, "12:34").fg, Color::Yellow);
    assert_eq!(find(&buffer, "expired").fg, Color::Red);
    let mut state = typed(sample::loaded(), "staging");
    let buffer = frame(&mut state, (80, 24), &theme(&[]));
    assert!(
        find(&buffer, "Staging")
            .modifier
            .contains(Modifier::UNDERLINED),
        "what matched"
    );
}

#[test]
fn the_mono_theme_sets_no_colour_at_all() {
    let mono = theme(&[("NO_COLOR", "1")]);
    for mut state in [
        sample::loaded(),
        sample::signing_in(),
        sample::onboarding(),
        key(sample::loaded(), &[Action::Palette]),
    ] {
        for size in SIZES {
            let buffer = frame(&mut state, size, &mono);
            assert!(
                buffer
                    .content
                    .iter()
                    .all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset)
            );
        }
    }
    let buffer = frame(&mut sample::loaded(), (80, 24), &mono);
    assert!(text(&buffer).contains('▌'), "the selection has a glyph");
}

#[test]
fn where_only_ascii_is_spoken_only_ascii_is_drawn() {
    let ascii = theme(&[("LANG", "C")]);
    let named = |mut state: State| {
        let label = crate::domain::label::Label {
            alias: Some("Prod".into()),
            tags: vec!["live".into()],
        };
        for account in ["111111111111", "210987654321"] {
            let label = std::sync::Arc::new(label.clone());
            state.catalog.labels.insert(account.parse().unwrap(), label);
        }
        state.guard = vec!["Prod".to_owned()];
        list::rebuild(&mut state);
        state
    };
    let mut states = vec![
        sample::loaded(),
        sample::signing_in(),
        sample::onboarding(),
        sample::region_missing(),
        sample::empty(),
        typed(sample::loaded(), "zzz"),
        capturing(CaptureStep::AskingPortal, None),
    ];
    // Every key of the list, which opens every screen that it leads to, on rows of each kind.
    for make in [sample::external, sample::own] {
        for action in crate::tui::action::ACTIONS.iter().map(|info| info.action) {
            for first in [Action::First, Action::Down, Action::Last] {
                states.push(key(named(make()), &[first, action]));
                states.push(key(named(make()), &[first, action, Action::Accept]));
                states.push(key(named(make()), &[first, action, Action::Yes]));
            }
        }
    }
    for mut state in states {
        for size in SIZES {
            let all = text(&frame(&mut state, size, &ascii));
            let other: String = all.chars().filter(|c| !c.is_ascii()).collect();
            assert_eq!(other, "", "{all}");
        }
    }
}

#[test]
fn an_empty_list_says_that_there_are_no_accounts_only_if_the_portal_said_so() {
    let shown = |events: Vec<crate::domain::CatalogEvent>| {
        let mut state = sample::empty();
        let facts = Facts {
            sessions: vec![sample::session("acme", true)],
            ..Facts::default()
        };
        update(&mut state, Msg::Facts(Ok(facts)));
        update(&mut state, Msg::Catalog(events));
        state.refreshing.clear();
        text(&frame(&mut state, (80, 24), &theme(&[])))
    };
    let none = "the portal lists no accounts for you";
    assert!(shown(sample::listing("acme", &[])).contains(none));
    let failed = crate::domain::CatalogEvent::Failed {
        portal: "acme".into(),
        problem: Problem::new(ProblemKind::Service, "AWS had trouble with the request"),
    };
    for events in [Vec::new(), vec![failed]] {
        let shown = shown(events);
        assert!(!shown.contains(none), "{shown}");
        assert!(
            shown.contains("your accounts are not listed yet"),
            "{shown}"
        );
    }
}

#[test]
fn a_list_of_regions_shows_that_there_are_more() {
    let mut state = typed(sample::region_missing(), "eu-");
    let shown = text(&frame(&mut state, (80, 24), &theme(&[])));
    assert!(shown.contains(" 1/13 "), "{shown}");
    let mut state = key(state, &[Action::Down, Action::Down, Action::Down]);
    let shown = text(&frame(&mut state, (80, 24), &theme(&[])));
    assert!(shown.contains(" 4/13 "), "{shown}");
    assert!(shown.contains("\u{2503}"), "{shown}");
}

#[test]
fn a_failure_shows_in_every_place() {
    let states: [fn() -> State; 4] = [
        sample::loaded,
        sample::signing_in,
        sample::onboarding,
        || key(sample::loaded(), &[Action::Help]),
    ];
    for make in states {
        let before = text(&frame(&mut make(), (80, 24), &theme(&[])));
        let mut state = make();
        update(
            &mut state,
            Msg::Failed(Problem::new(ProblemKind::Failed, "it broke").hint("mend it")),
        );
        let after = text(&frame(&mut state, (80, 24), &theme(&[])));
        assert_ne!(before, after);
        assert!(after.contains("it broke"), "{after}");
    }
}

fn capturing(step: CaptureStep, fell: Option<&str>) -> State {
    let mut state = key(sample::external(), &[Action::Last, Action::Use]);
    let ticket = state.ticket;
    if let Some(reason) = fell {
        let reason = reason.to_owned();
        update(
            &mut state,
            Msg::Capture {
                ticket,
                step: CaptureStep::MethodFailed { reason },
            },
        );
    }
    update(&mut state, Msg::Capture { ticket, step });
    state
}

fn choosing_role() -> State {
    let mut state = capturing(CaptureStep::AskingPortal, None);
    let role = |role: &str| crate::domain::AppRole {
        account: "210987654321".parse().unwrap(),
        role: role.into(),
    };
    let ticket = state.ticket;
    let roles = vec![role("Archivist"), role("Publisher")];
    update(
        &mut state,
        Msg::Captured {
            ticket,
            result: Ok(roles),
        },
    );
    state
}

#[test]
fn external_accounts() {
    look("external-list", sample::external());
    look(
        "external-unknown-roles",
        key(sample::external(), &[Action::Last]),
    );
    look(
        "external-portal",
        capturing(CaptureStep::AskingPortal, None),
    );
    look(
        "external-window",
        capturing(
            CaptureStep::Window,
            Some("the portal's own interface refuses this program"),
        ),
    );
    look(
        "external-loopback",
        capturing(
            CaptureStep::Loopback {
                url: "https://acme.awsapps.com/start/#/saml/custom/Lab/MTIz".to_owned(),
                not_opened: Some("this is an SSH session".to_owned()),
            },
            None,
        ),
    );
    look(
        "external-pasted",
        typed(
            capturing(CaptureStep::Silent, None),
            &"PHNhbWw+".repeat(900),
        ),
    );
    let mut state = capturing(CaptureStep::AskingPortal, None);
    let problem = Problem::new(
        ProblemKind::AccessDenied,
        "the app Vendor is not assigned to you, or was removed",
    )
    .detail("acme does not list this app for you")
    .hint("ask your administrator to assign it");
    let ticket = state.ticket;
    update(
        &mut state,
        Msg::Captured {
            ticket,
            result: Err(problem),
        },
    );
    look("external-failed", state);
    look("external-roles", choosing_role());
    let state = key(sample::loaded(), &[Action::AddApp]);
    look(
        "external-add",
        typed(
            state,
            "https://acme.awsapps.com/start/#/saml/default/External%20AWS%20Account/ins-0123456789abcdef",
        ),
    );
}

#[test]
fn views_pins_labels_and_guards() {
    let mut state = sample::external();
    let label = crate::domain::Label {
        alias: Some("money".into()),
        tags: vec!["pci".into(), "eu".into()],
    };
    let id = "111111111111".parse().unwrap();
    state.catalog.labels.insert(id, std::sync::Arc::new(label));
    state.guard = vec!["prod".to_owned()];
    update(&mut state, Msg::Catalog(Vec::new()));
    let state = key(state, &[Action::Down, Action::Pin]);
    look("labels-and-pins", typed(state, "pci"));
    look(
        "view-active",
        key(sample::external(), &[Action::PreviousView; 3]),
    );
    look(
        "view-empty",
        key(sample::external(), &[Action::PreviousView; 2]),
    );
}

#[test]
fn groups() {
    let state = key(
        sample::external(),
        &[Action::Group, Action::First, Action::Use],
    );
    look("groups-by-account", state);
}

#[test]
fn details_tell_an_assumed_region_before_there_is_a_profile() {
    for (query, is_assumed) in [("data lake", true), ("break-glass", false)] {
        let mut typed = typed(sample::own(), query);
        typed.size = (100, 30);
        typed.facts.regions = Regions::new(move |_| {
            Some(Region {
                name: "eu-west-1".to_owned(),
                is_assumed,
            })
        });
        let screen = text(&frame(&mut typed, (100, 30), &theme(&[])));
        assert!(screen.contains("region     eu-west-1"), "{screen}");
        assert_eq!(screen.contains("(assumed)"), is_assumed, "{screen}");
    }
}

#[test]
fn the_head_of_a_group_shows_its_portal() {
    let mut state = sample::loaded();
    state.facts.sessions.push(sample::session("client", false));
    let mut state = key(state, &[Action::Group]);
    let screen = text(&frame(&mut state, (80, 24), &theme(&[])));
    let head = screen.lines().find(|line| line.contains("Data Lake"));
    let head = head.unwrap();
    assert!(
        head.contains("acme") && head.contains("333333333333"),
        "{head}"
    );
}

fn changing_settings() -> State {
    use crate::domain::setting::{SETTINGS, SettingRow};
    let mut state = key(sample::loaded(), &[Action::Settings]);
    let row = |setting: &crate::domain::setting::Setting| SettingRow {
        setting: *setting,
        value: (setting.key == "default_region").then(|| "eu-central-1".to_owned()),
    };
    let rows = SETTINGS.iter().map(row).collect();
    update(&mut state, Msg::Settings(Ok(rows)));
    state
}

#[test]
fn settings() {
    look("settings", key(changing_settings(), &[Action::Down; 2]));
}

/// A plan of every change, for guarded entries, too.
fn plan() -> crate::domain::sync::SyncPreview {
    use crate::domain::sync::{Difference, SyncChange, SyncPreview, SyncRow};
    let row = |name: &str, entry: &str, change| SyncRow {
        name: name.to_owned(),
        entry: entry.parse().unwrap(),
        change,
        differences: Vec::new(),
    };
    let mut changed = row(
        "prod-read",
        "org:acme/111111111111/ReadOnlyAccess",
        SyncChange::Changed,
    );
    changed.differences = vec![Difference {
        key: "region",
        before: Some("eu-central-1".to_owned()),
        after: Some("eu-west-1".to_owned()),
    }];
    SyncPreview {
        rows: vec![
            row(
                "AdministratorAccess-111111111111",
                "org:acme/111111111111/AdministratorAccess",
                SyncChange::New,
            ),
            row(
                "AdministratorAccess-222222222222",
                "org:acme/222222222222/AdministratorAccess",
                SyncChange::New,
            ),
            changed,
            row(
                "ReadOnlyAccess-333333333333",
                "org:acme/333333333333/ReadOnlyAccess",
                SyncChange::Unchanged,
            ),
            row("gone", "org:acme/333333333333/Auditor", SyncChange::Removed),
        ],
        warnings: Vec::new(),
    }
}

fn planned(preview: crate::domain::sync::SyncPreview) -> State {
    let mut state = sample::loaded();
    state.guard = vec!["*prod".to_owned()];
    let mut state = key(state, &[Action::Sync]);
    let ticket = state.ticket;
    let result = Ok(preview);
    update(&mut state, Msg::SyncPlanned { ticket, result });
    state
}

#[test]
fn sync() {
    look("sync-planning", key(sample::loaded(), &[Action::Sync]));
    look("sync", planned(plan()));
    let changed = key(planned(plan()), &[Action::Down, Action::Tick, Action::Down]);
    look("sync-changed", changed);
    look("sync-question", key(planned(plan()), &[Action::Accept]));
    let mut nothing = plan();
    nothing
        .rows
        .retain(|row| row.change == crate::domain::sync::SyncChange::Unchanged);
    look("sync-nothing", planned(nothing));
}

#[test]
fn the_active_view_shows_what_ends_and_the_sessions() {
    let mut state = sample::loaded();
    state.facts.sessions.push(sample::session("client", false));
    let facts = state.facts.clone();
    update(&mut state, Msg::Facts(Ok(facts)));
    let state = key(state, &[Action::PreviousView; 3]);
    look("active", key(state, &[Action::Last]));
    let mut behind_mfa = sample::own();
    let ends = [
        ("break-glass", 40_000),
        ("guarded", 40_000),
        ("console", -5),
    ];
    let ends = ends.map(|(name, left)| (EntryId::profile(name), sample::at(left)));
    behind_mfa.facts.mfa_ends = ends.into();
    let validity = crate::domain::credentials::Validity {
        expires_at: sample::at(1_900),
        obtained_at: Some(sample::at(-1_700)),
    };
    let own = [(EntryId::profile("break-glass"), validity)];
    behind_mfa.facts.own_validities = own.into();
    let facts = behind_mfa.facts.clone();
    update(&mut behind_mfa, Msg::Facts(Ok(facts)));
    look("active-mfa", key(behind_mfa, &[Action::PreviousView; 3]));
    let mut alone = sample::loaded();
    alone.facts.profiles.clear();
    let facts = alone.facts.clone();
    update(&mut alone, Msg::Facts(Ok(facts)));
    look("active-none", key(alone, &[Action::PreviousView; 3]));
}

#[test]
fn messages_and_this_shell() {
    look("messages", messages());
    let mut state = sample::loaded();
    state.here = Some("org:acme/333333333333/ReadOnlyAccess".parse().unwrap());
    state.here_until = Some(sample::at(2_520));
    look("picker-this-shell", key(state, &[Action::Here]));
}

fn messages() -> State {
    let mut state = sample::loaded();
    update(&mut state, Msg::Key(Action::Pin));
    update(
        &mut state,
        Msg::Failed(
            Problem::new(ProblemKind::Offline, "AWS could not be reached")
                .detail("no route to host")
                .hint("check the network, the VPN, and HTTPS_PROXY"),
        ),
    );
    update(&mut state, Msg::Tick(sample::at(90)));
    key(state, &[Action::Messages])
}

#[test]
fn as_many_columns_as_there_is_room_for() {
    let wide = [(200, 14), (130, 14), (60, 14), (40, 14), (30, 6)];
    let mut state = sample::loaded();
    state.facts.sessions.push(sample::session("client", false));
    state.guard = vec!["*prod".to_owned()];
    look_at("columns", state, &wide);
    let mut state = sample::loaded();
    let more = [("999999999999", "Payments Prod", &["ReadOnlyAccess"][..])];
    update(&mut state, Msg::Catalog(sample::listing("client", &more)));
    look_at("columns-namesakes", state, &wide);
    let state = key(sample::loaded(), &[Action::Group, Action::Group]);
    look("groups-by-portal", state);
    look("details-over-the-list", {
        let mut state = sample::loaded();
        state.size = (80, 24);
        key(state, &[Action::ToggleDetails])
    });
}

/// Every screen in front of the list.
fn dialogs() -> Vec<(&'static str, State)> {
    let one = |action| key(sample::loaded(), &[action]);
    let mut details = sample::loaded();
    details.size = (40, 10);
    vec![
        ("sign-in", sample::signing_in()),
        ("console sign-in", console_sign_in(vec![console_page(true)])),
        ("add a portal", one(Action::AddPortal)),
        ("add an app", one(Action::AddApp)),
        ("help", one(Action::Help)),
        ("portals", one(Action::Portals)),
        ("region", choosing_region()),
        ("settings", changing_settings()),
        ("sync", planned(plan())),
        ("messages", messages()),
        ("address", address()),
        ("details", key(details, &[Action::ToggleDetails])),
    ]
}

#[test]
fn a_message_covers_no_dialog() {
    let theme = theme(&[]);
    for size in SIZES {
        for (name, mut state) in dialogs() {
            state.size = size;
            state.toasts.clear();
            let long = "the profile of a very long name ".repeat(4);
            state.notify(crate::tui::state::Tone::Note, format!("it said {long}"));
            let screen = text(&frame(&mut state, size, &theme));
            let rows: Vec<&str> = screen.lines().collect();
            if name == "address" && size == (80, 24) {
                // The code in it needs every row.
                assert!(
                    rows[22].starts_with("\u{2570}\u{2500} \u{276f} it said"),
                    "{screen}"
                );
                continue;
            }
            let message = rows.iter().rposition(|row| row.starts_with(" ❯ it said"));
            let message = message.unwrap_or_else(|| panic!("{name}: {screen}"));
            let corner = rows.iter().position(|row| row.contains('╰'));
            let corner = corner.unwrap_or_else(|| panic!("{name}: {screen}"));
            assert!(corner < message, "{name}: {screen}");
            assert!(rows[corner].contains('╯'), "{name}: {screen}");
            if size.1 == 10 {
                assert_eq!(message, 8, "{name}: one row\n{screen}");
            }
        }
    }
}

#[test]
fn a_dialog_dims_the_list_and_offers_the_way_back() {
    let theme = theme(&[]);
    for (name, mut state) in dialogs() {
        let buffer = frame(&mut state, (100, 30), &theme);
        let cell = &buffer[(1, 0)];
        assert_eq!(cell.symbol(), "r", "{name}: the list is there");
        assert_eq!(Some(cell.fg), theme.dim.fg, "{name}");
        let screen = text(&frame(&mut state, (40, 10), &theme));
        let footer = screen.lines().last().unwrap();
        assert!(footer.contains("Esc "), "{name}: {screen}");
    }
}

#[test]
fn a_bar_below_a_dialog_is_no_bright_block() {
    let theme = theme(&[]);
    let mut state = key(sample::loaded(), &[Action::PreviousView; 3]);
    let bar = |screen: &str| screen.contains(theme.glyphs.full);
    assert!(bar(&text(&frame(&mut state, (100, 30), &theme))));
    let mut state = key(state, &[Action::Settings]);
    let screen = text(&frame(&mut state, (100, 30), &theme));
    assert!(!bar(&screen), "{screen}");
}

#[test]
fn help_on_a_small_screen_tells_why_not() {
    let mut state = typed(sample::loaded(), "zzz");
    state.size = (40, 10);
    let mut state = key(state, &[Action::Palette, Action::First]);
    let screen = text(&frame(&mut state, (40, 10), &theme(&[])));
    assert!(screen.contains("╰─ no entry selected ─"), "{screen}");
}

#[test]
fn what_was_pasted_is_told_on_a_small_screen_below_a_long_problem() {
    let mut state = capturing(CaptureStep::Silent, None);
    let problem = Problem::new(ProblemKind::Failed, "the portal answered ".repeat(9))
        .hint("to see what it answered, run the command again with --verbose ".repeat(4));
    let (ticket, result) = (state.ticket, Err(problem));
    update(&mut state, Msg::Captured { ticket, result });
    let mut state = typed(state, &"PHNhbWw+".repeat(900));
    for size in SIZES {
        let screen = text(&frame(&mut state, size, &theme(&[])));
        assert!(screen.contains("7,200 characters pasted."), "{screen}");
        assert!(screen.contains("the portal answered"), "{screen}");
    }
}

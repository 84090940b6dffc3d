//! States for the tests of reducer and screens: fixed time, fixed ids.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::action::Action;
use super::frame::Frame;
use super::keymap::Keymap;
use super::msg::{Effect, Facts, Msg, Reread};
use super::screens::picker::{Row, list};
use super::screens::sign_in::{SignIn, SignInStage};
use super::sheet::Sheet;
use super::state::State;
use super::theme::Theme;
use super::update::update;
use super::view::draw;
use crate::domain::catalog::Account;
use crate::domain::own::{Own, Via};
use crate::domain::portal::{PortalSession, StartUrlFound};
use crate::domain::profile::{ManagedProfile, Mode, Used};
use crate::domain::sign_in::{SignInCode, SignInMethod, SignInPage};
use crate::domain::{
    App, AppRole, Catalog, CatalogEvent, EntryId, Item, Method, Portal, Problem, ProblemKind,
};

/// 2026-11-21T02:09:49Z.
pub(super) const NOW: i64 = 1_795_226_989;

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW + seconds).unwrap()
}

/// Before anything is known.
pub(super) fn empty() -> State {
    let keymap = Keymap::new(&[]).unwrap();
    State::new(keymap, at(0), (100, 30), "")
}

pub(super) fn session(name: &str, signed_in: bool) -> PortalSession {
    PortalSession {
        portal: Portal {
            name: name.into(),
            start_url: format!("https://{name}.awsapps.com/start"),
            region: "eu-west-1".to_owned(),
            scopes: Vec::new(),
        },
        signed_in,
        expires_at: signed_in.then(|| at(7 * 3_600 + 300)),
        ends_at: signed_in.then(|| at(90 * 86_400)),
        saved_at: None,
        sign_in: 0,
    }
}

pub(super) fn code() -> SignInCode {
    SignInCode {
        user_code: "ABCD-EFGH".to_owned(),
        verification_uri: "https://device.sso.eu-west-1.amazonaws.com/".to_owned(),
        verification_uri_complete:
            "https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH".to_owned(),
        portal_host: "acme.awsapps.com".to_owned(),
        expires_at: at(600),
    }
}

pub(super) fn page() -> SignInPage {
    SignInPage {
        url: "https://oidc.eu-west-1.amazonaws.com/authorize?response_type=code&client_id=4f5e6d7c8b9a&\
              redirect_uri=http%3A%2F%2F127.0.0.1%3A40513%2Foauth%2Fcallback&state=x&\
              code_challenge_method=S256&scopes=sso%3Aaccount%3Aaccess&code_challenge=y"
            .to_owned(),
        portal_host: "acme.awsapps.com".to_owned(),
        expires_at: at(600),
    }
}

/// The events of a complete listing.
pub(super) fn listing(portal: &str, accounts: &[(&str, &str, &[&str])]) -> Vec<CatalogEvent> {
    let portal: Arc<str> = portal.into();
    let mut events = vec![CatalogEvent::Started {
        portal: Arc::clone(&portal),
    }];
    for (id, name, roles) in accounts {
        let id = id.parse().unwrap();
        let email = format!("aws+{}@example.com", name.to_lowercase().replace(' ', "-"));
        let account = Account {
            id,
            name: (*name).into(),
            email: email.into(),
        };
        events.push(CatalogEvent::Accounts {
            portal: Arc::clone(&portal),
            accounts: vec![account],
        });
        let roles = Ok(roles.iter().map(|role| Arc::from(*role)).collect());
        events.push(CatalogEvent::Roles {
            portal: Arc::clone(&portal),
            account: id,
            roles,
        });
    }
    events.push(CatalogEvent::Finished {
        portal,
        at: at(-10_800),
    });
    events
}

/// Two portals, one of them signed out; profiles that are fresh, nearly over, and over; an account
/// whose roles failed.
pub(super) fn loaded() -> State {
    let mut state = empty();
    let mut events = listing(
        "acme",
        &[
            (
                "111111111111",
                "Payments Prod",
                &["AdministratorAccess", "ReadOnlyAccess"],
            ),
            (
                "222222222222",
                "Payments Staging",
                &["AdministratorAccess", "PowerUserAccess"],
            ),
            ("333333333333", "Data Lake", &["ReadOnlyAccess"]),
            ("444444444444", "Sandbox", &["AdministratorAccess"]),
        ],
    );
    let failed = CatalogEvent::Roles {
        portal: "acme".into(),
        account: "444444444444".parse().unwrap(),
        roles: Err(
            Problem::new(ProblemKind::Service, "AWS had trouble with the request")
                .detail("HTTP 500")
                .hint("try again in a moment"),
        ),
    };
    events.insert(events.len() - 1, failed);
    let sessions = vec![session("acme", true)];
    update(&mut state, Msg::Catalog(events));
    let profile = |id: &str, name: &str, left: i64| ManagedProfile {
        is_main: true,
        is_region_assumed: false,
        obtained_at: None,
        name: name.to_owned(),
        entry: id.parse::<EntryId>().unwrap(),
        mode: Mode::Sso,
        expires_at: Some(at(left)),
        region: Some("eu-central-1".to_owned()),
    };
    let profiles = vec![
        profile(
            "org:acme/222222222222/PowerUserAccess",
            "PowerUserAccess-222222222222",
            -60,
        ),
        profile("org:acme/111111111111/ReadOnlyAccess", "prod-read", 754),
        profile(
            "org:acme/111111111111/AdministratorAccess",
            "AdministratorAccess-111111111111",
            3_541,
        ),
    ];
    update(
        &mut state,
        Msg::Facts(Ok(Facts {
            sessions,
            profiles,
            ..Facts::default()
        })),
    );
    state.refreshing.clear();
    state
}

/// An app of the portal acme.
pub(super) fn app(name: &str) -> App {
    App {
        name: name.into(),
        url: "https://acme.awsapps.com/start/#/saml/default/Partner/ins-0123456789abcdef"
            .to_owned(),
        portal: Some("acme".into()),
        method: Method::Auto,
        duration_seconds: None,
        port: None,
    }
}

/// Two external accounts beside the others: one with known roles, one without.
pub(super) fn external() -> State {
    let mut state = loaded();
    let facts = Facts {
        apps: vec![app("Partner Prod"), app("Vendor")],
        ..state.facts.clone()
    };
    update(&mut state, Msg::Facts(Ok(facts)));
    let role = |role: &str| AppRole {
        account: "210987654321".parse().unwrap(),
        role: role.into(),
    };
    let event = CatalogEvent::App {
        app: "Partner Prod".into(),
        roles: vec![role("Operator"), role("Auditor")],
        at: at(-60),
    };
    update(&mut state, Msg::Catalog(vec![event]));
    state
}

/// Own profiles beside the others: one with a console session, two with roles behind an MFA device.
pub(super) fn own() -> State {
    let mut state = loaded();
    let own = |name: &str, via, role: &str| Own {
        name: name.into(),
        via,
        account: Some("555566667777".parse().unwrap()),
        role: Some(role.into()),
        leads_to: None,
        asks_for: None,
        trouble: None,
    };
    state.catalog.set_own(vec![
        own("console", Via::Login, "Ops"),
        own("break-glass", Via::Role, "Break-Glass"),
        own("guarded", Via::Role, "Guarded"),
    ]);
    list::rebuild(&mut state);
    state
}

/// A sign-in with a code that waits for the user.
pub(super) fn signing_in() -> State {
    let mut state = loaded();
    let stage = SignInStage::Code {
        ticket: 1,
        code: code(),
        browser: Some(Ok(())),
    };
    let screen = SignIn {
        portal: session("acme", false).portal,
        stage,
        method: SignInMethod::Auto,
        then: None,
    };
    state.open(screen);
    state
}

/// The first screen of a home without a portal.
pub(super) fn onboarding() -> State {
    let mut state = empty();
    update(&mut state, Msg::Facts(Ok(Facts::default())));
    state
}

/// The address of a portal is known, but its region is not.
pub(super) fn region_missing() -> State {
    let mut state = onboarding();
    type_in(&mut state, "https://acme.awsapps.com/start");
    press(&mut state, Action::Accept);
    let found = StartUrlFound {
        url: "https://acme.awsapps.com/start".to_owned(),
        region: None,
        problem: None,
    };
    let ticket = state.ticket;
    update(
        &mut state,
        Msg::RegionFound {
            ticket,
            result: Ok(found),
        },
    );
    state
}

/// Presses a key.
pub(super) fn press(state: &mut State, action: Action) -> Vec<Effect> {
    update(state, Msg::Key(action))
}

/// Answers a reload: the files say what they said before.
pub(super) fn reread(state: &mut State, effects: &[Effect]) -> Vec<Effect> {
    let [Effect::ReadAgain(lists)] = effects else {
        panic!("{effects:?}")
    };
    let configured = Catalog {
        portals: BTreeMap::new(),
        apps: BTreeMap::new(),
        ..state.catalog.clone()
    };
    let read = Reread {
        facts: state.facts.clone(),
        configured,
    };
    update(
        state,
        Msg::Reread {
            lists: lists.clone(),
            result: Ok(Box::new(read)),
        },
    )
}

/// Types a text.
pub(super) fn type_in(state: &mut State, text: &str) {
    update(state, Msg::Text(text.to_owned()));
}

/// The selected entry.
pub(super) fn selected(state: &State) -> EntryId {
    match state.selected() {
        Some(Row::Item(Item::Entry(entry))) => entry.id.clone(),
        other => panic!("{other:?}"),
    }
}

/// A problem with a hint.
pub(super) fn problem(kind: ProblemKind) -> Problem {
    Problem::new(kind, "it failed").hint("do something")
}

/// The answer to the use of an entry, with a warning.
pub(super) fn used(id: &EntryId) -> Used {
    Used {
        is_region_assumed: false,
        profile: "p".to_owned(),
        entry: id.clone(),
        mode: Some(Mode::Sso),
        expires_at: Some(Timestamp::from_second(NOW + 3_600).unwrap()),
        region: None,
        warnings: vec!["shadowed".to_owned()],
    }
}

/// Answers the question with this effect with a problem.
pub(super) fn fails(state: &mut State, effects: &[Effect], problem: &Problem) {
    for effect in effects {
        if let Effect::Use { ticket, id, .. } | Effect::Refresh { ticket, id } = effect {
            let (ticket, id) = (*ticket, id.clone());
            let result = Err(problem.clone());
            update(state, Msg::Used { ticket, id, result });
        }
    }
}

/// The cells of a frame of the state's size, and the cursor.
pub(super) fn drawn(state: &State, theme: &Theme) -> (Buffer, Option<Position>) {
    let mut sheet = Sheet::new(state.size);
    sheet.wipe(theme.base);
    let mut frame = Frame::new(&mut sheet);
    draw(state, theme, &mut frame);
    let cursor = frame.cursor();
    sheet.finish();
    (sheet.buffer().clone(), cursor)
}

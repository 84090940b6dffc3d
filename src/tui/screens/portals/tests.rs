//! Given a state, when messages come, then facts and effects.

use crate::domain::{InputField, ProblemKind};
use crate::tui::action::Action;
use crate::tui::msg::{Effect, Msg};
use crate::tui::sample;
use crate::tui::sample::{press, problem, type_in};
use crate::tui::state::{Overlay, State};
use crate::tui::update::update;

/// Opens the list of portals of a state with two of them and an app.
fn portals() -> State {
    let mut state = sample::external();
    state.facts.sessions.push(sample::session("client", false));
    press(&mut state, Action::Portals);
    state
}

#[test]
fn portals_are_signed_in_to_listed_and_removed_one_by_one() {
    let mut state = portals();
    let acme = sample::session("acme", true).portal;
    let effects = press(&mut state, Action::Reload);
    let effects = sample::reread(&mut state, &effects);
    assert!(effects.contains(&Effect::Discover(acme.clone())));
    press(&mut state, Action::SignInOut);
    assert_eq!(
        press(&mut state, Action::Yes),
        [Effect::SignOut(acme.clone())]
    );
    // It is not asked for what cannot be done.
    press(&mut state, Action::Remove);
    assert!(matches!(state.overlays[..], [Overlay::Portals(_)]));
    let said = &state.toasts.last().unwrap().text;
    assert_eq!(said, "3 profiles use the portal acme");
    state.facts.profiles.clear();
    press(&mut state, Action::Remove);
    assert!(
        matches!(state.overlays.last(), Some(Overlay::Confirm(question))
            if question.detail.contains("2 of your apps")),
        "{:?}",
        state.overlays
    );
    assert_eq!(
        press(&mut state, Action::Yes),
        [Effect::RemovePortal("acme".into())]
    );
    press(&mut state, Action::Down);
    press(&mut state, Action::SignInOut);
    assert!(
        matches!(state.overlays.last(), Some(Overlay::SignIn(screen)) if &*screen.portal.name == "client")
    );
    press(&mut state, Action::Back);
    press(&mut state, Action::Down);
    press(&mut state, Action::Remove);
    assert_eq!(
        press(&mut state, Action::Yes),
        [Effect::RemoveApp("Partner Prod".into())]
    );
    update(
        &mut state,
        Msg::PortalRemoved {
            name: "acme".into(),
            result: Ok(Vec::new()),
        },
    );
    assert!(state.catalog.portals.is_empty());
    press(&mut state, Action::Accept);
    assert!(state.overlays.is_empty());
    assert_eq!(state.picker.query.text(), "app:^Partner\\ Prod$ ");
}

#[test]
fn a_portal_is_edited_and_a_wrong_region_loses_nothing() {
    let mut state = portals();
    press(&mut state, Action::Edit);
    press(&mut state, Action::DeleteLine);
    assert_eq!(press(&mut state, Action::Accept), [], "no region");
    type_in(&mut state, "eu-wset-1");
    press(&mut state, Action::Down);
    type_in(&mut state, "sso:account:access, codewhisperer:completions,");
    let effects = press(&mut state, Action::Accept);
    let [
        Effect::EditPortal {
            ticket,
            name,
            region,
            scopes,
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((&**name, region.as_str()), ("acme", "eu-wset-1"));
    assert_eq!(
        scopes[..],
        ["sso:account:access", "codewhisperer:completions"]
    );
    update(
        &mut state,
        Msg::PortalEdited {
            ticket: *ticket,
            result: Err(problem(ProblemKind::Usage).of_field(InputField::Region)),
        },
    );
    let Some(Overlay::EditPortal(screen)) = state.overlays.last() else {
        panic!()
    };
    assert!(screen.form.problem.is_some());
    assert_eq!(screen.form.fields[0].text(), "eu-wset-1");
    assert_eq!(screen.form.focus, 0, "it is the region that was refused");
    let effects = press(&mut state, Action::Accept);
    let [Effect::EditPortal { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let result = Ok((sample::session("acme", true).portal, Vec::new()));
    assert_eq!(
        update(&mut state, Msg::PortalEdited { ticket, result }),
        [Effect::LoadFacts]
    );
    assert!(matches!(state.overlays[..], [Overlay::Portals(_)]));
}

#[test]
fn what_is_saved_after_the_form_was_closed_is_told() {
    let saved = Ok((sample::session("acme", true).portal, Vec::new()));
    for (result, told) in [
        (saved, "saved the portal acme".to_owned()),
        (
            Err(problem(ProblemKind::Failed)),
            problem(ProblemKind::Failed).to_string(),
        ),
    ] {
        let mut state = portals();
        press(&mut state, Action::Edit);
        let effects = press(&mut state, Action::Accept);
        let [Effect::EditPortal { ticket, .. }] = effects[..] else {
            panic!("{effects:?}")
        };
        press(&mut state, Action::Back);
        assert!(matches!(state.overlays[..], [Overlay::Portals(_)]));
        let msg = Msg::PortalEdited { ticket, result };
        assert_eq!(update(&mut state, msg), [Effect::LoadFacts]);
        assert_eq!(state.toasts.last().map(|toast| &*toast.text), Some(&*told));
    }
}

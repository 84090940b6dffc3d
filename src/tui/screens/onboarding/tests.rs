//! Given a state, when messages come, then facts and effects.

use crate::domain::portal::StartUrlFound;
use crate::domain::{InputField, Method, ProblemKind};
use crate::tui::Outcome;
use crate::tui::action::Action;
use crate::tui::form::Form;
use crate::tui::msg::{Effect, Facts, Msg};
use crate::tui::sample;
use crate::tui::sample::{press, problem, type_in};
use crate::tui::screens::onboarding::Onboarding;
use crate::tui::screens::sign_in::{SignIn, SignInStage};
use crate::tui::state::Overlay;
use crate::tui::update::update;

#[test]
fn without_a_portal_the_first_thing_is_onboarding() {
    let mut state = sample::empty();
    assert_eq!(update(&mut state, Msg::Facts(Ok(Facts::default()))), []);
    assert!(matches!(
        state.overlays[..],
        [Overlay::Onboarding(Onboarding {
            first_run: true,
            form: Form { shown: 1, .. },
            ..
        })]
    ));
    assert_eq!(
        press(&mut state, Action::Accept),
        [],
        "nothing is asked without a URL"
    );
    type_in(&mut state, "https://acme.awsapps.com/start\n");
    let effects = press(&mut state, Action::Accept);
    let [Effect::FindRegion { ticket, url }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(url, "https://acme.awsapps.com/start");
    let found = StartUrlFound {
        url: url.clone(),
        region: None,
        problem: None,
    };
    update(
        &mut state,
        Msg::RegionFound {
            ticket: *ticket,
            result: Ok(found),
        },
    );
    assert_eq!(
        press(&mut state, Action::Accept),
        [],
        "the region is still missing"
    );
    type_in(&mut state, "eu-west-1");
    let effects = press(&mut state, Action::Accept);
    let [
        Effect::AddPortal {
            ticket,
            name,
            region,
            ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((name.as_str(), region.as_str()), ("acme", "eu-west-1"));
    let portal = sample::session("acme", true).portal;
    assert_eq!(
        update(
            &mut state,
            Msg::PortalAdded {
                ticket: *ticket,
                result: Ok(portal)
            }
        ),
        [Effect::LoadFacts]
    );
    assert!(matches!(
        state.overlays[..],
        [Overlay::SignIn(SignIn {
            stage: SignInStage::Ready,
            ..
        })]
    ));
}

#[test]
fn escape_goes_back_to_the_address_and_then_quits() {
    let mut state = sample::empty();
    update(&mut state, Msg::Facts(Ok(Facts::default())));
    let link = "https://acme.awsapps.com/start/#/saml/default/Partner/ins-0123456789abcdef";
    type_in(&mut state, link);
    for _ in 0..2 {
        let effects = press(&mut state, Action::Accept);
        let [Effect::FindRegion { ticket, .. }] = effects[..] else {
            panic!("{effects:?}")
        };
        let found = StartUrlFound {
            url: "https://acme.awsapps.com/start".to_owned(),
            region: Some("eu-west-1".to_owned()),
            problem: None,
        };
        let result = Ok(found);
        update(&mut state, Msg::RegionFound { ticket, result });
        assert!(
            state
                .front()
                .hints(&state)
                .contains(&(Action::Back, "back"))
        );
        assert_eq!(press(&mut state, Action::Back), []);
        let Some(Overlay::Onboarding(screen)) = state.overlays.last() else {
            panic!("{:?}", state.overlays)
        };
        assert_eq!(screen.form.shown, 1);
        assert_eq!(screen.form.text(0), "https://acme.awsapps.com/start");
        assert_eq!(screen.tile.as_deref(), Some(link), "its app is still added");
    }
    assert!(
        state
            .front()
            .hints(&state)
            .contains(&(Action::Back, "quit"))
    );
    assert_eq!(
        press(&mut state, Action::Back),
        [Effect::Finish(Outcome::Quit)]
    );
}

#[test]
fn a_wrong_url_loses_nothing() {
    let mut state = sample::empty();
    update(&mut state, Msg::Facts(Ok(Facts::default())));
    type_in(&mut state, "nonsense");
    let effects = press(&mut state, Action::Accept);
    let [Effect::FindRegion { ticket, .. }] = effects[..] else {
        panic!()
    };
    update(
        &mut state,
        Msg::RegionFound {
            ticket,
            result: Err(problem(ProblemKind::Usage)),
        },
    );
    let Some(Overlay::Onboarding(screen)) = state.overlays.last() else {
        panic!()
    };
    assert!(screen.form.problem.is_some());
    assert_eq!(screen.form.fields[0].text(), "nonsense");
}

#[test]
fn a_tiles_link_in_place_of_the_portals_address_adds_both() {
    let mut state = sample::empty();
    update(&mut state, Msg::Facts(Ok(Facts::default())));
    let link = "https://acme.awsapps.com/start/#/saml/default/Partner/ins-0123456789abcdef";
    type_in(&mut state, link);
    let effects = press(&mut state, Action::Accept);
    let [Effect::FindRegion { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let found = StartUrlFound {
        url: "https://acme.awsapps.com/start".to_owned(),
        region: Some("eu-west-1".to_owned()),
        problem: None,
    };
    update(
        &mut state,
        Msg::RegionFound {
            ticket,
            result: Ok(found),
        },
    );
    let effects = press(&mut state, Action::Accept);
    let [Effect::AddPortal { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let portal = sample::session("acme", false).portal;
    let effects = update(
        &mut state,
        Msg::PortalAdded {
            ticket,
            result: Ok(portal),
        },
    );
    let [
        Effect::LoadFacts,
        Effect::AddApp {
            ticket,
            url,
            name: None,
            method: Method::Auto,
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(url, link);
    let effects = update(
        &mut state,
        Msg::AppAdded {
            ticket: *ticket,
            result: Ok(sample::app("Partner")),
        },
    );
    assert_eq!(effects, [Effect::LoadFacts]);
}

#[test]
fn a_region_is_chosen_from_those_that_match() {
    let mut state = sample::region_missing();
    type_in(&mut state, "eu-wst");
    press(&mut state, Action::Down);
    assert_eq!(
        press(&mut state, Action::Accept),
        [],
        "the first Enter chooses"
    );
    let effects = press(&mut state, Action::Accept);
    let [Effect::AddPortal { region, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(region, "eu-west-2");
}

#[test]
fn the_focus_moves_to_the_field_that_was_refused() {
    for (field, wanted) in [
        (Some(InputField::Address), 0),
        (Some(InputField::Region), 1),
        (Some(InputField::Name), 2),
        (Some(InputField::Scopes), 2),
        (None, 2),
    ] {
        let mut state = sample::region_missing();
        type_in(&mut state, "eu-west-1");
        press(&mut state, Action::Down);
        let effects = press(&mut state, Action::Accept);
        let [Effect::AddPortal { ticket, .. }] = effects[..] else {
            panic!("{effects:?}")
        };
        let mut refused = problem(ProblemKind::Usage);
        refused.field = field;
        let result = Err(refused);
        update(&mut state, Msg::PortalAdded { ticket, result });
        let screen = state.screen::<Onboarding>().unwrap();
        assert_eq!(screen.form.focus, wanted, "{field:?}");
        assert!(screen.form.problem.is_some());
    }
}

#[test]
fn tab_leaves_the_regions_that_match() {
    let mut form = crate::tui::form::Form::<2>::new(2);
    let mut regions = crate::tui::region_field::RegionList::default();
    form.insert("eu");
    assert!(regions.key(&mut form, 0, Action::Down), "the next region");
    assert!(!regions.key(&mut form, 0, Action::NextField));
    assert_eq!(form.text(0), "eu-central-2", "the marked one is taken");
    assert!(form.move_focus(Action::NextField));
    assert_eq!(form.focus, 1);
    form.focus = 0;
    form.insert("x");
    assert!(!regions.key(&mut form, 0, Action::NextField));
    assert_eq!(form.text(0), "eu-central-2x", "none matches");
}

#[test]
fn the_address_of_a_portal_that_exists_is_told() {
    let mut state = sample::loaded();
    for (url, told) in [("acme", true), ("other", false)] {
        press(&mut state, Action::AddPortal);
        type_in(&mut state, &format!("https://{url}.awsapps.com/start"));
        press(&mut state, Action::Accept);
        let ticket = state.ticket;
        let found = StartUrlFound {
            url: format!("https://{url}.awsapps.com/start"),
            region: Some("eu-west-1".to_owned()),
            problem: None,
        };
        let result = Ok(found);
        state.toasts.clear();
        update(&mut state, Msg::RegionFound { ticket, result });
        let said = state.toasts.first().map(|toast| &*toast.text);
        let wanted = told.then_some("the portal acme has this address already");
        assert_eq!(said, wanted);
        press(&mut state, Action::Back);
        press(&mut state, Action::Back);
    }
}

#[test]
fn every_region_that_matches_is_reached_and_isolated_ones_are_last() {
    let mut state = sample::region_missing();
    type_in(&mut state, "eu-");
    let all: Vec<String> = (0..9)
        .map(|down| {
            let mut state = sample::region_missing();
            type_in(&mut state, "eu-");
            for _ in 0..down {
                press(&mut state, Action::Down);
            }
            press(&mut state, Action::Accept);
            match state.overlays.last() {
                Some(Overlay::Onboarding(screen)) => screen.form.text(1),
                other => panic!("{other:?}"),
            }
        })
        .collect();
    assert_eq!(all[0], "eu-central-1");
    assert!(all.contains(&"eu-west-3".to_owned()), "{all:?}");
    assert_eq!(all.last().unwrap(), "eu-isoe-west-1");
    for _ in 0..13 {
        press(&mut state, Action::Down);
    }
    let Some(Overlay::Onboarding(screen)) = state.overlays.last() else {
        panic!("{:?}", state.overlays)
    };
    assert_eq!(
        screen.form.focus, 2,
        "behind the last one is the next field"
    );
}

/// The form of a further portal or of the first one, which is being saved.
fn saving(first_run: bool) -> (crate::tui::state::State, crate::tui::msg::Ticket) {
    let mut state = if first_run {
        let mut state = sample::empty();
        update(&mut state, Msg::Facts(Ok(Facts::default())));
        state
    } else {
        let mut state = sample::loaded();
        press(&mut state, Action::AddPortal);
        state
    };
    let url = "https://acme.awsapps.com/start".to_owned();
    type_in(&mut state, &url);
    press(&mut state, Action::Accept);
    let found = StartUrlFound {
        url,
        region: Some("eu-west-1".to_owned()),
        problem: None,
    };
    let (ticket, result) = (state.ticket, Ok(found));
    update(&mut state, Msg::RegionFound { ticket, result });
    let effects = press(&mut state, Action::Accept);
    let [Effect::AddPortal { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    (state, ticket)
}

#[test]
fn a_portal_that_is_saved_after_the_form_was_closed_is_told() {
    for (result, told) in [
        (
            Ok(sample::session("acme", false).portal),
            "saved the portal acme".to_owned(),
        ),
        (
            Err(problem(ProblemKind::Failed)),
            problem(ProblemKind::Failed).to_string(),
        ),
    ] {
        let (mut state, ticket) = saving(false);
        press(&mut state, Action::Back);
        assert!(state.overlays.is_empty());
        let msg = Msg::PortalAdded { ticket, result };
        assert_eq!(update(&mut state, msg), [Effect::LoadFacts]);
        assert_eq!(state.toasts.last().map(|toast| &*toast.text), Some(&*told));
    }
}

#[test]
fn the_first_form_stays_until_its_portal_is_saved() {
    let (mut state, ticket) = saving(true);
    assert_eq!(press(&mut state, Action::Back), []);
    assert!(matches!(state.overlays[..], [Overlay::Onboarding(_)]));
    let result = Ok(sample::session("acme", false).portal);
    update(&mut state, Msg::PortalAdded { ticket, result });
    assert!(matches!(state.overlays[..], [Overlay::SignIn(_)]));
}

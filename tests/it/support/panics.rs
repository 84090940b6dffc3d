//! A switcher with an effect that panics.

use std::sync::Arc;

use roledex::internals::config::Ctx;
use roledex::internals::flow::Flow;
use roledex::internals::tui;

use super::Home;
use super::terminal::{ENTER, Terminal};

/// Tells the child its height: as for `--height`, or empty for the whole screen.
const HEIGHT: &str = "ROLEDEX_TEST_PANICS";

/// Not a test by itself: the switcher of [`switcher_that_panics`].
#[test]
fn child_that_panics() {
    let Ok(height) = std::env::var(HEIGHT) else {
        return;
    };
    let flow = Flow::new(Arc::new(Ctx::from_process().unwrap()));
    let options = tui::Options {
        demo: Some(tui::Demo {
            approve: Arc::new(|_| panic!("on purpose")),
            pick_session: Arc::new(|_, _| {}),
        }),
        height: (!height.is_empty()).then(|| height.parse().unwrap()),
        ..tui::Options::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let _ = tokio::task::LocalSet::new().block_on(&runtime, tui::run(flow, options));
}

/// A terminal with a switcher, at its sign-in screen. The key `a` makes it panic.
pub fn switcher_that_panics(home: &Home, size: (u16, u16), height: &str) -> Terminal {
    home.add_portals();
    let this = std::env::current_exe().unwrap();
    let args = [
        "--exact",
        "support::panics::child_that_panics",
        "--nocapture",
    ];
    let child = [(HEIGHT, height)];
    let mut terminal = Terminal::open(home, this.to_str().unwrap(), &args, size, &child);
    terminal.wait("Press Enter");
    terminal.press(ENTER);
    terminal.wait("Simulated: press a");
    terminal
}

//! The parts of the library that integration tests and benchmarks use. Not a public interface: it changes
//! with them.

pub mod aws {
    pub use crate::aws::{Bucket, Endpoints, Http, Priority};

    pub mod callback {
        pub use crate::aws::callback::Callback;
    }
    pub mod console {
        pub use crate::aws::console::{home, service_page};
    }
    pub mod endpoints {
        pub use crate::aws::endpoints::Endpoints;
    }
    pub mod listing {
        pub use crate::aws::listing::{Queue, list};
    }
    pub mod oidc {
        pub use crate::aws::oidc::{Oidc, OidcError};
    }
    pub mod portal {
        pub use crate::aws::portal::{PortalClient, PortalError};
    }
    pub mod start_url {
        pub use crate::aws::start_url::parse;
    }
}

pub mod cli {
    pub mod args {
        pub use crate::cli::args::Args;
    }
}

pub mod config {
    pub use crate::config::{Clock, Ctx, Dirs, Env, Settings};

    pub mod settings {
        pub use crate::config::settings::StorePolicy;
    }
}

pub mod domain {
    pub use crate::domain::portal::Portal;
    pub use crate::domain::{
        AccessToken, AccountId, AppRole, Catalog, CatalogEvent, Credentials, Entry, EntryId, Item,
        Mark, Problem, ProblemKind, Registration, Secret,
    };

    pub mod catalog {
        pub use crate::domain::catalog::Account;
    }
    pub mod chain {
        pub use crate::domain::chain::role_of;
    }
    pub mod partition {
        pub use crate::domain::partition::{named, of_region};
    }
    pub mod process_line {
        pub use crate::domain::process_line::needs_quotes;
    }
    pub mod profile {
        pub use crate::domain::profile::is_valid_name;
    }
    pub mod search {
        pub use crate::domain::search::{Index, Query, all};
    }
    pub mod sign_in {
        pub use crate::domain::sign_in::{SignInMethod, SignInStep};
    }
    pub mod text {
        pub use crate::domain::text::{is_unsafe, word};
    }
    pub mod time {
        pub use crate::domain::time::rfc3339;
    }
}

pub mod flow {
    pub use crate::flow::{Confirmation, Flow, Priority};

    pub mod console {
        pub use crate::flow::console::Place;
    }
}

pub mod loopback {
    pub mod owner {
        pub use crate::loopback::owner::Peers;
    }
}

pub mod shell {
    pub use crate::shell::Shell;

    pub mod quote {
        pub use crate::shell::quote::quote;
    }
}

pub mod sim {
    pub use crate::sim::{ConsoleFault, Running, Scenario, SimPortal, start};
}

pub mod store {
    pub use crate::store::Error;

    pub mod aws_files {
        pub use crate::store::aws_files::{AwsFiles, Body, Edit, Written};
    }
    pub mod catalog_cache {
        pub use crate::store::catalog_cache::{save, save_app};
    }
    pub mod credential_store {
        pub use crate::store::credential_store::{CredentialStore, Origin};
    }
    pub mod history {
        pub use crate::store::history::{pin, remember};
    }
}

pub mod tui {
    pub use crate::tui::{Demo, Options, facts, run};

    pub mod action {
        pub use crate::tui::action::{ACTIONS, Action, Group};
    }
    pub mod canvas {
        pub use crate::tui::canvas::Canvas;
    }
    pub mod keymap {
        pub use crate::tui::keymap::{CONTEXTS, Context, Keymap};
    }
    pub mod msg {
        pub use crate::tui::msg::Msg;
    }
    pub mod state {
        pub use crate::tui::state::State;
    }
    pub mod theme {
        pub use crate::tui::theme::Theme;
    }
    pub mod update {
        pub use crate::tui::update::update;
    }
    pub mod view {
        pub use crate::tui::view::draw;
    }
}

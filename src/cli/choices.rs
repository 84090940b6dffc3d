//! The values of flags that choose a kind, a profile type, a capture method or a shell: their names and
//! their descriptions in `--help`.

use std::sync::LazyLock;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::domain::profile::Mode;
use crate::domain::region::Part;
use crate::domain::{Kind, Method};
use crate::shell::Shell;

impl ValueEnum for Kind {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Org, Self::External, Self::Chain, Self::Profile]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let about = match self {
            Self::Org => "Accounts of the organization",
            Self::External => "External AWS Account applications",
            Self::Chain => "Chained roles",
            Self::Profile => "Profiles of ~/.aws that roledex did not write",
        };
        Some(PossibleValue::new(self.name()).help(about))
    }
}

impl ValueEnum for Mode {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Sso, Self::Process, Self::Static]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let about = match self {
            Self::Sso => "sso_session settings, which SDKs refresh themselves",
            Self::Process => {
                "A credential_process that runs roledex; the default for external accounts"
            }
            Self::Static => "Keys in the credentials file",
        };
        Some(PossibleValue::new(self.name()).help(about))
    }
}

impl ValueEnum for Part {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Entry, Self::Account, Self::Portal]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, about) = match self {
            Self::Entry => ("entry", "This entry; the default"),
            Self::Account => ("account", "Every role of its account"),
            Self::Portal => ("portal", "Every role that its portal leads to"),
        };
        Some(PossibleValue::new(name).help(about))
    }
}

impl ValueEnum for Method {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.about()))
    }
}

impl ValueEnum for Shell {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let dialect = self.dialect();
        let value = PossibleValue::new(dialect.name).help(dialect.about);
        Some(match self {
            Self::Bash => value.aliases(["sh", "dash", "ksh", "mksh", "posix"]),
            Self::Nu | Self::Pwsh => {
                let completions = dialect.completions.as_ref();
                value.aliases(completions.and_then(|completions| completions.alias))
            }
            _ => value,
        })
    }
}

/// A shell, or a prompt program, that `init` has an integration for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integration {
    /// A shell with a hook.
    Shell(Shell),
    /// starship.
    Starship,
}

static INTEGRATIONS: LazyLock<Vec<Integration>> = LazyLock::new(|| {
    Shell::ALL
        .into_iter()
        .filter(|shell| shell.dialect().hook.is_some())
        .map(Integration::Shell)
        .chain([Integration::Starship])
        .collect()
});

impl ValueEnum for Integration {
    fn value_variants<'a>() -> &'a [Self] {
        &INTEGRATIONS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Shell(shell) => {
                let dialect = shell.dialect();
                let hook = dialect.hook.as_ref()?;
                Some(PossibleValue::new(dialect.name).help(hook.about))
            }
            Self::Starship => Some(
                PossibleValue::new("starship")
                    .help("Modules for starship.toml: the role in its prompt"),
            ),
        }
    }
}

//! Arguments: names and meanings as docs/reference.md#commands has them; checked from outside, so only added to.

use clap::{Args as Arguments, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

use super::choices::Integration;
use crate::domain::profile::Mode;
use crate::domain::{AccountId, Height, Kind, Method};

/// One keyboard-driven switcher for every AWS account and role you can reach
#[derive(Debug, Parser)]
#[command(name = "roledex", version, about, long_about = None, max_term_width = 100)]
// Aliases and hooks put flags before those that the user types: the last one counts.
#[command(args_override_self = true)]
#[command(
    after_help = "Without a command, roledex opens the switcher. To try it on a simulated portal, run: roledex demo"
)]
pub struct Args {
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// Flags of the switcher.
    #[command(flatten)]
    pub switcher: Switcher,
    /// The command; none opens the switcher.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags of every command.
#[derive(Debug, Default, Arguments)]
pub struct Global {
    /// Print only data and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Log to stderr
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Log to a file
    #[arg(long, value_name = "FILE", global = true)]
    pub log: Option<PathBuf>,
    /// Limit the command to this portal
    #[arg(long, value_name = "NAME", global = true)]
    pub portal: Option<String>,
    /// A code of your MFA device, for the profile that needs one
    #[arg(long, value_name = "CODE", global = true)]
    pub mfa_code: Option<String>,
    /// Height of a list that opens below the prompt: lines (15), a percentage of the terminal (40%), or full
    #[arg(long, value_name = "HEIGHT", global = true)]
    pub height: Option<Height>,
}

/// `roledex` alone.
#[derive(Debug, Default, Arguments)]
pub struct Switcher {
    /// Open the switcher with this search
    #[arg(long, value_name = "WORDS")]
    pub query: Option<String>,
    /// Use the only match without opening the switcher
    #[arg(short = '1', long = "select-1", requires = "query")]
    pub select_1: bool,
    /// With --select-1: go on with a guarded entry without asking
    #[arg(long, requires = "select_1")]
    pub yes: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try the switcher on a simulated portal; your ~/.aws is neither read nor written
    Demo(Demo),
    /// Sign in to a portal
    Login(Login),
    /// Sign out: revoke and forget tokens and credentials
    Logout(Logout),
    /// List accounts and roles
    List(List),
    /// Write a profile for an account and role
    Use(Use),
    /// Write the profiles of all accounts and roles, or of those that match
    Sync(Sync),
    /// Get new credentials now
    Refresh(Refresh),
    /// Show managed profiles and their time left, without using the network
    Status(Status),
    /// Print export lines for your shell
    Env(Env),
    /// Open a subshell with the credentials in its environment
    Shell(Shell),
    /// Run one command with the credentials in its environment
    Exec(Exec),
    /// Print credentials for other programs
    #[command(about = "Print credentials as a credential_process, without any prompt")]
    Credentials {
        /// A profile, an entry id, ACCOUNT/ROLE, or a search
        entry: String,
        /// Print them to a terminal, too
        #[arg(long)]
        show: bool,
    },
    /// Check files, profiles, environment, network, browser and terminal
    Doctor(Doctor),
    /// Undo the last change of the AWS files
    Undo(Undo),
    /// Open the web console
    Console(Console),
    /// Remove a managed profile and its credentials
    Forget {
        /// Its name
        profile: String,
    },
    /// Pin an entry to the top of the list
    Pin {
        /// A profile, an entry id, ACCOUNT/ROLE, or a search
        entry: String,
        /// Unpin it
        #[arg(long)]
        remove: bool,
    },
    /// Configure portals
    #[command(subcommand, arg_required_else_help = false)]
    Portal(Portal),
    /// Configure External AWS Account applications
    #[command(subcommand, arg_required_else_help = false)]
    App(App),
    /// Import settings from another tool
    Import(Import),
    /// Print the shell integration (defines `rdx`)
    Init(Init),
    /// List completions
    #[command(name = "__complete", hide = true)]
    Complete(Complete),
    /// Renews in the background what ends soon
    #[command(name = "__renew", hide = true)]
    Renew {
        /// An entry id
        entry: String,
        /// In this process
        #[arg(long)]
        work: bool,
    },
    /// Print shell completions
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: CompletionShell,
    },
    /// Print the manual page
    Man,
    /// Run the simulated AWS alone and print its endpoints as one JSON line; serves until stdin ends
    Simulator(Simulator),
}

/// `roledex demo`.
#[derive(Debug, Arguments)]
pub struct Demo {
    /// startup, agency, external, mixed, enterprise, hostile or flaky
    #[arg(long, default_value = "agency")]
    pub scenario: String,
}

/// `roledex simulator`.
#[derive(Debug, Arguments)]
pub struct Simulator {
    /// Port on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// startup, agency, external, mixed, enterprise, hostile or flaky
    #[arg(long, default_value = "startup")]
    pub scenario: String,
}

/// `roledex login`.
#[derive(Debug, Arguments)]
pub struct Login {
    /// The portal; optional if there is only one
    // Not called `portal`: that is the flag's name, which is taken here, too.
    #[arg(id = "of", value_name = "PORTAL")]
    pub portal: Option<String>,
    /// Sign in with a code, in a browser here or on another device
    #[arg(long)]
    pub device: bool,
    /// Sign in with this machine's browser
    #[arg(long, conflicts_with = "device")]
    pub browser: bool,
    /// Print the address and the code without opening a browser
    #[arg(long)]
    pub no_open: bool,
}

/// `roledex logout`.
#[derive(Debug, Arguments)]
pub struct Logout {
    /// The portal; optional if there is only one
    #[arg(id = "of", value_name = "PORTAL")]
    pub portal: Option<String>,
    /// All portals
    #[arg(long, conflicts_with_all = ["of", "portal"])]
    pub all: bool,
    /// Also delete the sign-ins of the capture browser
    #[arg(long)]
    pub browser: bool,
}

/// `roledex list`.
#[derive(Debug, Arguments)]
pub struct List {
    /// Only what matches: words of account, id, role, e-mail or portal; 'exact ^start end$ !not a | b
    pub query: Option<String>,
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
    /// Update the list first
    #[arg(long)]
    pub refresh: bool,
    /// Only this kind
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
}

/// `roledex use`.
#[derive(Debug, Default, Arguments)]
pub struct Use {
    /// A profile, an entry id, ACCOUNT/ROLE, or a search [default: choose from a list]
    pub entry: Option<String>,
    /// Name of the profile [default: ROLE-ACCOUNTID]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Region of the profile
    #[arg(long, value_name = "R")]
    pub region: Option<String>,
    /// Profile type
    #[arg(long = "as", value_enum, value_name = "MODE")]
    pub mode: Option<Mode>,
    /// Overwrite a profile that roledex does not manage
    #[arg(long)]
    pub force: bool,
    /// Go on with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
    /// SAML response of an external account: a file, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub assertion: Option<PathBuf>,
}

/// `roledex sync`.
#[derive(Debug, Arguments)]
pub struct Sync {
    /// Only what matches: words of account, id, role, e-mail or portal; 'exact ^start end$ !not a | b
    pub query: Option<String>,
    /// Only this kind
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
    /// Template for names of new profiles
    #[arg(
        long,
        value_name = "T",
        help = "Name new profiles by a template, such as {account_name|slug}-{role|lower}; fields account_name, account_id, email, role, portal, app, kind; filters lower, upper, slug, trim_prefix:REGEX, trim_suffix:REGEX"
    )]
    pub template: Option<String>,
    /// Remove managed profiles whose role no longer exists
    #[arg(long)]
    pub prune: bool,
    /// Show what would change, without writing
    #[arg(long)]
    pub dry_run: bool,
    /// Go on with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
}

/// `roledex refresh`.
#[derive(Debug, Arguments)]
pub struct Refresh {
    /// A profile, an entry id, ACCOUNT/ROLE, or a search [default: choose from a list]
    pub entry: Option<String>,
    /// All managed profiles
    #[arg(long, conflicts_with = "entry")]
    pub all: bool,
    /// Go on with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
    /// SAML response of an external account: a file, or - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    pub assertion: Option<PathBuf>,
}

/// `roledex status`.
#[derive(Debug, Arguments)]
pub struct Status {
    /// Show only the role of this shell, from its environment
    #[arg(long)]
    pub current: bool,
    /// Show only these states: fresh, soon, expired, none
    #[arg(
        long,
        value_name = "STATE",
        value_delimiter = ',',
        requires = "format",
        value_parser = ["fresh", "soon", "expired", "none"],
    )]
    pub state: Vec<String>,
    /// Print a JSON object with portals and profiles
    #[arg(long)]
    pub json: bool,
    /// Print a line per profile
    #[arg(
        long,
        value_name = "TEMPLATE",
        conflicts_with = "json",
        help = "A line per profile; {name} {account} {account_id} {account_name} {role} {left} {short} {seconds} {state} {mode} {kind} {entry} {expires_at}"
    )]
    pub format: Option<String>,
}

/// `roledex env`.
#[derive(Debug, Arguments)]
pub struct Env {
    /// A profile, an entry id, ACCOUNT/ROLE, or a search [default: choose from a list]
    pub entry: Option<String>,
    /// The shell [default: auto-detect]
    #[arg(long, value_enum)]
    pub shell: Option<crate::shell::Shell>,
    /// Print lines that remove everything again
    #[arg(long, conflicts_with = "entry")]
    pub unset: bool,
    /// Print them to a terminal, too
    #[arg(long)]
    pub show: bool,
    /// Go on with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
    /// Report what changes, as rdx does
    #[arg(long, hide = true)]
    pub hook: bool,
    /// SAML response of an external account: a file, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub assertion: Option<PathBuf>,
}

/// A shell that completions are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompletionShell {
    /// Bash
    Bash,
    /// Elvish
    Elvish,
    /// fish
    Fish,
    /// Nushell
    #[value(alias = "nushell")]
    Nu,
    /// PowerShell
    #[value(alias = "powershell")]
    Pwsh,
    /// Zsh
    Zsh,
}

/// `roledex init`.
#[derive(Debug, Arguments)]
pub struct Init {
    /// The shell
    #[arg(value_enum)]
    pub shell: Integration,
    /// Print the prompt integration: the shell's role and its time left
    #[arg(long)]
    pub prompt: bool,
}

/// `roledex __complete`: for the hooks of shells only.
#[derive(Debug, Arguments)]
pub struct Complete {
    /// Include commands
    #[arg(long)]
    pub commands: bool,
    /// List only commands
    #[arg(long)]
    pub commands_only: bool,
    /// Print words without descriptions
    #[arg(long)]
    pub plain: bool,
    /// The start of the word
    pub word: Option<String>,
}

/// `roledex shell`.
#[derive(Debug, Arguments)]
pub struct Shell {
    /// A profile, an entry id, ACCOUNT/ROLE, or a search [default: choose from a list]
    pub entry: Option<String>,
    /// Renew the credentials while the shell runs
    #[arg(long)]
    pub live: bool,
    /// Replace roledex with the shell instead of waiting for it
    #[arg(long, conflicts_with = "live")]
    pub replace: bool,
    /// Go on with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
}

/// `roledex exec`.
#[derive(Debug, Arguments)]
pub struct Exec {
    /// A profile, an entry id, ACCOUNT/ROLE, or a search [default: choose from a list]
    pub entry: Option<String>,
    /// Renew the credentials while the command runs
    #[arg(long)]
    pub live: bool,
    /// Go on with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
    /// SAML response of an external account: a file, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub assertion: Option<PathBuf>,
    /// The command and its arguments, after --
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// `roledex doctor`.
#[derive(Debug, Arguments)]
pub struct Doctor {
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
    /// Fix what belongs to roledex: modes of its files, expired static keys, old paths of this program
    #[arg(long)]
    pub fix: bool,
    /// Also check that the portals' endpoints can be reached and that the clock is right
    #[arg(long)]
    pub online: bool,
    /// Print the keys in force: context, key, action
    #[arg(long, conflicts_with_all = ["fix", "online", "paths"])]
    pub keys: bool,
    /// Print every file and directory that roledex uses
    #[arg(long, conflicts_with_all = ["fix", "online"])]
    pub paths: bool,
}

/// `roledex undo`.
#[derive(Debug, Arguments)]
pub struct Undo {
    /// Show what would change, without writing
    #[arg(long)]
    pub dry_run: bool,
    /// Also undo sections that were changed since
    #[arg(long)]
    pub force: bool,
}

/// `roledex portal`.
#[derive(Debug, Subcommand)]
pub enum Portal {
    /// Save a portal as an sso-session of ~/.aws/config
    Add {
        /// Name of the sso-session
        name: String,
        /// https://d-….awsapps.com/start, or any portal URL
        #[arg(long, value_name = "URL")]
        start_url: String,
        /// Region of the portal [default: auto-detect]
        #[arg(long, value_name = "R")]
        region: Option<String>,
        /// Registration scopes, comma-separated
        #[arg(long, value_name = "S", value_delimiter = ',')]
        scopes: Vec<String>,
    },
    /// List the portals and their sign-ins
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Remove a portal's section, token and cached catalog
    Remove {
        /// Its name
        name: String,
    },
}

/// `roledex app`.
#[derive(Debug, Subcommand)]
pub enum App {
    /// Save an app, by the link of its tile in the portal
    Add(AppAdd),
    /// List the apps
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Remove an app, with its roles, credentials and managed profiles
    Remove {
        /// Its name
        name: String,
    },
    /// Confirm the accounts of an app whose responses are posted to this machine, and print them
    Trust {
        /// Its name
        name: String,
        /// The accounts that its responses are for
        #[arg(value_name = "ACCOUNT_ID")]
        accounts: Vec<AccountId>,
        /// Forget first what was confirmed before: accounts, issuer and posting pages
        #[arg(long)]
        forget: bool,
    },
    /// Find the apps of a portal that lead to AWS accounts
    Discover {
        /// The portal; optional if there is only one
        name: Option<String>,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
        /// auto, portal or browser
        #[arg(long, value_enum, default_value_t, value_name = "METHOD")]
        method: Method,
    },
}

/// `roledex app add`.
#[derive(Debug, Arguments)]
pub struct AppAdd {
    /// The tile's link: https://d-….awsapps.com/start/#/saml/default/NAME/ins-…, or any page that starts the app
    pub url: String,
    /// Name of the app [default: the link's name]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// How to capture its SAML response
    #[arg(long, value_enum, default_value_t, value_name = "METHOD")]
    pub method: Method,
    /// Duration of sessions in seconds [default: what the role allows]
    #[arg(long, value_name = "SECONDS")]
    pub duration: Option<u32>,
    /// Port of a loopback app's address http://127.0.0.1:PORT/saml/acs
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
}

/// Another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tool {
    /// ~/.saml2aws
    Saml2aws,
    /// ~/.granted/config, and granted's profiles in ~/.aws/config
    Granted,
    /// aws-sso's config.yaml
    AwsSsoCli,
    /// Profiles of ~/.aws/config with a portal of their own, without an sso-session
    Legacy,
}

/// `roledex import`.
#[derive(Debug, Arguments)]
pub struct Import {
    /// The tool
    #[arg(value_enum)]
    pub tool: Tool,
    /// Show what would be imported, without writing
    #[arg(long)]
    pub dry_run: bool,
}

/// `roledex console`.
#[derive(Debug, Arguments)]
pub struct Console {
    /// A profile, an entry id, ACCOUNT/ROLE, or a search [default: choose from a list]
    pub entry: Option<String>,
    /// Open the page of a service: s3, ec2, lambda
    #[arg(long, value_name = "S", conflicts_with = "destination")]
    pub service: Option<String>,
    /// Open any page of the console
    #[arg(long, value_name = "URL")]
    pub destination: Option<String>,
    /// Print the address instead of opening it; treat it as a secret, because it can sign in
    #[arg(long)]
    pub print: bool,
    /// Go on with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
}

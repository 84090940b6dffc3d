//! Arguments: names and meanings as DESIGN §4 has them; checked from outside, so only added to.

use clap::{Args as Arguments, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

use crate::domain::{AccountId, Height};

/// One keyboard-driven switcher for every AWS account and role you can reach
#[derive(Debug, Parser)]
#[command(name = "roledex", version, about, long_about = None, max_term_width = 100)]
// Aliases and hooks put flags in front of what a person types: the last one counts.
#[command(args_override_self = true)]
#[command(
    after_help = "Without a command the switcher opens. Try it on a simulated portal: roledex demo"
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
    /// Say nothing but data and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Log to stderr
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Log to a file
    #[arg(long, value_name = "FILE", global = true)]
    pub log: Option<PathBuf>,
    /// Look at this portal only
    #[arg(long, value_name = "NAME", global = true)]
    pub portal: Option<String>,
    /// A code of your MFA device, for the profile that needs one
    #[arg(long, value_name = "CODE", global = true)]
    pub mfa_code: Option<String>,
    /// Where a list opens, let it take so many lines, or so much of the terminal (40%), below the prompt
    #[arg(long, value_name = "HEIGHT", global = true)]
    pub height: Option<Height>,
}

/// `roledex` alone.
#[derive(Debug, Default, Arguments)]
pub struct Switcher {
    /// Open the switcher with these words typed already
    #[arg(long, value_name = "WORDS")]
    pub query: Option<String>,
    /// Where one entry matches, use it without opening the switcher
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
    /// List what you can reach
    List(List),
    /// Write a profile for an account and role
    Use(Use),
    /// Write the profiles of all accounts and roles, or of all that match
    Sync(Sync),
    /// Get new credentials now
    Refresh(Refresh),
    /// Show managed profiles and the time they have left; no network
    Status(Status),
    /// Print export lines for your shell
    Env(Env),
    /// Open a subshell with the credentials in its environment
    Shell(Shell),
    /// Run one command with the credentials in its environment
    Exec(Exec),
    /// Print credentials for other programs
    #[command(about = "Print credentials as a credential_process; never asks anything")]
    Credentials {
        /// A profile, an entry id, ACCOUNT/ROLE, or words to search for
        entry: String,
        /// Print them to a terminal, too
        #[arg(long)]
        show: bool,
    },
    /// Say what is well and what is not: files, profiles, environment, network, browser, terminal
    Doctor(Doctor),
    /// Take back the last change of the AWS files
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
        /// A profile, an entry id, ACCOUNT/ROLE, or words to search for
        entry: String,
        /// Take its pin away
        #[arg(long)]
        remove: bool,
    },
    /// Configure portals
    #[command(subcommand, arg_required_else_help = false)]
    Portal(Portal),
    /// Configure External AWS Account applications
    #[command(subcommand, arg_required_else_help = false)]
    App(App),
    /// Bring in what another tool knows
    Import(Import),
    /// Print what your shell evaluates to have rdx, which picks and exports into the current shell
    Init(Init),
    /// What completion asks for
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
    /// Run the simulated AWS alone; prints its endpoints as one JSON line
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
    /// The port on 127.0.0.1; a free one by default
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// startup, agency, external, mixed, enterprise, hostile or flaky
    #[arg(long, default_value = "startup")]
    pub scenario: String,
}

/// `roledex login`.
#[derive(Debug, Arguments)]
pub struct Login {
    /// The portal; may be left out when there is only one
    // Not called `portal`: that is the flag's name, which is taken here, too.
    #[arg(id = "of", value_name = "PORTAL")]
    pub portal: Option<String>,
    /// Use a code that you allow in any browser, here or elsewhere
    #[arg(long)]
    pub device: bool,
    /// Use the browser of this machine, which comes back by itself
    #[arg(long, conflicts_with = "device")]
    pub browser: bool,
    /// Open no browser, only print the address and the code
    #[arg(long)]
    pub no_open: bool,
}

/// `roledex logout`.
#[derive(Debug, Arguments)]
pub struct Logout {
    /// The portal; may be left out when there is only one
    #[arg(id = "of", value_name = "PORTAL")]
    pub portal: Option<String>,
    /// All portals
    #[arg(long, conflicts_with_all = ["of", "portal"])]
    pub all: bool,
    /// Forget the sign-ins of the capture browser, too
    #[arg(long)]
    pub browser: bool,
}

/// Which of the two ways leads to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Accounts of the organization
    Org,
    /// External AWS Account applications
    External,
    /// Chained roles
    Chain,
    /// Profiles of ~/.aws that roledex did not write
    Profile,
}

impl From<Kind> for crate::domain::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Org => Self::Org,
            Kind::External => Self::External,
            Kind::Chain => Self::Chain,
            Kind::Profile => Self::Profile,
        }
    }
}

/// `roledex list`.
#[derive(Debug, Arguments)]
pub struct List {
    /// Only what matches: words of account, id, role, e-mail or portal; 'exact ^start end$ !not a | b
    pub query: Option<String>,
    /// An array of objects
    #[arg(long)]
    pub json: bool,
    /// Ask the portals again first
    #[arg(long)]
    pub refresh: bool,
    /// Only this kind
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
}

/// How a profile is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// What the SDKs refresh by themselves
    #[value(help = "sso_session settings, refreshed by the SDKs themselves")]
    Sso,
    /// A process that asks roledex
    #[value(help = "A credential_process that asks roledex; the default for external accounts")]
    Process,
    /// Keys in the credentials file
    Static,
}

/// `roledex use`.
#[derive(Debug, Default, Arguments)]
pub struct Use {
    /// A profile, an entry id, ACCOUNT/ROLE, or words to search for; the picker opens without
    pub entry: Option<String>,
    /// The profile's name; ROLE-ACCOUNTID by default
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// The region to work in
    #[arg(long, value_name = "R")]
    pub region: Option<String>,
    /// How the profile is written
    #[arg(long = "as", value_enum, value_name = "MODE")]
    pub mode: Option<Mode>,
    /// Overwrite a profile that roledex does not manage
    #[arg(long)]
    pub force: bool,
    /// Go on with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
    /// A captured SAML response of an external account: a file, or - for standard input
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
    /// What new profiles are called
    #[arg(
        long,
        value_name = "T",
        help = "What new profiles are called: {account_name|slug}-{role|lower}; fields account_name, account_id, email, role, portal, app, kind; filters lower, upper, slug, trim_prefix:REGEX, trim_suffix:REGEX"
    )]
    pub template: Option<String>,
    /// Remove managed profiles whose role is gone
    #[arg(long)]
    pub prune: bool,
    /// Only say what would change
    #[arg(long)]
    pub dry_run: bool,
    /// Go on with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
}

/// `roledex refresh`.
#[derive(Debug, Arguments)]
pub struct Refresh {
    /// A profile, an entry id, ACCOUNT/ROLE, or words to search for; the picker opens without
    pub entry: Option<String>,
    /// Every managed profile
    #[arg(long, conflicts_with = "entry")]
    pub all: bool,
    /// Go on with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
    /// A captured SAML response of an external account: a file, or - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    pub assertion: Option<PathBuf>,
}

/// `roledex status`.
#[derive(Debug, Arguments)]
pub struct Status {
    /// Only what this shell holds, from its environment; nothing where it holds no role
    #[arg(long)]
    pub current: bool,
    /// Only where the state is one of these: fresh, soon, expired, none
    #[arg(
        long,
        value_name = "STATE",
        value_delimiter = ',',
        requires = "format",
        value_parser = ["fresh", "soon", "expired", "none"],
    )]
    pub state: Vec<String>,
    /// One object with portals and profiles
    #[arg(long)]
    pub json: bool,
    /// A line per profile, of the fields in the help
    #[arg(
        long,
        value_name = "TEMPLATE",
        conflicts_with = "json",
        help = "A line per profile; {name} {account} {account_id} {account_name} {role} {left} {short} {seconds} {state} {mode} {kind} {entry} {expires_at}"
    )]
    pub format: Option<String>,
}

/// A shell, or a format that takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ShellName {
    /// Bash, and every POSIX shell
    Bash,
    /// Zsh
    Zsh,
    /// fish
    Fish,
    /// Nushell
    Nu,
    /// PowerShell
    Pwsh,
    /// cmd.exe
    Cmd,
    /// A .env file
    Dotenv,
    /// A JSON object
    Json,
}

/// `roledex env`.
#[derive(Debug, Arguments)]
pub struct Env {
    /// A profile, an entry id, ACCOUNT/ROLE, or words to search for; the picker opens without
    pub entry: Option<String>,
    /// The shell; found out by default
    #[arg(long, value_enum)]
    pub shell: Option<ShellName>,
    /// Lines that take everything back
    #[arg(long, conflicts_with = "entry")]
    pub unset: bool,
    /// Print them to a terminal, too
    #[arg(long)]
    pub show: bool,
    /// Go on with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
    /// Say what changes, as rdx does
    #[arg(long, hide = true)]
    pub hook: bool,
    /// A captured SAML response of an external account: a file, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub assertion: Option<PathBuf>,
}

/// What can evaluate what `init` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InitShell {
    /// In ~/.bashrc: eval "$(roledex init bash)"
    Bash,
    /// In ~/.zshrc: eval "$(roledex init zsh)"
    Zsh,
    /// In config.fish: roledex init fish | source
    Fish,
    /// Saved to a file that config.nu sources
    Nu,
    /// In $PROFILE: roledex init pwsh | Out-String | Invoke-Expression
    Pwsh,
    /// Modules for starship.toml: the role in its prompt
    Starship,
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
    pub shell: InitShell,
    /// Instead, what puts the role of the shell and its time left into the prompt
    #[arg(long)]
    pub prompt: bool,
}

/// `roledex __complete`: for the hooks of shells only.
#[derive(Debug, Arguments)]
pub struct Complete {
    /// Commands, too
    #[arg(long)]
    pub commands: bool,
    /// Commands, and nothing else
    #[arg(long)]
    pub commands_only: bool,
    /// Words alone, without what they are
    #[arg(long)]
    pub plain: bool,
    /// What is typed of the word
    pub word: Option<String>,
}

/// `roledex shell`.
#[derive(Debug, Arguments)]
pub struct Shell {
    /// A profile, an entry id, ACCOUNT/ROLE, or words to search for; the picker opens without
    pub entry: Option<String>,
    /// Renew the credentials for as long as the shell lives
    #[arg(long)]
    pub live: bool,
    /// Take roledex's own place instead of waiting behind the shell
    #[arg(long, conflicts_with = "live")]
    pub replace: bool,
    /// Go on with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
}

/// `roledex exec`.
#[derive(Debug, Arguments)]
pub struct Exec {
    /// A profile, an entry id, ACCOUNT/ROLE, or words to search for; the picker opens without
    pub entry: Option<String>,
    /// Renew the credentials for as long as the command runs
    #[arg(long)]
    pub live: bool,
    /// Go on with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
    /// A captured SAML response of an external account: a file, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub assertion: Option<PathBuf>,
    /// The command and its arguments, after --
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// `roledex doctor`.
#[derive(Debug, Arguments)]
pub struct Doctor {
    /// An array of objects
    #[arg(long)]
    pub json: bool,
    /// Mend what is roledex's own: modes of its files, expired static keys, old paths of this program
    #[arg(long)]
    pub fix: bool,
    /// Also ask the portals' endpoints, to see that they can be reached and whether the clock is right
    #[arg(long)]
    pub online: bool,
    /// Print the keys in force instead: context, key, action
    #[arg(long, conflicts_with_all = ["fix", "online", "paths"])]
    pub keys: bool,
    /// Print every file and directory that is used instead
    #[arg(long, conflicts_with_all = ["fix", "online"])]
    pub paths: bool,
}

/// `roledex undo`.
#[derive(Debug, Arguments)]
pub struct Undo {
    /// Only show what would go and come
    #[arg(long)]
    pub dry_run: bool,
    /// Also where somebody else changed the same section since
    #[arg(long)]
    pub force: bool,
}

/// `roledex portal`.
#[derive(Debug, Subcommand)]
pub enum Portal {
    /// Save a portal as an sso-session of ~/.aws/config
    Add {
        /// The name of the sso-session
        name: String,
        /// https://d-….awsapps.com/start, or any portal URL
        #[arg(long, value_name = "URL")]
        start_url: String,
        /// The portal's region; found out where it can be
        #[arg(long, value_name = "R")]
        region: Option<String>,
        /// Registration scopes, comma-separated
        #[arg(long, value_name = "S", value_delimiter = ',')]
        scopes: Vec<String>,
    },
    /// List the portals and their sign-ins
    List {
        /// An array of objects
        #[arg(long)]
        json: bool,
    },
    /// Remove a portal's section, token and cached catalog
    Remove {
        /// Its name
        name: String,
    },
}

/// How the SAML response of an app is captured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// The portal's own interface where it answers, else the browser
    #[default]
    Auto,
    /// An installed Chrome, Chromium, Edge or Brave with a profile of its own
    Browser,
    /// The access portal's own, undocumented interface
    Portal,
    /// An app that posts to this machine, through your default browser
    Loopback,
    /// Only what you give with --assertion, or paste
    File,
}

/// `roledex app`.
#[derive(Debug, Subcommand)]
pub enum App {
    /// Save an app, by the link of its tile in the portal
    Add(AppAdd),
    /// List the apps
    List {
        /// An array of objects
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
        /// The portal; may be left out when there is only one
        name: Option<String>,
        /// An array of objects
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
    /// What to call it; the link's name by default
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// How its SAML response is captured
    #[arg(long, value_enum, default_value_t, value_name = "METHOD")]
    pub method: Method,
    /// How long sessions shall last; what the role allows by default
    #[arg(long, value_name = "SECONDS")]
    pub duration: Option<u32>,
    /// The port of a loopback app's address http://127.0.0.1:PORT/saml/acs
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
    /// Only say what would be taken
    #[arg(long)]
    pub dry_run: bool,
}

/// `roledex console`.
#[derive(Debug, Arguments)]
pub struct Console {
    /// A profile, an entry id, ACCOUNT/ROLE, or words to search for; the picker opens without
    pub entry: Option<String>,
    /// A service's page: s3, ec2, lambda
    #[arg(long, value_name = "S", conflicts_with = "destination")]
    pub service: Option<String>,
    /// Any page of the console
    #[arg(long, value_name = "URL")]
    pub destination: Option<String>,
    /// Print the address instead of opening it; it may sign in by itself, so keep it to yourself
    #[arg(long)]
    pub print: bool,
    /// Go on with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
}

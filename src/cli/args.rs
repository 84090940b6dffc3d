//! The arguments of the program and the flags of every command. Their names and meanings are a contract
//! (docs/reference.md#commands): they are only added to.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser};

use super::Command;
use crate::domain::text::word;
use crate::domain::{Height, Problem, ProblemKind};

/// One keyboard-driven switcher for every AWS account and role you can reach
#[derive(Debug, Parser)]
#[command(name = "roledex", version, disable_version_flag = true)]
#[command(about, long_about = None, max_term_width = 100)]
#[command(override_usage = "roledex [OPTIONS] [WORDS]...\n       roledex [OPTIONS] <COMMAND>")]
// Aliases and hooks put flags before those that the user types: the last one counts.
#[command(args_override_self = true)]
#[command(
    after_help = "Without a command, roledex opens the switcher, with words as its search. To try it on a simulated portal, run: roledex demo"
)]
pub struct Args {
    /// Flags of the switcher.
    #[command(flatten)]
    pub switcher: Switcher,
    /// Print the version; with --verbose, also the commit, target, features and credential stores
    #[arg(short = 'V', long)]
    pub version: bool,
    /// Flags of every command. They come last: their heading would count for those after them.
    #[command(flatten)]
    pub global: Global,
    /// The command; none opens the switcher.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags of every command.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
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
    /// Height of a list that opens below the prompt: lines (15, at least 10), a percentage of the terminal (40%), or full
    #[arg(long, value_name = "HEIGHT", global = true)]
    pub height: Option<Height>,
}

/// `roledex` alone.
#[derive(Debug, Default, clap::Args)]
pub struct Switcher {
    /// Open the switcher with this search
    #[arg(long, value_name = "WORDS")]
    pub query: Option<String>,
    /// The search was given as words, without --query.
    #[arg(skip)]
    pub is_from_words: bool,
    /// Use the only match without opening the switcher
    #[arg(short = '1', long = "select-1", requires = "query")]
    pub select_1: bool,
    /// With --select-1: go on with a guarded entry without asking
    #[arg(long, requires = "select_1")]
    pub yes: bool,
}

impl Global {
    /// The portal that a command is for: the one that its argument names, else that of `--portal`.
    ///
    /// # Errors
    /// They name two portals.
    pub(super) fn portal_or<'a>(
        &'a self,
        argument: Option<&'a str>,
    ) -> Result<Option<&'a str>, Problem> {
        match (argument, self.portal.as_deref()) {
            (Some(argument), Some(option)) if argument != option => Err(Problem::new(
                ProblemKind::Usage,
                format!("two portals are named: {argument:?}, and {option:?} by --portal"),
            )
            .hint("name one of them, or the same one twice")),
            (argument, option) => Ok(argument.or(option)),
        }
    }
}

impl Args {
    /// The arguments of the program, the first of which is its own name. Words that do not begin with a command
    /// are a search: `pay prod -q` means `-q --query "pay prod"`. Those that `rdx` passes on are one entry.
    ///
    /// # Errors
    /// Those of clap.
    pub fn parse_with_words(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let error = match Self::try_parse_from(arguments) {
            Err(error) => error,
            parsed => return parsed,
        };
        let is_about_words = matches!(
            error.kind(),
            ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument
        );
        if !is_about_words {
            return Err(error);
        }
        if let Some(arguments) = with_query(arguments.to_vec()) {
            let mut args = Self::try_parse_from(arguments)?;
            args.switcher.is_from_words = true;
            return Ok(args);
        }
        match of_hook(arguments) {
            Some(arguments) => Self::try_parse_from(arguments),
            None => Err(error),
        }
    }

    /// The command that the arguments of the program are for, as in `roledex portal add`.
    pub(super) fn command_of(arguments: &[OsString]) -> String {
        command_and_words(&Self::command(), arguments).0
    }

    /// The command as it was meant, where it takes one entry or one search and has several words: with the words as
    /// one, or with `--` before the command that is run.
    pub(super) fn hint_for_words(arguments: &[OsString]) -> Option<String> {
        let all = Self::command();
        let (name, command, words) = command_and_words(&all, arguments);
        let mut takes = command.get_positionals().filter(|it| !it.is_last_set());
        let is_for_words = |it: &clap::Arg| ["entry", "query"].contains(&it.get_id().as_str());
        let takes_one = takes.next().is_some_and(is_for_words) && takes.next().is_none();
        let (second, _) = words.get(1).filter(|_| takes_one)?;
        let end = arguments.iter().position(|argument| argument == "--");
        if end.is_none() && runs_a_command(command) {
            let (before, after) = arguments.split_at(*second);
            let before = typed(before.iter().skip(1));
            return Some(format!(
                "put -- before the command: roledex {before} -- {}",
                typed(after)
            ));
        }
        let texts: Vec<&str> = words.iter().map(|(_, text)| *text).collect();
        let mut meant = format!("quote the words: {name} {}", word(&texts.join(" ")));
        if let Some(end) = end {
            meant += &format!(" {}", typed(arguments.iter().skip(end)));
        }
        Some(meant)
    }

    /// The hint for a command that is to run another one, and has none.
    pub(super) fn hint_for_no_command(arguments: &[OsString]) -> Option<String> {
        let all = Self::command();
        let (name, command, words) = command_and_words(&all, arguments);
        let entry = word(words.first().map_or("ENTRY", |(_, text)| *text));
        runs_a_command(command).then(|| {
            format!(
                "write the command after --: {name} {entry} -- aws s3 ls; for a shell, run: roledex shell {entry}"
            )
        })
    }
}

/// True for `exec`: a command and its arguments follow `--`.
fn runs_a_command(command: &clap::Command) -> bool {
    command.get_positionals().any(clap::Arg::is_last_set)
}

/// Arguments as they are typed in a shell.
fn typed<'a>(arguments: impl IntoIterator<Item = &'a OsString>) -> String {
    let arguments = arguments.into_iter();
    let words: Vec<String> = arguments
        .map(|argument| word(&argument.to_string_lossy()).into_owned())
        .collect();
    words.join(" ")
}

/// The command that arguments are for, its name, and its words with their positions: what is before `--` and is
/// neither an option nor the value of one.
fn command_and_words<'a, 'b>(
    all: &'a clap::Command,
    arguments: &'b [OsString],
) -> (String, &'a clap::Command, Vec<(usize, &'b str)>) {
    let (mut command, mut name) = (all, "roledex".to_owned());
    let mut words = Vec::new();
    let mut rest = arguments.iter().enumerate().skip(1);
    while let Some((position, argument)) = rest
        .next()
        .and_then(|(position, argument)| Some((position, argument.to_str()?)))
    {
        if argument == "--" {
            break;
        } else if argument.starts_with('-') {
            if takes_value(all, argument) || takes_value(command, argument) {
                rest.next();
            }
        } else if words.is_empty()
            && let Some(found) = command.find_subcommand(argument)
        {
            command = found;
            name += &format!(" {argument}");
        } else {
            words.push((position, argument));
        }
    }
    (name, command, words)
}

/// The arguments of `env --hook` with their words as one entry. `None`: they are another command's.
fn of_hook(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let texts = arguments.iter().map(|argument| argument.to_str());
    let texts: Vec<&str> = texts.collect::<Option<_>>()?;
    let [program, "env", "--hook", rest @ ..] = &*texts else {
        return None;
    };
    let mut all = Args::command();
    all.build();
    let env = all.find_subcommand("env")?;
    let (mut flags, mut words) = (vec![*program, "env", "--hook"], Vec::new());
    let mut rest = rest.iter().copied();
    while let Some(text) = rest.next() {
        if text == "--" {
            words.extend(rest.by_ref());
        } else if text.starts_with('-') {
            flags.push(text);
            if takes_value(env, text) {
                flags.extend(rest.next());
            }
        } else {
            words.push(text);
        }
    }
    let entry = words.join(" ");
    let arguments = flags.into_iter().chain(["--", &*entry]);
    Some(arguments.map(OsString::from).collect())
}

/// True if an option of the command takes the next argument as its value.
fn takes_value(command: &clap::Command, flag: &str) -> bool {
    let name = flag.strip_prefix("--");
    let named = |arg: &&clap::Arg| name.is_some() && arg.get_long() == name;
    let mut named = command.get_arguments().filter(named);
    named.any(|arg| arg.get_action().takes_values())
}

/// The arguments with their words as `--query`. `None`: they begin with a command, have no words, or have a
/// query besides.
fn with_query(arguments: Vec<OsString>) -> Option<Vec<OsString>> {
    let mut command = Args::command();
    command.build();
    let mut rest = arguments.into_iter();
    let mut others: Vec<OsString> = rest.next().into_iter().collect();
    let mut words = Vec::new();
    while let Some(argument) = rest.next() {
        let text = argument.to_str()?.to_owned();
        if text == "--" {
            for word in rest.by_ref() {
                words.push(word.into_string().ok()?);
            }
        } else if text.starts_with("--query") {
            return None;
        } else if text.starts_with('-') {
            others.push(argument);
            if takes_value(&command, &text) {
                others.extend(rest.next());
            }
        } else if words.is_empty() && command.find_subcommand(&text).is_some() {
            return None;
        } else {
            words.push(text);
        }
    }
    if words.is_empty() {
        return None;
    }
    others.push(format!("--query={}", words.join(" ")).into());
    Some(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_do_not_begin_with_a_command_are_a_search() {
        let query = |line: &str| {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            Args::parse_with_words(&arguments).map(|args| {
                let search = args.switcher.query.unwrap_or_default();
                (search, args.global.quiet, args.command.is_some())
            })
        };
        for (line, expected, quiet, is_command) in [
            ("roledex pay prod", "pay prod", false, false),
            ("roledex pay -q prod", "pay prod", true, false),
            ("roledex --portal acme pay list", "pay list", false, false),
            ("roledex pay --height=40% use", "pay use", false, false),
            ("roledex -- list -x", "list -x", false, false),
            ("roledex -1 pay", "pay", false, false),
            ("roledex --query pay", "pay", false, false),
            ("roledex list pay", "", false, true),
            ("roledex -q list", "", true, true),
            ("roledex", "", false, false),
        ] {
            let parsed = query(line).unwrap();
            assert_eq!(parsed, (expected.to_owned(), quiet, is_command), "{line}");
        }
        for line in [
            "roledex portal pay",
            "roledex --nonsense pay",
            "roledex -",
            "roledex --query a b",
            "roledex list a b c",
        ] {
            assert!(query(line).is_err(), "{line}");
        }
    }

    /// Arguments that give an option a value that it takes.
    fn given(program: &[String], option: &clap::Arg) -> Vec<String> {
        let flag = format!("--{}", option.get_long().unwrap());
        if !option.get_action().takes_values() {
            return vec![flag];
        }
        let named = option.get_possible_values().into_iter();
        let named = named.map(|value| value.get_name().to_owned());
        let values = named.chain(["x", "15", "111111111111/x"].map(str::to_owned));
        let given = values.map(|value| vec![flag.clone(), value]);
        let mut given = given.filter(|given| {
            let parsed = Args::try_parse_from([program, given].concat());
            !parsed.is_err_and(|error| {
                matches!(
                    error.kind(),
                    ErrorKind::ValueValidation | ErrorKind::InvalidValue
                )
            })
        });
        given.next().unwrap()
    }

    /// The arguments that have to be beside these.
    fn missing(arguments: &[String]) -> Option<String> {
        let error = Args::try_parse_from(arguments).err()?;
        (error.kind() == ErrorKind::MissingRequiredArgument).then(|| error.to_string())
    }

    /// clap does not require an argument beside one that excludes it, so an option that needs `--console` was
    /// accepted, and ignored, beside `--device`.
    #[test]
    fn no_option_stands_beside_one_that_excludes_what_it_needs() {
        let mut all = Args::command();
        all.build();
        let mut commands = vec![(vec!["roledex".to_owned()], &all)];
        let mut needing = 0;
        while let Some((path, command)) = commands.pop() {
            for inner in command.get_subcommands() {
                let path = [&path[..], &[inner.get_name().to_owned()]].concat();
                commands.push((path, inner));
            }
            let words = |all: bool| -> Vec<String> {
                let args = command.get_positionals();
                let args = args.filter(|arg| all || arg.is_required_set());
                let words = args.flat_map(|arg| {
                    let named = arg.get_possible_values().into_iter().next();
                    let value =
                        named.map_or_else(|| "x".to_owned(), |value| value.get_name().to_owned());
                    let before = arg.is_last_set().then(|| "--".to_owned());
                    before.into_iter().chain([value])
                });
                words.collect()
            };
            // Some commands need one of several arguments.
            let mut words = [words(false), words(true)].into_iter();
            let Some(words) = words.find(|words| missing(&[&path[..], words].concat()).is_none())
            else {
                continue;
            };
            let options = || {
                let options = command.get_arguments();
                options.filter(|arg| arg.get_long().is_some() && arg.get_id() != "help")
            };
            for option in options() {
                let option = given(&path, option);
                let Some(needed) = missing(&[&path[..], &option, &words].concat()) else {
                    continue;
                };
                needing += 1;
                for other in options() {
                    let other = given(&path, other);
                    let both = [&path[..], &option, &other, &words].concat();
                    let is_accepted = Args::try_parse_from(&both).is_ok();
                    assert!(!is_accepted || needed.contains(&other[0]), "{both:?}");
                }
            }
        }
        assert!(needing > 5, "{needing}");
    }

    #[test]
    fn the_words_that_rdx_passes_on_are_one_entry() {
        for (line, expected) in [
            ("prod", Some("prod")),
            ("prod admin", Some("prod admin")),
            ("--yes prod admin", Some("prod admin")),
            ("--portal acme prod --yes admin -q", Some("prod admin")),
            ("-", Some("-")),
            ("--yes -- prod -x", Some("prod -x")),
            ("--yes", None),
        ] {
            let line = format!("roledex env --hook --shell bash {line}");
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let args = Args::parse_with_words(&arguments).expect(&line);
            let Some(Command::Regular(crate::cli::Regular::Env(env))) = args.command else {
                panic!("{line}");
            };
            assert_eq!(env.entry.text(), expected, "{line}");
            assert_eq!(env.entry.entry.yes, line.contains("--yes"), "{line}");
        }
        for line in [
            "env --shell bash a b",
            "env --hook --nonsense a b",
            "env --hook --refresh a b",
        ] {
            let line = format!("roledex {line}");
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert!(Args::parse_with_words(&arguments).is_err(), "{line}");
        }
    }

    #[test]
    fn several_words_for_one_argument_have_a_hint() {
        for (line, expected) in [
            (
                "roledex use prod admin",
                Some("quote the words: roledex use \"prod admin\""),
            ),
            (
                "roledex -q list --kind org a b c",
                Some("quote the words: roledex list \"a b c\""),
            ),
            (
                "roledex exec -q a b -- ls x",
                Some("quote the words: roledex exec \"a b\" -- ls x"),
            ),
            (
                "roledex exec --live ls ls -la x;y",
                Some("put -- before the command: roledex exec --live ls -- ls -la \"x;y\""),
            ),
            ("roledex use prod", None),
            ("roledex region a b c", None),
            ("roledex portal remove a b", None),
            ("roledex exec a -- ls x", None),
        ] {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(
                Args::hint_for_words(&arguments).as_deref(),
                expected,
                "{line}"
            );
        }
    }

    #[test]
    fn the_command_is_found_among_options_and_values() {
        for (line, expected) in [
            ("roledex", "roledex"),
            ("roledex --portal use list x", "roledex list"),
            ("roledex -q portal --log f add use", "roledex portal add"),
            ("roledex nonsense use", "roledex"),
            ("roledex use --as use list", "roledex use"),
            ("roledex exec x -- list", "roledex exec"),
        ] {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(Args::command_of(&arguments), expected, "{line}");
        }
    }
}

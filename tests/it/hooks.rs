//! `roledex init` in the shells themselves: `rdx`, its completion, and the role in the prompt.

use std::path::Path;

use crate::support::terminal::{ENTER, Terminal, ctrl};
use crate::support::{Home, ROLEDEX, Ran, installed, nushell};

const SANDBOX: &str = "org:startup/333333333333/AdministratorAccess";

/// A user's home with a portal that is signed in and listed.
fn signed_in() -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list"]);
    home
}

/// `PATH` with the binary under test first.
fn path(home: &Home) -> String {
    let directory = Path::new(ROLEDEX).parent().unwrap().to_str().unwrap();
    let (_, path) = home
        .env()
        .into_iter()
        .find(|(name, _)| name == "PATH")
        .unwrap();
    format!("{directory}:{path}")
}

/// A script in a shell without anybody's start files.
fn script(home: &Home, shell: &str, text: &str, env: &[(&str, &str)]) -> Ran {
    let args: &[&str] = match shell {
        "bash" => &["--norc", "--noprofile"],
        "zsh" => &["-f"],
        "elvish" => &["-norc"],
        "xonsh" => &["--no-rc"],
        _ => &["--no-config"],
    };
    let mut command = home.command(shell);
    command
        .args(args)
        .args(["-c", text])
        .env("PATH", path(home));
    command.envs(env.iter().copied());
    Ran::new(&command.output().unwrap())
}

fn has(shell: &str) -> bool {
    installed(shell, &["-c", "exit"])
}

/// Says which program a test did without. No package of the machines that run the tests has it, so
/// that it cannot be required.
#[expect(clippy::print_stderr, reason = "a test says which peer it missed")]
fn not_run(program: &str) {
    eprintln!("not tested with {program} itself");
}

/// A shell, and what a script says in it.
struct Language {
    shell: &'static str,
    /// Defines `rdx`, in strict mode where the shell has one.
    hook: &'static str,
    /// Prints `ROLEDEX_ENTRY` in brackets, or `[none]`.
    show: &'static str,
    /// Prints a variable in brackets.
    print: fn(&str) -> String,
    /// Runs a command that fails, and prints `code=` and its exit code.
    code_of: fn(&str) -> String,
}

impl Language {
    /// A script that defines `rdx`.
    fn with_hook(&self, then: &str) -> String {
        format!("{}\n{then}", self.hook)
    }
}

const LANGUAGES: [Language; 5] = [
    Language {
        shell: "bash",
        hook: "set -euo pipefail\neval \"$(roledex init bash)\"",
        show: "echo \"[${ROLEDEX_ENTRY-none}]\"",
        print: |name| format!("echo \"[${{{name}-}}]\""),
        code_of: |command| format!("{command} || echo code=$?"),
    },
    Language {
        shell: "zsh",
        hook: "set -eu -o pipefail\neval \"$(roledex init zsh)\"",
        show: "echo \"[${ROLEDEX_ENTRY-none}]\"",
        print: |name| format!("echo \"[${{{name}-}}]\""),
        code_of: |command| format!("{command} || echo code=$?"),
    },
    Language {
        shell: "fish",
        hook: "roledex init fish | source",
        show: "echo \"[\"(set -q ROLEDEX_ENTRY; and echo $ROLEDEX_ENTRY; or echo none)\"]\"",
        print: |name| format!("echo \"[${name}]\""),
        code_of: |command| format!("{command}; echo code=$status"),
    },
    Language {
        shell: "elvish",
        // What an evaluated text defines is gone after it. In a terminal, the hook defines `rdx` there.
        hook: "var rdx~ = $nop~\neval &on-end={|hook| set rdx~ = $hook[rdx~] } (roledex init elvish | slurp)",
        show: "echo '['(if (has-env ROLEDEX_ENTRY) { get-env ROLEDEX_ENTRY } else { put none })']'",
        print: |name| format!("echo '['$E:{name}']'"),
        code_of: |command| {
            format!("try {{ {command} }} catch e {{ echo code=$e[reason][exit-status] }}")
        },
    },
    Language {
        shell: "xonsh",
        hook: "execx($(roledex init xonsh))",
        show: "print('[' + ${...}.get('ROLEDEX_ENTRY', 'none') + ']', flush=True)",
        print: |name| format!("print('[' + ${{...}}.get('{name}', '') + ']', flush=True)"),
        code_of: |command| format!("print('code=%d' % !({command}).rtn)"),
    },
];

/// The languages of the shells that are here.
fn languages() -> impl Iterator<Item = Language> {
    LANGUAGES.into_iter().filter(|language| has(language.shell))
}

/// The language of one shell, if it is here.
fn language(shell: &str) -> Option<Language> {
    languages().find(|language| language.shell == shell)
}

#[test]
fn rdx_exports_into_this_shell_and_off_takes_it_back() {
    let home = signed_in();
    for language in languages() {
        let (shell, show) = (language.shell, language.show);
        let key = (language.print)("AWS_ACCESS_KEY_ID");
        let profile = (language.print)("AWS_PROFILE");
        let text = format!(
            "rdx sandbox admin\n{show}\n{key}\n{profile}\nenv | grep '^ROLEDEX_ROLE'\nrdx off\n{show}\n{key}"
        );
        let ran = script(
            &home,
            shell,
            &language.with_hook(&text),
            &[("AWS_PROFILE", "other")],
        );
        assert_eq!(ran.code, 0, "{shell}: {ran:?}");
        let lines: Vec<_> = ran.stdout.lines().collect();
        assert!(lines[1].starts_with("[ASIA"), "{shell}: {ran:?}");
        let expected = [
            &format!("[{SANDBOX}]"),
            lines[1],
            "[]",
            "ROLEDEX_ROLE=AdministratorAccess",
            "[none]",
            "[]",
        ];
        assert_eq!(lines, expected, "{shell}");
        assert!(
            ran.stderr.contains("to remove it, run: rdx off"),
            "{shell}: {}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("AWS_"), "{shell}: {}", ran.stderr);
    }
}

/// A home that asks before it hands out the sandbox.
fn guarded() -> Home {
    let home = signed_in();
    let settings = "store = \"file\"\nguard = [\"sandbox\"]\n";
    home.write(".config/roledex/config.toml", settings);
    home
}

#[test]
fn rdx_takes_flags_among_several_words() {
    let home = guarded();
    for language in languages() {
        let (shell, show) = (language.shell, language.show);
        let refused = (language.code_of)("rdx sandbox admin");
        let text = format!(
            "rdx --yes sandbox admin\n{show}\nrdx off\nrdx sandbox --portal startup admin --yes\n{show}\nrdx off\n{refused}"
        );
        let ran = script(&home, shell, &language.with_hook(&text), &[]);
        let expected = format!("[{SANDBOX}]\n[{SANDBOX}]\ncode=5\n");
        assert_eq!(ran.stdout, expected, "{shell}: {ran:?}");
    }
    let Some(nu) = nushell() else { return };
    with_nushell(&home, &nu);
    let text = format!(
        "rdx --yes sandbox admin\n{SHOW_NU}\nrdx off\nrdx sandbox --portal startup admin --yes\n{SHOW_NU}"
    );
    let ran = nushell_script(&home, &nu, &text, &[]);
    assert_eq!(ran.stdout, format!("[{SANDBOX}]\n[{SANDBOX}]\n"), "{ran:?}");
}

const PRODUCTION: &str = "org:startup/111111111111/ReadOnlyAccess";

#[test]
fn rdx_goes_back_to_the_previous_role() {
    let home = signed_in();
    for language in languages() {
        let (shell, show) = (language.shell, language.show);
        let text = [
            "rdx sandbox admin",
            &format!("rdx {PRODUCTION}"),
            "rdx -",
            "rdx -",
            "rdx off",
            "rdx -",
            "true",
        ]
        .join(&format!("\n{show}\n"));
        let ran = script(&home, shell, &language.with_hook(&text), &[]);
        assert_eq!(ran.code, 0, "{shell}: {ran:?}");
        let expected = format!(
            "[{SANDBOX}]\n[{PRODUCTION}]\n[{SANDBOX}]\n[{PRODUCTION}]\n[none]\n[{PRODUCTION}]\n"
        );
        assert_eq!(ran.stdout, expected, "{shell}");
        let text = format!("{}\n{show}", (language.code_of)("rdx -"));
        let ran = script(&home, shell, &language.with_hook(&text), &[]);
        assert_eq!(ran.stdout, "code=4\n[none]\n", "{shell}: {ran:?}");
        assert!(ran.stderr.contains("no previous role"), "{shell}: {ran:?}");
    }
}

#[test]
fn rdx_refresh_renews_the_variables_of_this_shell() {
    let home = signed_in();
    for language in languages() {
        let (shell, show) = (language.shell, language.show);
        let token = (language.print)("AWS_SESSION_TOKEN");
        let text = format!("rdx sandbox admin\n{token}\nrdx refresh\n{token}\n{show}");
        let ran = script(&home, shell, &language.with_hook(&text), &[]);
        assert_eq!(ran.code, 0, "{shell}: {ran:?}");
        let lines: Vec<_> = ran.stdout.lines().collect();
        assert_eq!(lines.len(), 3, "{shell}: {ran:?}");
        assert!(lines[0].len() > 10 && lines[1].len() > 10, "{shell}");
        assert_ne!(lines[0], lines[1], "{shell}");
        assert_eq!(lines[2], format!("[{SANDBOX}]"), "{shell}");
        let words = "Refreshed: AdministratorAccess in Startup Sandbox (333333333333), for ";
        assert!(ran.stderr.contains(words), "{shell}: {ran:?}");
        assert!(
            !home.read(".aws/config").contains("roledex_entry"),
            "no profile was asked for"
        );
        // Without a role it is the command, which has nobody to ask here.
        let text = language.with_hook(&(language.code_of)("rdx refresh"));
        let ran = script(&home, shell, &text, &[]);
        assert_eq!(ran.stdout, "code=2\n", "{shell}: {ran:?}");
    }
}

#[test]
fn rdx_hands_other_commands_on() {
    let home = signed_in();
    for language in languages() {
        let shell = language.shell;
        let text = language.with_hook("rdx list sandbox | cat; rdx --version");
        let ran = script(&home, shell, &text, &[]);
        assert_eq!(ran.code, 0, "{shell}: {ran:?}");
        assert!(ran.stdout.contains("333333333333"), "{shell}: {ran:?}");
        assert!(ran.stdout.contains("roledex 0."), "{shell}: {ran:?}");
    }
}

#[test]
fn a_failure_evaluates_nothing_and_keeps_its_exit_code() {
    let home = signed_in();
    for language in languages() {
        let shell = language.shell;
        let code = (language.code_of)("rdx nothing-like-it");
        let text = language.with_hook(&format!("{code}\n{}", language.show));
        let ran = script(&home, shell, &text, &[]);
        assert_eq!(ran.stdout, "code=4\n[none]\n", "{shell}: {ran:?}");
    }
    // A strict script ends there. Elvish has one code for every exception.
    for (shell, code) in [("bash", 4), ("zsh", 4), ("elvish", 2)] {
        let Some(language) = language(shell) else {
            continue;
        };
        let text = language.with_hook("rdx nothing-like-it\necho on");
        let ran = script(&home, shell, &text, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{shell}");
    }
}

#[test]
fn rdx_returns_the_exit_code_of_roledex_in_fish() {
    let Some(fish) = language("fish") else {
        return;
    };
    let home = signed_in();
    let text = [
        "rdx sandbox admin",
        "rdx off",
        "rdx off",
        "false; roledex env sandbox --shell fish | source",
        "roledex env --unset --shell fish | source",
    ]
    .map(|line| format!("{line}; echo code=$status\n"));
    let ran = script(&home, "fish", &fish.with_hook(&text.concat()), &[]);
    assert_eq!(ran.stdout, "code=0\n".repeat(5), "{ran:?}");
    // Words of `test` are words like others.
    for word in ["!", "(", "-n", "-a"] {
        let text = format!("rdx '{word}'; echo code=$status");
        let ran = script(&home, "fish", &fish.with_hook(&text), &[]);
        assert!(!ran.stderr.contains("test:"), "{word}: {ran:?}");
        assert!(!ran.stdout.contains("code=0"), "{word}: {ran:?}");
    }
}

/// A universal variable belongs to every shell, also to those of later.
#[test]
fn rdx_leaves_the_universal_variables_of_fish_alone() {
    if !has("fish") {
        return;
    }
    let home = signed_in();
    let fish = |text: &str, env: &[(&str, &str)]| {
        let mut command = home.command("fish");
        command
            .args(["-c", text])
            .env("PATH", path(&home))
            .envs(env.iter().copied());
        let ran = Ran::new(&command.output().unwrap());
        assert_eq!(ran.code, 0, "{text}: {ran:?}");
        ran
    };
    let show = "echo \"[$AWS_PROFILE] [$AWS_REGION] [$AWS_ACCESS_KEY_ID]\"";
    let universal = "[dev] [us-east-2] [AKIAOWN]\n";
    fish(
        "set -Ux AWS_PROFILE dev; set -Ux AWS_REGION us-east-2; set -U AWS_ACCESS_KEY_ID AKIAOWN",
        &[],
    );
    let switch = "roledex init fish | source; rdx sandbox; env | string match -r '^AWS_(REGION|ACCESS_KEY_ID)=(?:AS|us-e|eu-w)'; rdx off";
    let ran = fish(&format!("{switch}; {show}"), &[]);
    let (held, after) = ran.stdout.split_once("\n[").unwrap();
    assert!(held.contains("=AS"), "{ran:?}");
    assert_eq!(format!("[{after}"), universal, "{ran:?}");
    let warning = "warning: programs still see AWS_PROFILE, a universal variable of fish; to remove it from all shells, run: set -eU AWS_PROFILE\n";
    assert_eq!(ran.stderr.matches(warning).count(), 1, "{ran:?}");
    assert_eq!(ran.stderr.matches("warning").count(), 1, "{ran:?}");
    let outer = [("AWS_PROFILE", "outer")];
    for text in [
        "roledex init fish | source; rdx off",
        "roledex env --unset --shell fish | source",
        "roledex env sandbox --shell fish | source; set -e AWS_ACCESS_KEY_ID AWS_REGION",
    ] {
        assert!(
            fish(&format!("{text}; {show}"), &outer)
                .stdout
                .ends_with("] [us-east-2] [AKIAOWN]\n")
        );
        assert_eq!(fish(show, &[]).stdout, universal, "{text}");
    }
    // What the parent of the shell exports is removed.
    fish("set -eU AWS_PROFILE", &[]);
    let text = "roledex init fish | source; rdx sandbox; set -q AWS_PROFILE; echo $status; env | string match 'AWS_PROFILE*'; true";
    let ran = fish(text, &outer);
    assert_eq!(ran.stdout, "1\n", "{ran:?}");
    assert!(!ran.stderr.contains("warning"), "{ran:?}");
}

#[test]
fn a_trace_shows_no_secret() {
    let home = signed_in();
    for (shell, on, off) in [
        ("bash", "set -x", "set +x"),
        ("bash", "set -v", "set +v"),
        (
            "bash",
            "set -T; trap 'echo \"$BASH_COMMAND\" >&2' DEBUG",
            "trap - DEBUG",
        ),
        ("zsh", "set -x", "set +x"),
        ("zsh", "set -v", "set +v"),
        (
            "zsh",
            "trap 'echo \"$ZSH_DEBUG_CMD\" >&2' DEBUG",
            "trap - DEBUG",
        ),
        ("fish", "set -g fish_trace 1", "set -e fish_trace"),
        (
            "xonsh",
            "$XONSH_TRACE_SUBPROC = True",
            "$XONSH_TRACE_SUBPROC = False",
        ),
    ] {
        let Some(language) = language(shell) else {
            continue;
        };
        let secret = (language.print)("AWS_SECRET_ACCESS_KEY");
        let token = (language.print)("AWS_SESSION_TOKEN");
        let text = format!("{on}\nrdx sandbox admin\n{off}\n{secret}\n{token}");
        let ran = script(&home, shell, &language.with_hook(&text), &[]);
        assert_eq!(ran.code, 0, "{shell}: {ran:?}");
        let lines: Vec<_> = ran.stdout.lines().collect();
        assert_eq!(lines.len(), 2, "{shell}: {ran:?}");
        for secret in lines {
            let secret = secret.trim_matches(['[', ']']);
            assert!(!secret.is_empty(), "{shell}");
            assert!(!ran.stderr.contains(secret), "{shell}");
        }
    }
}

#[test]
fn names_of_strangers_stay_text() {
    let scenario = "[[portals]]\nname = \"p\"\nregion = \"eu-west-1\"\nstart_url = \"https://d-1.awsapps.com/start\"\n[[portals.accounts]]\nid = \"111111111111\"\nname = \"a{RED}$(touch owned)(touch owned)`touch owned`';touch owned;'\\\"%n!! \\\\\"\nroles = [\"Admin\"]\n";
    let home = Home::scenario(scenario);
    home.sign_in();
    home.ok(&["list"]);
    for language in languages() {
        let shell = language.shell;
        let (load, show) = prompt_of(shell);
        let load = match shell {
            "bash" => format!("set +u; {load}"),
            "zsh" => format!("set +u; setopt prompt_subst; {load}"),
            _ => load.to_owned(),
        };
        let name = (language.print)("ROLEDEX_ACCOUNT_NAME");
        let text = format!("{load}\nrdx 111111111111/Admin\n{show}\n{name}");
        let ran = script(
            &home,
            shell,
            &language.with_hook(&text),
            &[("NO_COLOR", "1")],
        );
        assert_eq!(ran.code, 0, "{shell}: {ran:?}");
        let name = "a{RED}$(touch owned)(touch owned)`touch owned`';touch owned;'\"%n!! \\";
        assert!(
            ran.stdout.contains(&format!("[{name}]")),
            "{shell}: {ran:?}"
        );
        assert!(
            ran.stdout.contains(&format!("Admin@{name} ")),
            "{shell}: {ran:?}"
        );
        assert!(!home.path("owned").exists(), "{shell} ran a name");
        // Names are what completion tells of an id; they are never a word of it.
        let offered = home.ok(&["__complete", "--plain"]);
        assert!(
            offered
                .lines()
                .all(|line| line.starts_with("org:p/111111111111/Admin")),
            "{offered}"
        );
    }
}

/// The shell as a user has it: interactive, in a terminal, with start files that load the hook.
fn interactive<'a>(home: &Home, shell: &'a str) -> (&'a str, Vec<String>) {
    let alias = "alias rdx='echo no' eval='echo no' ls='ls --color'";
    match shell {
        "bash" => {
            home.write(
                ".rc",
                &format!("{alias}\nPS1='ready> '\neval \"$(roledex init bash)\"\n")
                    .replace("eval=", "cat="),
            );
            (
                shell,
                vec![
                    "--rcfile".to_owned(),
                    home.path(".rc").display().to_string(),
                    "-i".to_owned(),
                ],
            )
        }
        "zsh" => {
            home.write(".zshrc", &format!("{alias}\nPS1='ready> '\n\\builtin eval \"$(roledex init zsh)\"\nautoload -U compinit; compinit -u\n").replace("eval=", "cat="));
            (shell, vec!["-i".to_owned()])
        }
        "elvish" => {
            home.write(
                ".config/elvish/rc.elv",
                "fn rdx { echo no }\nset edit:prompt = { put 'ready> ' }\nset edit:rprompt = $nop~\neval (roledex init elvish | slurp)\n",
            );
            (shell, Vec::new())
        }
        "xonsh" => {
            home.write(
                ".xonshrc",
                "aliases['rdx'] = 'echo no'\n$PROMPT = 'ready> '\nexecx($(roledex init xonsh))\n",
            );
            (shell, Vec::new())
        }
        _ => {
            home.write(
                ".config/fish/config.fish",
                "alias cat 'echo no'\nfunction fish_prompt; echo 'ready> '; end\nset -g fish_greeting\nroledex init fish | source\n",
            );
            (shell, vec!["-i".to_owned()])
        }
    }
}

/// `rdx` at a prompt: canceled, then picked, then `rdx off`. `code` prints the last exit code as
/// `said`, `show` prints the entry of the shell.
fn cancel_and_pick(terminal: &mut Terminal, (code, said): (&str, &str), show: &str) {
    // Cancelled: nothing changes, and the exit code says so.
    terminal.press("rdx\r");
    terminal.wait("Enter export");
    terminal.press(&ctrl('c'));
    terminal.wait("ready>");
    terminal.press(&format!("{code}; {show}\r"));
    terminal.wait("[none]");
    terminal.wait(said);
    // Picked.
    terminal.press("rdx\r");
    terminal.wait("Enter export");
    terminal.press("sandbox");
    terminal.wait("1/6");
    terminal.press(ENTER);
    terminal.wait("to remove it, run: rdx off");
    terminal.press(&format!("clear; {show}\r"));
    terminal.wait(&format!("[{SANDBOX}]"));
    terminal.press("clear; rdx off\r");
    terminal.wait("no longer has a role");
}

#[test]
fn rdx_picks_at_the_terminal_of_an_interactive_shell() {
    for language in languages() {
        let home = signed_in();
        let (shell, show) = (language.shell, language.show);
        let mut terminal = at_a_prompt(&home, shell);
        let code = match shell {
            "fish" => ("echo code=$status", "code=130"),
            // It has said so.
            "elvish" => ("nop", "roledex exited with 130"),
            "xonsh" => ("print(f'code={$LAST_RETURN_CODE}')", "code=130"),
            _ => ("echo code=$?", "code=130"),
        };
        cancel_and_pick(&mut terminal, code, show);
        terminal.press(&format!("clear; {show}\r"));
        terminal.wait("[none]");
    }
}

/// What is printed in a subshell that was opened in `rdx` is for the screen: the shell around it evaluates what `rdx`
/// prints.
#[test]
fn the_output_of_a_subshell_in_rdx_is_not_evaluated() {
    for shell in ["bash", "zsh"] {
        if !has(shell) {
            continue;
        }
        let home = signed_in();
        let (program, args) = interactive(&home, shell);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let path = path(&home);
        let env = [("PATH", &*path), ("SHELL", "/bin/sh"), ("PS1", "sub$ ")];
        let mut terminal = Terminal::open(&home, program, &args, (100, 30), &env);
        terminal.wait("ready>");
        terminal.press("rdx\r");
        terminal.wait("Enter export");
        terminal.press("sandbox");
        terminal.wait("1/6");
        terminal.press(&ctrl('s'));
        terminal.wait("exit to return to roledex");
        terminal.press("echo touch evaluated; test -t 1 && echo on_a_terminal=$?\r");
        terminal.wait("touch evaluated\non_a_terminal=0");
        terminal.press("exit\r");
        terminal.wait("left the subshell");
        terminal.press(ENTER);
        terminal.wait("to remove it, run: rdx off");
        assert!(!home.path("evaluated").exists(), "{shell}");
    }
}

/// A shell as a user has it, at its first prompt.
fn at_a_prompt(home: &Home, shell: &str) -> Terminal {
    let (program, args) = interactive(home, shell);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let path = path(home);
    let terminal = Terminal::open(home, program, &args, (100, 30), &[("PATH", &path)]);
    terminal.wait("ready>");
    terminal
}

#[test]
fn shells_complete_at_a_terminal() {
    for shell in ["bash", "zsh", "elvish", "xonsh"] {
        if !has(shell) {
            continue;
        }
        let home = signed_in();
        home.ok(&["use", "sandbox", "--profile", "my-sandbox"]);
        let mut terminal = at_a_prompt(&home, shell);
        terminal.press("rdx org:startup/33\t");
        terminal.wait(&format!("rdx {SANDBOX}"));
        terminal.press(ENTER);
        terminal.until("a prompt after it", |screen| {
            screen.contains("to remove it") && screen.trim_end().ends_with("ready>")
        });
        for (typed, expected) in [
            ("rdx of", "rdx off"),
            ("roledex logo", "roledex logout"),
            ("rdx use my-", "rdx use my-sandbox"),
            ("roledex use my-", "roledex use my-sandbox"),
            ("roledex use --for", "roledex use --force"),
            ("roledex portal ed", "roledex portal edit"),
            ("roledex -q use my-", "roledex -q use my-sandbox"),
            (
                "roledex --portal startup use my-",
                "roledex --portal startup use my-sandbox",
            ),
        ] {
            terminal.press(&format!("{typed}\t"));
            terminal.wait(&format!("ready> {expected}"));
            // An empty line, in every editor.
            terminal.press(&ctrl('u'));
        }
        if shell == "bash" || shell == "zsh" {
            for (typed, expected) in [
                ("roledex use \"my-", "roledex use \"my-sandbox\""),
                (
                    "roledex use 'org:startup/33",
                    &*format!("roledex use '{SANDBOX}'"),
                ),
                ("roledex init xo", "roledex init xonsh"),
            ] {
                terminal.press(&format!("{typed}\t"));
                terminal.wait(&format!("ready> {expected}"));
                terminal.press(&ctrl('u'));
            }
        }
    }
}

#[test]
fn bash_completes_entries() {
    let Some(bash) = language("bash") else {
        return;
    };
    let home = signed_in();
    home.ok(&["use", "sandbox", "--profile", "my-sandbox"]);
    let complete = |line: &str| {
        let spread = line.replace(':', " : ");
        let blank = if line.ends_with(' ') { " ''" } else { "" };
        let text = format!(
            "COMP_LINE='{line}' COMP_POINT={} COMP_WORDS=({spread}{blank})\nCOMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n__roledex_complete {} \"${{COMP_WORDS[COMP_CWORD]}}\" ''\nprintf '%s\\n' \"${{COMPREPLY[@]-}}\"",
            line.len(),
            line.split(' ').next().unwrap()
        );
        let ran = script(&home, "bash", &bash.with_hook(&text), &[]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line}: {ran:?}");
        ran.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete("rdx my-"), ["my-sandbox"]);
    assert_eq!(
        complete("rdx org:startup/3333"),
        ["startup/333333333333/AdministratorAccess"]
    );
    assert_eq!(
        complete("roledex use org:startup/3333"),
        ["startup/333333333333/AdministratorAccess"]
    );
    assert_eq!(complete("rdx use my-"), ["my-sandbox"]);
    assert_eq!(complete("rdx of"), ["off"]);
    assert_eq!(complete("rdx --yes my-"), ["my-sandbox"]);
    for line in [
        "roledex console --service my-",
        "roledex use --method my-",
        "rdx --mfa-code my-",
    ] {
        assert_eq!(complete(line), [""], "{line}: a value is no entry");
    }
    assert_eq!(
        complete("rdx sandbox"),
        [SANDBOX],
        "the one answer of a search"
    );
    assert!(complete("rdx ").len() > 10);
    assert!(complete("rdx lo").contains(&"login".to_owned()));
    assert!(complete("roledex use --for").contains(&"--force".to_owned()));
}

#[test]
fn fish_completes_entries() {
    let Some(fish) = language("fish") else {
        return;
    };
    let home = signed_in();
    home.ok(&["use", "sandbox", "--profile", "my-sandbox"]);
    let complete = |line: &str| {
        let text = fish.with_hook(&format!("complete -C '{line}'"));
        let ran = script(&home, "fish", &text, &[]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line}");
        ran.stdout
    };
    assert!(complete("rdx my-").contains("my-sandbox\tAdministratorAccess in 333333333333"));
    assert!(complete("rdx org:startup/3333").contains(&format!("{SANDBOX}\tStartup Sandbox")));
    assert!(complete("roledex use org:startup/3333").contains(SANDBOX));
    assert!(complete("rdx of").contains("off\tremove the role"));
    assert!(complete("roledex lo").contains("login\tSign in to a portal"));
    assert!(!complete("rdx ").contains("assets"), "no files");
}

#[test]
fn zsh_completes_both_commands_where_compinit_comes_late() {
    let Some(zsh) = language("zsh") else {
        return;
    };
    let home = signed_in();
    let text = zsh.with_hook(
        "autoload -U compinit; compinit -D; __roledex_compdef; echo \"$_comps[rdx] $_comps[roledex] $#precmd_functions\"",
    );
    let ran = script(&home, "zsh", &text, &[]);
    assert_eq!(
        ran.stdout, "__roledex_complete __roledex_complete 0\n",
        "{ran:?}"
    );
}

#[test]
fn the_hook_of_zsh_works_with_arrays_of_ksh() {
    if !has("zsh") {
        return;
    }
    let home = Home::new("startup");
    let text = "setopt ksh_arrays; precmd_functions=(one two)\neval \"$(roledex init zsh)\"\n\
         autoload -U compinit; compinit -D; __roledex_compdef\n\
         echo \"${precmd_functions[@]} ${_comps[roledex]}\"";
    let ran = script(&home, "zsh", text, &[]);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("one two __roledex_complete\n", ""),
        "{ran:?}"
    );
}

/// zsh evaluates each list of values, with the descriptions in double quotes.
#[test]
fn zsh_reads_the_description_of_every_value() {
    if !has("zsh") {
        return;
    }
    let home = Home::new("startup");
    let text = home.ok(&["completions", "zsh"]);
    let lists = text.split("((").skip(1);
    let lists: Vec<_> = lists
        .filter_map(|part| part.split_once("))'"))
        .map(|(list, _)| list.replace(r"'\\''", "'"))
        .collect();
    assert!(lists.len() > 3, "{lists:?}");
    for list in lists {
        let mut command = home.command("zsh");
        let text = "eval \"values=( $1 )\"; print -l -- $values";
        command.args(["-f", "-c", text, "zsh", &list]);
        let ran = Ran::new(&command.output().unwrap());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{list}");
        assert_eq!(ran.stdout.lines().count(), list.lines().count(), "{list}");
    }
}

#[test]
fn a_read_only_prompt_command_is_explained() {
    let home = Home::new("startup");
    let text =
        "readonly PROMPT_COMMAND=true\neval \"$(roledex init bash --prompt)\"\ndeclare -F rdx";
    let ran = script(&home, "bash", text, &[]);
    assert_eq!(ran.stdout, "rdx\n", "{ran:?}");
    assert!(
        ran.stderr
            .starts_with("roledex: PROMPT_COMMAND is read-only")
    );
}

/// Evaluated, nothing would be a success, and a script would go on with the role that it had.
#[test]
fn a_failure_of_env_fails_where_it_is_evaluated() {
    let home = signed_in();
    let evaluate = |shell: &str, text: &str| {
        let mut command = home.command(shell);
        let ran = command.args(["-c", text]).env("PATH", path(&home)).output();
        Ran::new(&ran.unwrap())
    };
    let failures = [
        ("nothing-like-it", 4),
        ("a b", 2),
        ("--nonsense", 2),
        ("--unset x", 2),
        ("--shell nonsense x", 2),
        ("org:startup/333333333333/None", 5),
    ];
    for shell in ["sh", "bash", "dash", "zsh", "mksh", "ksh"] {
        if !has(shell) {
            continue;
        }
        for (args, code) in failures {
            let line = format!("eval \"$(roledex env sandbox)\"; eval \"$(roledex env {args})\"");
            let ran = evaluate(shell, &format!("set -eu; {line}; echo went on"));
            assert_eq!(
                (ran.code, ran.stdout.as_str()),
                (code, ""),
                "{shell}: {args}"
            );
            let ran = evaluate(shell, &format!("{line}; echo code=$?"));
            assert_eq!(ran.stdout, format!("code={code}\n"), "{shell}: {args}");
        }
    }
    if has("fish") {
        for (args, code) in failures {
            let line = format!("roledex env {args} | source; echo code=$status");
            let ran = evaluate("fish", &format!("set -x SHELL fish; {line}"));
            assert_eq!(ran.stdout, format!("code={code}\n"), "{args}");
        }
    }
    for shell in ["json", "dotenv"] {
        let line = format!("roledex env nothing-like-it --shell {shell}; echo code=$?");
        assert_eq!(evaluate("sh", &line).stdout, "code=4\n", "{shell}");
    }
    // Another program looks at the code.
    let ran = home.run(&["env", "nothing-like-it"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{ran:?}");
    let ran = evaluate("sh", "export SHELL=/bin/tcsh; roledex env sandbox; exit $?");
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (2, "(exit 2)\n"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("no export lines for tcsh"), "{ran:?}");
}

/// The process group of `$(…)` is that of the shell, which waits for what is printed.
#[test]
fn the_picker_of_rdx_cannot_be_suspended() {
    for shell in ["bash", "zsh", "fish"] {
        if !has(shell) {
            continue;
        }
        let home = signed_in();
        let mut terminal = at_a_prompt(&home, shell);
        terminal.press("rdx\r");
        terminal.wait("Enter export");
        terminal.press(&ctrl('z'));
        terminal.wait("cannot be suspended");
        terminal.press("sandbox");
        terminal.wait("1/6");
        terminal.press(ENTER);
        terminal.wait("to remove it, run: rdx off");
    }
}

/// xonsh loads a file with the name of the command from a directory of the user's or of the system's.
#[test]
fn xonsh_completes_commands_flags_and_values() {
    if !has("xonsh") {
        return;
    }
    let home = Home::new("startup");
    home.write(
        ".config/xonsh/completions/roledex.py",
        &home.ok(&["completions", "xonsh"]),
    );
    let complete = |line: &str| {
        let text = format!(
            "from xonsh.completers.commands import complete_xompletions\n\
             from xonsh.parsers.completion_context import CompletionContextParser\n\
             context = CompletionContextParser().parse('{line}', {})\n\
             print(*sorted(complete_xompletions(context) or []), sep='\\n')",
            line.len()
        );
        let ran = script(&home, "xonsh", &text, &[]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line}: {ran:?}");
        ran.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete("roledex lo"), ["login", "logout"]);
    assert_eq!(complete("roledex portal e"), ["edit"]);
    assert_eq!(complete("roledex use --for"), ["--force"]);
    assert_eq!(complete("roledex use prod --for"), ["--force"]);
    assert_eq!(complete("roledex env --shell x"), ["xonsh"]);
    assert_eq!(complete("roledex init el"), ["elvish"]);
    assert_eq!(complete("roledex --log "), [""], "files are offered");
}

/// Commands that put the role into the prompt `$ ` of a shell, and that print it.
fn prompt_of(shell: &str) -> (&'static str, &'static str) {
    match shell {
        "bash" => (
            "PS1='$ '; eval \"$(roledex init bash --prompt)\"",
            "__roledex_prompt; echo \"${PS1@P}\"",
        ),
        "zsh" => (
            "PS1='$ '; eval \"$(roledex init zsh --prompt)\"",
            "__roledex_prompt; print -P \"$PROMPT\"",
        ),
        "elvish" => (
            "var prompt~ = $nop~; eval &on-end={|hook| set prompt~ = $hook[roledex-prompt~] } (roledex init elvish --prompt | slurp)",
            "print (prompt | each {|part| print $part } | slurp)\"$ \\n\"",
        ),
        "xonsh" => (
            "$PROMPT = '$ '; execx($(roledex init xonsh --prompt))",
            "from xonsh.prompt.base import PromptFormatter; from xonsh.tools import print_color; print_color(PromptFormatter()($PROMPT))",
        ),
        _ => (
            "function fish_prompt; echo '$ '; end; roledex init fish --prompt | source",
            "fish_prompt",
        ),
    }
}

/// The prompt of a shell whose credentials last so long, with one more variable.
fn prompt(home: &Home, shell: &str, left: &str, variable: (&str, &str)) -> String {
    let (load, show) = prompt_of(shell);
    let env = [
        ("ROLEDEX_ENTRY", "org:acme/111111111111/Admin"),
        ("ROLEDEX_ROLE", "Admin"),
        ("ROLEDEX_ACCOUNT_ID", "111111111111"),
        ("ROLEDEX_ACCOUNT_NAME", "Payments Prod"),
        ("AWS_CREDENTIAL_EXPIRATION", left),
        variable,
    ];
    let ran = script(home, shell, &format!("{load}\n{show}"), &env);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{shell}: {ran:?}");
    ran.stdout
}

#[test]
fn the_prompt_shows_the_role_and_the_time_that_is_left() {
    let home = Home::new("startup");
    let now = roledex::internals::config::Clock::System.now();
    let after = |seconds: i64| {
        let at = jiff::Timestamp::from_second(now.as_second() + seconds).unwrap();
        at.to_string()
    };
    for Language { shell, .. } in languages() {
        for (left, expected) in [
            (after(7 * 3_600 + 359), "Admin@Payments Prod 7h05m $ "),
            (after(47 * 60 + 59), "Admin@Payments Prod 47m $ "),
            (after(9 * 60 + 59), "!Admin@Payments Prod 9m $ "),
            (after(-5), "!Admin@Payments Prod expired $ "),
            (
                "1999-02-28T23:59:59+00:00".to_owned(),
                "!Admin@Payments Prod expired $ ",
            ),
            ("2096-02-29T00:00:00.123Z".to_owned(), "m $ "),
            ("hello".to_owned(), "Admin@Payments Prod $ "),
        ] {
            let shown = prompt(&home, shell, &left, ("NO_COLOR", "1"));
            assert!(
                shown.trim_end_matches('\n').ends_with(expected),
                "{shell} {left}: {shown:?}"
            );
        }
        let (calm, loud) = (
            prompt(&home, shell, &after(3_000), ("NO_COLOR", "")),
            prompt(&home, shell, &after(100), ("NO_COLOR", "")),
        );
        assert!(
            calm.contains("36m") && !calm.contains("31m"),
            "{shell}: {calm:?}"
        );
        assert!(loud.contains("31m"), "{shell}: {loud:?}");
        for variable in [("TERM", "dumb"), ("INSIDE_EMACS", "29.1,comint")] {
            let shown = prompt(&home, shell, &after(100), variable);
            assert!(
                shown.contains("!Admin@Payments Prod 1m $ "),
                "{shell}: {shown:?}"
            );
            let codes = ["31m", "\u{1}", "\u{2}"];
            assert!(
                codes.iter().all(|code| !shown.contains(code)),
                "{shell}: {shown:?}"
            );
        }
    }
}

/// The date arithmetic is our own where a shell has none: each agrees with jiff on days that are easily got wrong.
#[test]
fn the_shells_know_the_calendar() {
    let home = Home::new("startup");
    let days = [
        "1970-01-01",
        "1999-12-31",
        "2000-02-29",
        "2000-03-01",
        "2024-02-29",
        "2026-11-21",
        "2099-12-31",
        "2100-02-28",
        "2100-03-01",
    ];
    for shell in ["bash", "zsh", "fish", "elvish"] {
        if !has(shell) {
            continue;
        }
        for day in days {
            let at = format!("{day}T08:09:59Z");
            let expected = at.parse::<jiff::Timestamp>().unwrap().as_second();
            let text = match shell {
                "bash" => format!(
                    "eval \"$(roledex init bash --prompt)\"; __roledex_seconds_left {at}; printf -v now '%(%s)T' -1; echo $((__roledex_left + now))"
                ),
                "zsh" => format!(
                    "eval \"$(roledex init zsh --prompt)\"; setopt extended_glob; __roledex_seconds_left {at}; echo $((__roledex_left + EPOCHSECONDS))"
                ),
                "elvish" => format!(
                    "eval &on-end={{|hook| + ($hook[roledex-seconds-left~] {at}) (date +%s) | each $echo~ }} (roledex init elvish --prompt | slurp)"
                ),
                _ => format!(
                    "roledex init fish --prompt | source; math (__roledex_seconds_left {at}) + (date +%s)"
                ),
            };
            let ran = script(&home, shell, &text, &[]);
            let got: i64 = ran.stdout.trim().parse().unwrap();
            assert!((got - expected).abs() <= 2, "{shell} {day}: {ran:?}");
        }
    }
}

#[test]
fn a_prompt_leaves_the_status_and_other_prompts_alone() {
    let home = Home::new("startup");
    if has("bash") {
        let text = "PROMPT_COMMAND='echo \"status $?\"'; PS1='$ '\neval \"$(roledex init bash --prompt)\"; eval \"$(roledex init bash --prompt)\"\n(exit 7)\neval \"$PROMPT_COMMAND\"\n(exit 7)\n__roledex_prompt\necho \"$?|${PS1@P}|${PROMPT_COMMAND[*]}\"";
        let ran = script(&home, "bash", text, &[]);
        assert_eq!(
            ran.stdout, "status 7\n7|$ |echo \"status $?\" __roledex_prompt\n",
            "{ran:?}"
        );
    }
    if has("fish") {
        let text = "function fish_prompt; echo \"status $status, $pipestatus\"; end\nroledex init fish --prompt | source; roledex init fish --prompt | source\nfunction seven; return 7; end\nseven\nfish_prompt\nfalse | true | seven\nfish_prompt";
        let ran = script(&home, "fish", text, &[]);
        assert_eq!(ran.stdout, "status 7, 7\nstatus 7, 1 0 7\n", "{ran:?}");
    }
}

#[test]
fn what_bash_remembers_of_a_command_is_there_after_the_prompt() {
    if !has("bash") {
        return;
    }
    let home = Home::new("startup");
    home.write(
        ".rc",
        "PROMPT_COMMAND='PS1=\"ready> \"'\neval \"$(roledex init bash --prompt)\"\nPROMPT_COMMAND+=('echo \"<${PIPESTATUS[*]}>\"' 'echo \"<$?>\"')\n",
    );
    let path = path(&home);
    let env = [
        ("PATH", path.as_str()),
        ("NO_COLOR", "1"),
        ("ROLEDEX_ENTRY", "org:acme/111111111111/Admin"),
        ("ROLEDEX_ROLE", "Admin"),
        ("ROLEDEX_ACCOUNT_NAME", "Payments Prod"),
        ("AWS_CREDENTIAL_EXPIRATION", "1999-02-28T23:59:59Z"),
    ];
    let args = ["--rcfile", ".rc", "-i"];
    let mut terminal = Terminal::open(&home, "bash", &args, (100, 30), &env);
    let prompt = "!Admin@Payments Prod expired ready>";
    terminal.wait(prompt);
    terminal.press("[[ abc =~ b.* ]]; false | true | (exit 3)\r");
    terminal.wait("<1 0 3>\n<3>\n");
    terminal.press("echo \"match=$BASH_REMATCH\"\r");
    terminal.wait("match=bc");
    terminal.until("a prompt each time", |screen| {
        screen.matches(prompt).count() == 3
    });
}

#[test]
fn a_subshell_says_where_one_is_and_how_to_leave() {
    let home = signed_in();
    let shell = |env: &[(&str, &str)]| {
        let mut command = home.command(ROLEDEX);
        command.args(["shell", "sandbox"]).envs(env.iter().copied());
        Ran::new(&command.output().unwrap())
    };
    let ran = shell(&[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for words in [
        "AdministratorAccess in Startup Sandbox (333333333333), for ",
        "; to leave, run: exit",
        "left AdministratorAccess in Startup Sandbox",
    ] {
        assert!(ran.stderr.contains(words), "{words}: {ran:?}");
    }
    let nested = shell(&[("ROLEDEX_ENTRY", "org:startup/111111111111/ReadOnlyAccess")]);
    assert_eq!(nested.code, 0, "{nested:?}");
    let words = "already has org:startup/111111111111/ReadOnlyAccess; exit the new one";
    assert!(nested.stderr.contains(words), "{nested:?}");
}

#[test]
fn status_current_is_what_this_shell_holds() {
    let home = Home::new("startup");
    let status = |env: &[(&str, &str)], args: &[&str]| {
        let mut command = home.command(ROLEDEX);
        command
            .args(["status", "--current"])
            .args(args)
            .envs(env.iter().copied());
        let ran = Ran::new(&command.output().unwrap());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        ran.stdout
    };
    let held = [
        ("ROLEDEX_ENTRY", "org:acme/111111111111/Admin"),
        ("ROLEDEX_ACCOUNT_NAME", "Payments\u{1b}[2J Prod"),
        ("AWS_CREDENTIAL_EXPIRATION", "2001-01-01T00:00:00Z"),
    ];
    let format = ["--format", "{state} {role}@{account} {short}"];
    assert_eq!(
        status(&held, &format),
        "expired Admin@Payments[2J Prod expired\n"
    );
    assert_eq!(status(&held[..1], &format), "none Admin@111111111111 \n");
    assert_eq!(status(&[], &format), "");
    assert_eq!(status(&[("ROLEDEX_ENTRY", "nonsense")], &[]), "");
    assert_eq!(status(&[], &["--json"]), "null\n");
    let json: serde_json::Value = serde_json::from_str(&status(&held, &["--json"])).unwrap();
    assert_eq!(
        (&json["mode"], &json["role"]),
        (&"env".into(), &"Admin".into())
    );
}

/// starship itself is no peer here: its modules are run as it runs them, with the command as the last
/// argument of what it takes for a shell, if `use_stdin` says so (seen with starship 1.27).
#[test]
fn the_modules_for_starship_print_one_of_two_things() {
    let home = Home::new("startup");
    let modules: toml::Table = home.ok(&["init", "starship"]).parse().unwrap();
    let now = roledex::internals::config::Clock::System.now().as_second();
    let run = |name: &str, left: i64| {
        let module = &modules["custom"][name];
        let shell = module["shell"].as_array().unwrap();
        let shell: Vec<_> = shell.iter().map(|word| word.as_str().unwrap()).collect();
        assert_eq!(shell[0], "roledex");
        assert_eq!(
            module["when"].as_bool(),
            Some(true),
            "no process of its own"
        );
        assert_eq!(
            module["use_stdin"].as_bool(),
            Some(false),
            "the command is an argument"
        );
        let format = module["format"].as_str().unwrap();
        assert!(
            format.starts_with("([") && format.ends_with(')'),
            "nothing where nothing is printed"
        );
        let at = jiff::Timestamp::from_second(now + left)
            .unwrap()
            .to_string();
        let mut command = home.command(ROLEDEX);
        command
            .args(&shell[1..])
            .arg(module["command"].as_str().unwrap())
            .env("ROLEDEX_ENTRY", "org:a/111111111111/Admin")
            .env("ROLEDEX_ACCOUNT_NAME", "Prod")
            .env("AWS_CREDENTIAL_EXPIRATION", at);
        let ran = Ran::new(&command.output().unwrap());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        ran.stdout.trim().to_owned()
    };
    assert_eq!(run("roledex", 3_000), "Admin@Prod 50m");
    assert_eq!(run("roledex_soon", 3_000), "");
    assert_eq!(run("roledex", 659), "");
    assert_eq!(run("roledex_soon", 659), "!Admin@Prod 10m");
    assert_eq!(run("roledex_soon", -1), "!Admin@Prod expired");
    not_run("starship");
}

#[test]
fn the_hook_of_a_shell_that_is_not_here_is_as_it_was() {
    let home = Home::new("startup");
    not_run("pwsh");
    let text = home.ok(&["init", "pwsh"]);
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("hook-pwsh", text);
    });
    // One line gives both.
    for shell in ["bash", "zsh", "fish", "nu", "elvish", "xonsh", "pwsh"] {
        let (hook, both) = (
            home.ok(&["init", shell]),
            home.ok(&["init", shell, "--prompt"]),
        );
        let prompt = both.strip_prefix(&hook).unwrap_or_default();
        assert!(prompt.contains("ROLEDEX_ACCOUNT_NAME"), "{shell}");
    }
}

/// A home where Nushell has the hook, put there by the README's line for it.
fn with_nushell(home: &Home, nu: &str) {
    home.write(
        ".config/nushell/config.nu",
        "$env.config.show_banner = false\n$env.PROMPT_COMMAND = {|| 'ready'}\n$env.PROMPT_COMMAND_RIGHT = ''\n",
    );
    let readme = include_str!("../../docs/shells.md");
    let row = readme.lines().find(|line| line.starts_with("| Nushell |"));
    let codes: Vec<_> = row.unwrap().split('`').skip(1).step_by(2).collect();
    assert_eq!(codes.len(), 3, "{codes:?}");
    assert_eq!(codes[2], "config.nu");
    let ran = nushell_script(home, nu, &codes[0].replace("\\|", "|"), &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let config = home.read(".config/nushell/config.nu");
    home.write(
        ".config/nushell/config.nu",
        &format!("{config}{}\nalias from = echo no\n", codes[1]),
    );
}

/// A script in a Nushell that has read a user's settings.
fn nushell_script(home: &Home, nu: &str, text: &str, env: &[(&str, &str)]) -> Ran {
    let mut command = home.command(nu);
    command
        .arg("--config")
        .arg(home.path(".config/nushell/config.nu"))
        .args(["--commands", text])
        .env("PATH", path(home))
        .envs(env.iter().copied());
    Ran::new(&command.output().unwrap())
}

/// The command that prints `ROLEDEX_ENTRY`, or `none`, in Nushell.
const SHOW_NU: &str = "print $\"[($env.ROLEDEX_ENTRY? | default none)]\"";

#[test]
fn rdx_switches_nushell_and_back() {
    let Some(nu) = nushell() else { return };
    let home = signed_in();
    with_nushell(&home, &nu);
    let text = format!(
        "rdx sandbox admin\n{SHOW_NU}\nprint ($env.AWS_PROFILE? | default none)\n\
         ^env | lines | where $it =~ '^(AWS_SECRET_ACCESS_KEY|ROLEDEX_ROLE)=' | each {{ split row '=' | first }} | sort | print ...$in\n\
         rdx off\n{SHOW_NU}\nprint ($env.AWS_SECRET_ACCESS_KEY? | default none)"
    );
    let ran = nushell_script(&home, &nu, &text, &[("AWS_PROFILE", "other")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let expected =
        format!("[{SANDBOX}]\nnone\nAWS_SECRET_ACCESS_KEY\nROLEDEX_ROLE\n[none]\nnone\n");
    assert_eq!(ran.stdout, expected);
    for words in ["to remove it, run: rdx off", "no longer has a role"] {
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
    assert!(!ran.stderr.contains("AWS_"), "{ran:?}");
}

/// No variable of the role before it stays.
#[test]
fn rdx_switches_to_keys_without_a_session() {
    let home = signed_in();
    home.write(
        ".aws/credentials",
        "[own]\naws_access_key_id = AKIAOWN\naws_secret_access_key = secret\n",
    );
    let expected = "[AKIAOWN]\n[]\n[]\n";
    let names = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SESSION_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
    ];
    for language in languages() {
        let shell = language.shell;
        let print = names.map(language.print).join("\n");
        let text = language.with_hook(&format!("rdx sandbox admin\nrdx profile:own\n{print}"));
        let ran = script(&home, shell, &text, &[]);
        assert_eq!(ran.stdout, expected, "{shell}: {ran:?}");
    }
    let Some(nu) = nushell() else { return };
    with_nushell(&home, &nu);
    let print = names.map(|name| format!("print $\"[($env.{name}? | default '')]\""));
    let text = format!("rdx sandbox admin\nrdx profile:own\n{}", print.join("\n"));
    let ran = nushell_script(&home, &nu, &text, &[]);
    assert_eq!(ran.stdout, expected, "{ran:?}");
}

#[test]
fn rdx_goes_back_to_the_previous_role_in_nushell_and_refreshes_it() {
    let Some(nu) = nushell() else { return };
    let home = signed_in();
    with_nushell(&home, &nu);
    let token = "print ($env.AWS_SESSION_TOKEN | hash md5)";
    let text = format!(
        "rdx sandbox admin\n{token}\nrdx refresh\n{token}\n{}",
        [
            &format!("rdx {PRODUCTION}"),
            "rdx -",
            "rdx -",
            "rdx off",
            "rdx -"
        ]
        .map(|line| format!("{line}\n{SHOW_NU}\n"))
        .concat()
    );
    let ran = nushell_script(&home, &nu, &text, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_ne!(lines[0], lines[1]);
    let expected = [PRODUCTION, SANDBOX, PRODUCTION, "none", PRODUCTION];
    assert_eq!(lines[2..], expected.map(|entry| format!("[{entry}]")));
    assert!(ran.stderr.contains("Refreshed: "), "{ran:?}");
    let text = format!("try {{ rdx - }} catch {{ {SHOW_NU} }}");
    let ran = nushell_script(&home, &nu, &text, &[]);
    assert_eq!(ran.stdout, "[none]\n", "{ran:?}");
    assert!(ran.stderr.contains("no previous role"), "{ran:?}");
}

#[test]
fn the_prompt_of_nushell_shows_the_role_and_the_time_that_is_left() {
    let Some(nu) = nushell() else { return };
    let home = Home::new("startup");
    home.write(".config/nushell/config.nu", "");
    let now = roledex::internals::config::Clock::System.now();
    let prompt = home.ok(&["init", "nu", "--prompt"]);
    home.write("both.nu", &prompt);
    for (seconds, expected) in [
        (7 * 3_600 + 359, "Admin@Payments Prod 7h05m $ "),
        (47 * 60 + 59, "Admin@Payments Prod 47m $ "),
        (9 * 60 + 59, "!Admin@Payments Prod 9m $ "),
        (-5, "!Admin@Payments Prod expired $ "),
    ] {
        let at = jiff::Timestamp::from_second(now.as_second() + seconds).unwrap();
        let text = "$env.PROMPT_COMMAND = {|| '$ '}\nsource both.nu\nsource both.nu\nprint (do $env.PROMPT_COMMAND)";
        let env = [
            ("ROLEDEX_ENTRY", "org:acme/111111111111/Admin"),
            ("ROLEDEX_ROLE", "Admin"),
            ("ROLEDEX_ACCOUNT_ID", "111111111111"),
            ("ROLEDEX_ACCOUNT_NAME", "Payments Prod"),
            ("AWS_CREDENTIAL_EXPIRATION", &at.to_string()),
            ("NO_COLOR", "1"),
        ];
        let ran = nushell_script(&home, &nu, text, &env);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(ran.stdout, format!("{expected}\n"), "{ran:?}");
        let ran = nushell_script(&home, &nu, text, &env[1..]);
        assert_eq!(ran.stdout, "$ \n", "{ran:?}");
    }
}

#[test]
fn rdx_hands_other_commands_of_nushell_on_with_their_output() {
    let Some(nu) = nushell() else { return };
    let home = signed_in();
    with_nushell(&home, &nu);
    let text = "rdx list sandbox | lines | last | print\nrdx --version | str starts-with roledex | print\nrdx list --json | from json | length | print";
    let ran = nushell_script(&home, &nu, text, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("333333333333"), "{ran:?}");
    assert!(ran.stdout.ends_with("true\n6\n"), "{ran:?}");
}

#[test]
fn a_failure_leaves_nushell_as_it_was_and_keeps_its_exit_code() {
    let Some(nu) = nushell() else { return };
    let home = signed_in();
    with_nushell(&home, &nu);
    let text = format!(
        "$env.ROLEDEX_ENTRY = 'old'\ntry {{ rdx nothing-like-it }} catch {{ print $\"code=($env.LAST_EXIT_CODE)\" }}\n{SHOW_NU}\nprint $env.AWS_PROFILE"
    );
    let ran = nushell_script(&home, &nu, &text, &[("AWS_PROFILE", "other")]);
    assert_eq!(ran.stdout, "code=4\n[old]\nother\n", "{ran:?}");
    // A script ends there.
    let ran = nushell_script(&home, &nu, "rdx nothing-like-it\nprint on", &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{ran:?}");
}

#[test]
fn names_of_strangers_stay_text_in_nushell() {
    let Some(nu) = nushell() else { return };
    let name = "a$(touch owned)(touch owned)`touch owned`';touch owned;'\\\"%n!! \\\\";
    let home = Home::scenario(&format!(
        "[[portals]]\nname = \"p\"\nregion = \"eu-west-1\"\nstart_url = \"https://d-1.awsapps.com/start\"\n[[portals.accounts]]\nid = \"111111111111\"\nname = \"{name}\"\nroles = [\"Admin\"]\n"
    ));
    home.sign_in();
    home.ok(&["list"]);
    with_nushell(&home, &nu);
    let name = name.replace("\\\\", "\\").replace("\\\"", "\"");
    // As `rdx` does it, as data; and from a file, which is all that Nushell evaluates.
    let readme = include_str!("../../docs/shells.md");
    let as_data = "roledex env ENTRY --shell json | from json | load-env";
    assert!(readme.contains(as_data));
    home.write(
        "lines.nu",
        &home.ok(&["env", "111111111111/Admin", "--shell", "nu"]),
    );
    for get in [
        "rdx 111111111111/Admin",
        &as_data.replace("ENTRY", "111111111111/Admin"),
        "source lines.nu",
    ] {
        let text = format!(
            "{get}\n$env.ROLEDEX_ACCOUNT_NAME | print\nprint ($env.AWS_SESSION_TOKEN | is-empty)"
        );
        let ran = nushell_script(&home, &nu, &text, &[]);
        assert_eq!(ran.code, 0, "{get}: {ran:?}");
        assert_eq!(ran.stdout, format!("{name}\nfalse\n"), "{get}: {ran:?}");
        assert!(!home.path("owned").exists(), "{get} ran a name");
    }
}

#[test]
fn rdx_picks_and_completes_at_the_terminal_of_nushell() {
    let Some(nu) = nushell() else { return };
    let home = signed_in();
    home.ok(&["use", "sandbox", "--profile", "my-sandbox"]);
    with_nushell(&home, &nu);
    let path = path(&home);
    let mut terminal = Terminal::open(&home, &nu, &[], (100, 30), &[("PATH", &path)]);
    terminal.wait("ready>");
    cancel_and_pick(
        &mut terminal,
        ("print $\"code=($env.LAST_EXIT_CODE)\"", "code=130"),
        SHOW_NU,
    );
    // Completed.
    terminal.press("clear; rdx org:startup/33\t");
    terminal.wait(&format!("rdx {SANDBOX}"));
    terminal.press(ENTER);
    terminal.wait("to remove it, run: rdx off");
    terminal.press("clear; rdx use my-\t");
    terminal.wait("rdx use my-sandbox");
}

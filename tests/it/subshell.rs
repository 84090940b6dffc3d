//! `roledex shell` in real shells: the role is in the prompt, and the user's own files are read.

use std::path::Path;

use crate::support::terminal::Terminal;
use crate::support::{Home, ROLEDEX, Ran, installed, nushell};

const MARK: &str = "AdministratorAccess@Startup Sandbox ";

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "elvish", "xonsh"];

/// A home whose shells have a prompt and a variable of the user's own.
fn home(settings: &str) -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list"]);
    home.write(
        ".config/roledex/config.toml",
        &format!("store = \"file\"\n{settings}"),
    );
    home.write(".bashrc", "PS1='ready> '\nMINE=own\n");
    home.write(".zdot/.zshenv", "ENVIRONMENT=own\n");
    for zshrc in [".zshrc", ".zdot/.zshrc"] {
        home.write(
            zshrc,
            "PS1='ready> '\nMINE=own-${ENVIRONMENT-none}-${ZDOTDIR-unset}\n",
        );
    }
    home.write(
        ".config/fish/config.fish",
        "function fish_prompt; echo 'ready> '; end\nset -g fish_greeting\nset -g MINE own\n",
    );
    home.write(
        ".config/elvish/rc.elv",
        "set edit:prompt = { put 'ready> ' }\nset edit:rprompt = $nop~\nvar MINE = own\n",
    );
    home.write(".xonshrc", "$PROMPT = 'ready> '\n$MINE = 'own'\n");
    home.write(
        ".config/nushell/config.nu",
        "$env.config.show_banner = false\n$env.PROMPT_COMMAND = {|| 'ready'}\n$env.PROMPT_COMMAND_RIGHT = ''\nconst MINE = 'own'\n",
    );
    home
}

fn has(shell: &str) -> bool {
    installed(shell, &["-c", "exit"])
}

/// A subshell of the user's shell, in a terminal.
fn open(home: &Home, shell: &str, env: &[(&str, &str)]) -> Terminal {
    let env = [&[("SHELL", shell), ("NO_COLOR", "1")], env].concat();
    Terminal::open(home, ROLEDEX, &["shell", "sandbox"], (100, 30), &env)
}

#[test]
fn a_subshell_is_marked_in_the_prompt_and_has_the_users_files() {
    let nu = nushell();
    let shells = SHELLS.into_iter().filter(|shell| has(shell));
    for shell in shells.chain(nu.as_deref()) {
        let home = home("");
        let mut terminal = open(&home, shell, &[]);
        let screen = terminal.wait("ready>");
        assert!(screen.contains(MARK), "{shell}: {screen}");
        terminal.press("echo \"mine=\" $MINE\r");
        let own = if shell == "zsh" {
            "own-none-unset"
        } else {
            "own"
        };
        terminal.wait(own);
        terminal.press("exit\r");
        terminal.wait("left AdministratorAccess in Startup Sandbox");
        assert_eq!(terminal.ended(), 0, "{shell}");
    }
}

#[test]
fn zsh_reads_its_files_from_the_users_directory() {
    if !has("zsh") {
        return;
    }
    let home = home("");
    let directory = home.path(".zdot");
    let directory = directory.to_str().unwrap();
    let mut terminal = open(&home, "zsh", &[("ZDOTDIR", directory)]);
    let screen = terminal.wait("ready>");
    assert!(screen.contains(MARK), "{screen}");
    terminal.press(
        "echo \"$MINE\" | grep -c \"^own-own-$HOME/.zdot$\"; echo \"[${ROLEDEX_ZDOTDIR-none}]\"\r",
    );
    terminal.wait("\n1\n");
    terminal.wait("[none]");
}

#[test]
fn a_prompt_that_shows_the_role_already_shows_it_once() {
    for shell in SHELLS {
        if !has(shell) {
            continue;
        }
        let home = home("");
        let directory = Path::new(ROLEDEX).parent().unwrap().display();
        let load = match shell {
            "fish" => format!("{directory}/roledex init fish --prompt | source\n"),
            "elvish" => format!("eval ({directory}/roledex init elvish --prompt | slurp)\n"),
            "xonsh" => format!("execx($({directory}/roledex init xonsh --prompt))\n"),
            shell => format!("eval \"$({directory}/roledex init {shell} --prompt)\"\n"),
        };
        add_lines(&home, shell, &load);
        let terminal = open(&home, shell, &[]);
        let screen = terminal.wait("ready>");
        assert_eq!(screen.matches(MARK).count(), 1, "{shell}: {screen}");
    }
}

/// As git's `__git_ps1` and themes do it.
#[test]
fn a_prompt_that_is_made_anew_each_time_shows_the_role() {
    let anew = "anew() { PS1='ready> '; }\n";
    for (shell, lines) in [
        ("bash", "PROMPT_COMMAND=anew"),
        ("bash", "PROMPT_COMMAND=('anew; ')"),
        ("zsh", "precmd() { anew }"),
        ("zsh", "precmd_functions+=(anew)"),
        ("zsh", "precmd_functions=(anew)"),
    ] {
        if !has(shell) {
            continue;
        }
        let directory = Path::new(ROLEDEX).parent().unwrap().display();
        let init = format!("eval \"$({directory}/roledex init {shell} --prompt)\"\n");
        let later = if lines.contains("s=(") { "" } else { &init };
        for lines in [format!("{anew}{lines}"), format!("{later}{anew}{lines}")] {
            let home = home("");
            add_lines(&home, shell, &lines);
            let mut terminal = open(&home, shell, &[]);
            for count in 1..=3 {
                terminal.until("a prompt with the role", |screen| {
                    screen.matches("ready>").count() == count
                        && screen.matches(MARK).count() == count
                });
                terminal.press("true\r");
            }
        }
    }
}

#[test]
fn the_setting_leaves_the_prompt_of_a_subshell_alone() {
    let home = home("subshell_prompt = false\n");
    for shell in SHELLS {
        if has(shell) {
            let terminal = open(&home, shell, &[]);
            let screen = terminal.wait("ready>");
            assert!(!screen.contains(MARK), "{shell}: {screen}");
        }
    }
}

/// The start file of a shell that is the user's own.
fn start_file(shell: &str) -> &'static str {
    match shell {
        "bash" => ".bashrc",
        "zsh" => ".zshrc",
        "fish" => ".config/fish/config.fish",
        "elvish" => ".config/elvish/rc.elv",
        "xonsh" => ".xonshrc",
        _ => ".config/nushell/config.nu",
    }
}

/// Adds lines to the start file of a shell.
fn add_lines(home: &Home, shell: &str, lines: &str) {
    let file = start_file(shell);
    home.write(file, &format!("{}{lines}\n", home.read(file)));
}

#[test]
fn a_subshell_keeps_its_role_where_the_users_files_set_variables_of_aws() {
    let nu = nushell();
    let shells = SHELLS.into_iter().filter(|shell| has(shell));
    for shell in shells.chain(nu.as_deref()) {
        for (settings, live) in [("", &[][..]), ("subshell_prompt = false\n", &["--live"])] {
            let home = home(settings);
            for (name, value) in [
                ("AWS_PROFILE", "dev"),
                ("AWS_ACCESS_KEY_ID", "AKIAOWN"),
                ("AWS_SECRET_ACCESS_KEY", "own"),
                ("AWS_REGION", "us-east-2"),
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/"),
                ("ROLEDEX_ROLE", "another"),
            ] {
                let line = match shell {
                    "bash" | "zsh" => format!("export {name}={value}"),
                    "fish" => format!("set -gx {name} {value}"),
                    "elvish" => format!("set-env {name} {value}"),
                    "xonsh" => format!("${name} = '{value}'"),
                    _ => format!("$env.{name} = '{value}'"),
                };
                add_lines(&home, shell, &line);
            }
            if shell == "zsh" {
                add_lines(&home, shell, "precmd_functions=()");
            }
            home.write(
                "show",
                "echo \"[$AWS_PROFILE|$AWS_REGION|$(echo \"$AWS_ACCESS_KEY_ID\" | cut -c1-4)|${AWS_CONTAINER_CREDENTIALS_FULL_URI%%.*}|$ROLEDEX_ROLE|$ROLEDEX_LINES]\"\n",
            );
            let args = [&["shell", "sandbox"], live].concat();
            let env = [("SHELL", shell), ("NO_COLOR", "1")];
            let mut terminal = Terminal::open(&home, ROLEDEX, &args, (100, 30), &env);
            terminal.wait("ready>");
            terminal.press("sh show\r");
            let expected = if live.is_empty() {
                "[|eu-west-1|ASIA||AdministratorAccess|]"
            } else {
                "[|eu-west-1||http://127|AdministratorAccess|]"
            };
            let shown = terminal.until("variables", |screen| screen.contains("Access|]"));
            assert!(shown.contains(expected), "{shell}: {shown}");
        }
    }
}

#[test]
fn a_trace_in_the_users_files_shows_no_secret() {
    for (shell, on) in [
        ("bash", "set -x"),
        ("bash", "set -v"),
        (
            "bash",
            "set -T; trap 'printf \"%s\\n\" \"$BASH_COMMAND\"' DEBUG",
        ),
        ("zsh", "setopt xtrace"),
        ("zsh", "setopt verbose"),
        ("fish", "set -g fish_trace 1"),
    ] {
        if !has(shell) {
            continue;
        }
        let home = home("");
        add_lines(&home, shell, on);
        let terminal = open(&home, shell, &[]);
        // The trace has the text of the prompt, too.
        terminal.until("the prompt", |screen| {
            let last = screen.trim_end().lines().last();
            last.is_some_and(|last| last.starts_with(MARK) && last.ends_with("ready>"))
        });
        let written = String::from_utf8_lossy(&terminal.bytes()).into_owned();
        assert!(!written.contains("AWS_SECRET_ACCESS_KEY"), "{shell}");
    }
}

/// As in `roledex shell ENTRY < script`: some shells read files of the user's own then, too.
#[test]
fn a_script_on_the_standard_input_has_the_role() {
    for (shell, file) in [
        ("bash", ".bashrc"),
        ("zsh", ".zshenv"),
        ("fish", ".config/fish/config.fish"),
        ("xonsh", ".xonshrc"),
    ] {
        if !has(shell) {
            continue;
        }
        let home = home("");
        let line = match shell {
            "fish" => "set -gx AWS_PROFILE dev\nset -gx AWS_REGION us-east-2\n",
            "xonsh" => "$AWS_PROFILE = 'dev'\n$AWS_REGION = 'us-east-2'\n",
            _ => "export AWS_PROFILE=dev AWS_REGION=us-east-2\n",
        };
        home.write(file, line);
        home.write(
            "script",
            "sh -c 'echo \"[$AWS_PROFILE|$AWS_REGION|$ROLEDEX_ROLE|$ROLEDEX_LINES]\"'\n",
        );
        let mut command = home.command(ROLEDEX);
        let script = std::fs::File::open(home.path("script")).unwrap();
        command.args(["shell", "sandbox"]).env("SHELL", shell);
        let ran = Ran::new(&command.stdin(script).output().unwrap());
        let expected = "[|eu-west-1|AdministratorAccess|]\n";
        assert_eq!((ran.code, &*ran.stdout), (0, expected), "{shell}: {ran:?}");
    }
}

#[test]
fn a_subshell_of_a_script_is_started_as_it_is() {
    let home = home("");
    let mut command = home.command(ROLEDEX);
    let output = command
        .args(["shell", "sandbox"])
        .env("SHELL", "/bin/bash")
        .output();
    assert_eq!(output.unwrap().status.code(), Some(0));
    assert!(!home.path(".local/state/roledex/shell").exists());
}

//! `roledex shell` in real shells: the role is in the prompt, and the user's own files are read.

use std::path::Path;

use crate::support::terminal::Terminal;
use crate::support::{Home, ROLEDEX, installed, nushell};

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
        let rc = match shell {
            "fish" => ".config/fish/config.fish".to_owned(),
            "elvish" => ".config/elvish/rc.elv".to_owned(),
            "xonsh" => ".xonshrc".to_owned(),
            shell => format!(".{shell}rc"),
        };
        let load = match shell {
            "fish" => format!("{directory}/roledex init fish --prompt | source\n"),
            "elvish" => format!("eval ({directory}/roledex init elvish --prompt | slurp)\n"),
            "xonsh" => format!("execx($({directory}/roledex init xonsh --prompt))\n"),
            shell => format!("eval \"$({directory}/roledex init {shell} --prompt)\"\n"),
        };
        home.write(&rc, &(home.read(&rc) + &load));
        let terminal = open(&home, shell, &[]);
        let screen = terminal.wait("ready>");
        assert_eq!(screen.matches(MARK).count(), 1, "{shell}: {screen}");
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
    assert!(!home.path(".local/state/roledex/shell").exists());
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

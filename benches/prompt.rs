//! The cost of the role in the prompt: the snippets of `roledex init SHELL --prompt`, run in real shells. starship
//! runs `roledex status --current` instead, which `hot_path` measures.
//!
//! ```text
//! cargo bench --bench prompt
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, or it has failed"
)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const BUDGET: Duration = Duration::from_millis(5);
const ROLEDEX: &str = env!("CARGO_BIN_EXE_roledex");

fn main() {
    let home = tempfile::tempdir().unwrap();
    let command = |program: &str, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(args).stdout(Stdio::null());
        command
            .env("HOME", home.path())
            .env("ROLEDEX_ENTRY", "org:acme/111111111111/AdministratorAccess")
            .env("ROLEDEX_ROLE", "AdministratorAccess")
            .env("ROLEDEX_ACCOUNT_NAME", "Payments Prod")
            .env("AWS_CREDENTIAL_EXPIRATION", "2099-01-01T00:00:00Z")
            .env("ROLEDEX", ROLEDEX);
        command
    };
    let time = |program: &str, args: &[&str]| {
        let start = Instant::now();
        let status = command(program, args).status();
        status
            .is_ok_and(|status| status.success())
            .then(|| start.elapsed())
    };
    for (shell, flag, script) in [
        (
            "bash",
            "--norc",
            "eval \"$($ROLEDEX init bash --prompt)\"; for ((i = 0; i < COUNT; i++)); do __roledex_prompt; : \"${PS1@P}\"; done",
        ),
        (
            "zsh",
            "-f",
            "eval \"$($ROLEDEX init zsh --prompt)\"; for ((i = 0; i < COUNT; i++)); do __roledex_prompt; : \"${(%)PROMPT}\"; done",
        ),
        (
            "fish",
            "--no-config",
            "$ROLEDEX init fish --prompt | source; for i in (seq COUNT); __roledex_prompt; end",
        ),
        (
            "elvish",
            "-norc",
            "eval &on-end={|hook| for i [(range COUNT)] { nop ($hook[roledex-prompt~]) } } ((external $E:ROLEDEX) init elvish --prompt | slurp)",
        ),
        (
            "xonsh",
            "--no-rc",
            "execx($($ROLEDEX init xonsh --prompt))\nfor i in range(COUNT): $PROMPT_FIELDS['roledex']()",
        ),
    ] {
        // Many prompts less few: what starting the shell costs is in both.
        let run = |count: usize| {
            let script = script.replace("COUNT", &count.to_string());
            (0..5)
                .filter_map(|_| time(shell, &[flag, "-c", &script]))
                .min()
        };
        let (Some(many), Some(few)) = (run(401), run(1)) else {
            println!("{shell}: not measured, it is missing");
            continue;
        };
        report(
            &format!("{shell}, one prompt"),
            many.saturating_sub(few) / 400,
        );
    }
}

fn report(what: &str, took: Duration) {
    let verdict = if took < BUDGET { "within" } else { "over" };
    println!("{what}: {took:?}, {verdict} {BUDGET:?}");
}

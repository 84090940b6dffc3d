//! The AWS SDKs as peers: one small program for each (`tests/peers`), which answers two questions.
//! `.ci/run` builds them and says where they are.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Home, Ran, botocore, peer};

/// The variable that holds the question for the Rust SDK, which is in this test program.
pub const RUST_QUESTION: &str = "ROLEDEX_TEST_RUST_SDK";

/// The start of each line that the Rust SDK answers with; libtest writes other lines around them.
pub const RUST_ANSWER: &str = "answer: ";

/// An SDK that answers questions about profiles.
pub struct Sdk {
    /// Its name, for messages.
    pub name: &'static str,
    program: Vec<PathBuf>,
}

impl Sdk {
    /// Every SDK that is installed. A missing one is reported.
    pub fn all() -> Vec<Self> {
        let built = [
            ("AWS SDK for Go v1", "ROLEDEX_TEST_GO_V1"),
            ("AWS SDK for Go v2", "ROLEDEX_TEST_GO_V2"),
            ("AWS SDK for JavaScript v3", "ROLEDEX_TEST_JS"),
            ("AWS SDK for Java v2", "ROLEDEX_TEST_JAVA"),
        ];
        let built = built.into_iter().filter_map(|(name, variable)| {
            let program = std::env::var_os(variable).map(PathBuf::from);
            let program = program.filter(|program| program.exists());
            peer(name, program.is_some()).then_some(())?;
            Some((name, vec![program?]))
        });
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/python.py");
        let python = botocore().map(|python| ("botocore", vec![python, script.into()]));
        let this = std::env::current_exe().unwrap();
        let child = ["--exact", "sdks::child_that_is_the_rust_sdk", "--nocapture"];
        let rust = [this]
            .into_iter()
            .chain(child.into_iter().map(PathBuf::from));
        built
            .chain(python)
            .chain([("AWS SDK for Rust", rust.collect())])
            .map(|(name, program)| Self { name, program })
            .collect()
    }

    /// The caller identity of each profile; `-` is the default credential chain.
    pub fn who(&self, home: &Home, profiles: &[&str]) -> Vec<String> {
        let mut program = self.program.iter();
        let mut command = home.command(program.next().unwrap().to_str().unwrap());
        command.args(program);
        self.ask(command, "who", profiles)
    }

    /// The caller identity of the default credential chain inside of `roledex exec`, which is started with these
    /// variables.
    pub fn who_in_exec(&self, home: &Home, exec: &[&str], env: &[(&str, &str)]) -> String {
        let mut command = home.command(super::ROLEDEX);
        command.envs(env.iter().copied());
        command.arg("exec").args(exec).arg("--").args(&self.program);
        self.ask(command, "who", &["-"]).remove(0)
    }

    /// The access key IDs that the SDK reads: in each directory, `config` and `credentials` are the
    /// AWS files, and `name` is the profile.
    pub fn keys(&self, home: &Home, directories: &[PathBuf]) -> Vec<String> {
        let mut program = self.program.iter();
        let mut command = home.command(program.next().unwrap().to_str().unwrap());
        command.args(program);
        let directories: Vec<&str> = directories.iter().filter_map(|d| d.to_str()).collect();
        self.ask(command, "keys", &directories)
    }

    /// One answer for each argument.
    fn ask(&self, mut command: Command, question: &str, arguments: &[&str]) -> Vec<String> {
        let rust = self.name == "AWS SDK for Rust";
        if rust {
            let words: Vec<&str> = [question]
                .into_iter()
                .chain(arguments.iter().copied())
                .collect();
            command.env(RUST_QUESTION, serde_json::json!(words).to_string());
        } else {
            command.arg(question).args(arguments);
        }
        let ran = Ran::new(&command.output().unwrap());
        let answer = |line: &str| {
            if rust {
                Some(line.split_once(RUST_ANSWER)?.1.to_owned())
            } else {
                Some(line.to_owned())
            }
        };
        let answers: Vec<String> = ran.stdout.lines().filter_map(answer).collect();
        assert_eq!(answers.len(), arguments.len(), "{}: {ran:?}", self.name);
        answers
    }
}

/// Asks every SDK at once.
pub fn each<T: Send>(sdks: &[Sdk], ask: impl Fn(&Sdk) -> T + Sync) -> Vec<(&'static str, T)> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = sdks
            .iter()
            .map(|sdk| (sdk.name, scope.spawn(|| ask(sdk))))
            .collect();
        asked
            .into_iter()
            .map(|(name, answer)| (name, answer.join().unwrap()))
            .collect()
    })
}

/// Writes the files of one profile into a directory, for [`Sdk::keys`].
pub fn write_profile(directory: &Path, name: &str, config: &str, credentials: &str) {
    std::fs::create_dir_all(directory).unwrap();
    for (file, text) in [
        ("name", name),
        ("config", config),
        ("credentials", credentials),
    ] {
        std::fs::write(directory.join(file), text).unwrap();
    }
}

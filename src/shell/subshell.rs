//! The user's shell as a subshell with the role in its prompt.

use std::path::Path;

use super::child::Child;
use super::dialect::{Marked, Shell};
use crate::config::Env;

/// The way to start a shell so that its prompt shows the role. Its file is in `directory`. `None`: a shell
/// without an integration.
#[must_use]
pub(crate) fn marked(child: &Child, directory: &Path, env: &Env) -> Option<Marked> {
    let name = Path::new(&child.program).file_name()?.to_str()?;
    let hook = Shell::named(name)?.dialect().hook.as_ref()?;
    Some((hook.subshell)(hook.prompt, directory, env))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_without_an_integration_is_started_as_it_is() {
        for (program, expected) in [("/bin/sh", false), ("/usr/bin/fish", true)] {
            let child = Child::new(program, []);
            let found = marked(&child, Path::new("/state"), &Env::default());
            assert_eq!(found.is_some(), expected, "{program}");
        }
    }
}

//! The operating system by name, for bug reports.

use std::path::Path;

/// The name of the operating system, `Debian GNU/Linux 12 (bookworm)`; the target of this program where the
/// system has no os-release file.
#[must_use]
pub(crate) fn description() -> String {
    let name = super::file::read(Path::new("/etc/os-release"))
        .ok()
        .and_then(|bytes| pretty_name(&String::from_utf8_lossy(&bytes)));
    name.unwrap_or_else(|| super::build::TARGET.to_owned())
}

/// `PRETTY_NAME` of an os-release file.
fn pretty_name(text: &str) -> Option<String> {
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(value.trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_system() {
        let text = "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
        let name = pretty_name(text);
        assert_eq!(name.as_deref(), Some("Debian GNU/Linux 12 (bookworm)"));
        assert_eq!(pretty_name("NAME=x\n"), None);
    }
}

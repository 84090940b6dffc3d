//! The preferences of the browser's profile for which it has no switch.

use std::fs;
use std::io::{Error, ErrorKind, Result, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde_json::{Map, Value};

/// Turns off the comparison of typed passwords with those that are known to the browser's vendor, in the profile
/// of a browser that is not running. All other preferences stay.
pub(super) fn set(profile: &Path) -> Result<()> {
    let directory = profile.join("Default");
    let file = directory.join("Preferences");
    let before = match fs::read(&file) {
        // The browser replaces a file that cannot be understood.
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        Err(error) if error.kind() == ErrorKind::NotFound => Map::new(),
        Err(error) => return Err(error),
    };
    let mut after = before.clone();
    let own = after
        .entry("profile")
        .or_insert_with(|| Map::new().into())
        .as_object_mut();
    if let Some(own) = own {
        own.insert("password_manager_leak_detection".to_owned(), false.into());
    }
    if after == before {
        return Ok(());
    }
    fs::create_dir_all(&directory)?;
    let new = directory.join("Preferences.roledex");
    let text = serde_json::to_vec(&Value::Object(after)).map_err(Error::other)?;
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    options.open(&new)?.write_all(&text)?;
    fs::rename(&new, &file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_preferences_stay() {
        let profile = tempfile::tempdir().unwrap();
        let file = profile.path().join("Default/Preferences");
        set(profile.path()).unwrap();
        let fresh = r#"{"profile":{"password_manager_leak_detection":false}}"#;
        assert_eq!(fs::read_to_string(&file).unwrap(), fresh);
        for (before, after) in [
            (
                r#"{"a":[1],"profile":{"name":"x","password_manager_leak_detection":true}}"#,
                r#"{"a":[1],"profile":{"name":"x","password_manager_leak_detection":false}}"#,
            ),
            (r#"{"profile":1}"#, r#"{"profile":1}"#),
            ("broken", fresh),
        ] {
            let mut options = fs::OpenOptions::new();
            let mut open = options.truncate(true).write(true).open(&file).unwrap();
            open.write_all(before.as_bytes()).unwrap();
            set(profile.path()).unwrap();
            let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            let found = fs::read_to_string(&file).unwrap();
            assert_eq!(parsed(&found), parsed(after));
        }
    }
}

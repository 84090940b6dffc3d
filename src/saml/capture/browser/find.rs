//! Finding an installed browser of Chromium's family (docs/requirements.md#installed-browser). Nothing is downloaded.

use std::path::{Path, PathBuf};

use super::super::CaptureError;
use crate::config::Env;
use crate::config::env::is_program;

/// Programs to look for in `PATH`, the best first.
const NAMES: &[&str] = &[
    "google-chrome-stable",
    "google-chrome",
    "chromium",
    "chromium-browser",
    "microsoft-edge-stable",
    "microsoft-edge",
    "brave-browser",
    "brave",
];

/// Install paths of Linux packages that put no link in `PATH`.
const LINUX: &[&str] = &[
    "/opt/google/chrome/chrome",
    "/usr/lib/chromium/chromium",
    "/opt/microsoft/msedge/msedge",
    "/opt/brave.com/brave/brave",
];

/// Under `/Applications` and `~/Applications` on macOS.
const MACOS: &[&str] = &[
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "Brave Browser.app/Contents/MacOS/Brave Browser",
];

/// Under the program directories on Windows.
const WINDOWS: &[&str] = &[
    "Google\\Chrome\\Application\\chrome.exe",
    "Chromium\\Application\\chrome.exe",
    "Microsoft\\Edge\\Application\\msedge.exe",
    "BraveSoftware\\Brave-Browser\\Application\\brave.exe",
];

/// The browser to drive: `ROLEDEX_BROWSER`, else the setting, else an installed one.
///
/// # Errors
/// [`CaptureError::NoBrowser`], with what was looked for.
pub(crate) fn find(env: &Env, setting: Option<&Path>) -> Result<PathBuf, CaptureError> {
    let named = env
        .get_os("ROLEDEX_BROWSER")
        .map(|name| (PathBuf::from(name), "ROLEDEX_BROWSER"))
        .or_else(|| setting.map(|path| (path.to_owned(), "browser in the settings")));
    if let Some((name, source)) = named {
        return env
            .find_program(&name)
            .ok_or_else(|| CaptureError::NoBrowser {
                detail: format!("{source} is {}, which is not a program", name.display()),
            });
    }
    candidates(env)
        .into_iter()
        .find(|path| is_program(path) && !is_snap(path))
        .ok_or_else(|| CaptureError::NoBrowser {
            detail: "Chrome, Chromium, Edge and Brave are not installed; Chromium from snap cannot use a private profile"
                .to_owned(),
        })
}

fn candidates(env: &Env) -> Vec<PathBuf> {
    let mut found = Vec::new();
    if cfg!(windows) {
        for root in ["ProgramFiles", "ProgramFiles(x86)", "LocalAppData"] {
            if let Some(root) = env.get_os(root) {
                found.extend(WINDOWS.iter().map(|rest| Path::new(root).join(rest)));
            }
        }
    } else if cfg!(target_os = "macos") {
        let home = env
            .get_os("HOME")
            .map(|home| Path::new(home).join("Applications"));
        for root in [Some(PathBuf::from("/Applications")), home]
            .into_iter()
            .flatten()
        {
            found.extend(MACOS.iter().map(|rest| root.join(rest)));
        }
    }
    found.extend(NAMES.iter().filter_map(|name| env.find_program(name)));
    if cfg!(target_os = "linux") {
        found.extend(LINUX.iter().map(PathBuf::from));
    }
    found
}

/// Snap confines its Chromium away from hidden directories, our profile among them.
fn is_snap(path: &Path) -> bool {
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    real.starts_with("/snap") || real.ends_with("snap")
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_named_one_or_an_installed_one() {
        let home = tempfile::tempdir().unwrap();
        let program = |name: &str| {
            let path = home.path().join(name);
            std::fs::File::create(&path).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            path
        };
        let mine = program("mine");
        let brave = program("brave-browser");
        let bin = home.path().to_str().unwrap();
        let env: Env = [("PATH", bin)].into_iter().collect();
        if !LINUX.iter().any(|path| is_program(Path::new(path))) {
            assert_eq!(find(&env, None), Ok(brave));
        }
        assert_eq!(find(&env, Some(&mine)), Ok(mine.clone()));
        let env = env.with("ROLEDEX_BROWSER", "mine");
        assert_eq!(find(&env, None), Ok(mine));
        let env = env.with("ROLEDEX_BROWSER", "/nowhere/chrome");
        let Err(CaptureError::NoBrowser { detail }) = find(&env, None) else {
            panic!("it is not there")
        };
        assert!(detail.contains("/nowhere/chrome"));
        // The current directory is never searched.
        let env: Env = [("PATH", ".:"), ("ROLEDEX_BROWSER", "mine")]
            .into_iter()
            .collect();
        assert!(find(&env, None).is_err());
    }
}

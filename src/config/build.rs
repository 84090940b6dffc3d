//! Build information from the crate's `build.rs`: version, commit, target, features.

/// The lines of `roledex --version --verbose`, after the one of `--version`.
#[must_use]
pub(crate) fn description() -> String {
    let lines = [
        ("commit", env!("ROLEDEX_BUILD_COMMIT")),
        ("target", TARGET),
        ("compiler", env!("ROLEDEX_BUILD_COMPILER")),
        ("features", env!("ROLEDEX_BUILD_FEATURES")),
        ("credential stores", STORES),
    ];
    let lines = lines.map(|(name, value)| format!("{name}: {value}\n"));
    format!("{}{}", version(), lines.concat())
}

/// The line of `roledex --version`.
#[must_use]
pub(crate) fn version() -> &'static str {
    concat!("roledex ", env!("CARGO_PKG_VERSION"), "\n")
}

/// The target that this program was built for.
pub(crate) const TARGET: &str = env!("ROLEDEX_BUILD_TARGET");

/// The places for credentials that this program knows, in the order in which `store = "auto"` tries them.
const STORES: &str = if cfg!(target_os = "macos") {
    "Keychain, private files"
} else if cfg!(windows) {
    "Credential Manager, private files"
} else if cfg!(all(target_os = "linux", named_keyring)) {
    "kernel keyring, Secret Service, private files"
} else if cfg!(target_os = "linux") {
    "kernel keyring, private files"
} else {
    "private files"
};

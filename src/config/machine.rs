//! The id of this machine, as the npm package `node-machine-id` finds it.

use std::io;

/// The id that the operating system gave this machine at its installation, in lower case.
///
/// # Errors
/// None is there, or it cannot be read.
pub(crate) fn id() -> io::Result<String> {
    let id: String = found()?
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    if id.is_empty() {
        return Err(missing());
    }
    Ok(id)
}

fn missing() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "this machine has no id")
}

#[cfg(not(any(target_os = "macos", windows)))]
fn found() -> io::Result<String> {
    use std::path::Path;

    for path in ["/var/lib/dbus/machine-id", "/etc/machine-id"] {
        match super::file::read(Path::new(path)) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                return Ok(text.lines().next().unwrap_or_default().to_owned());
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Err(missing())
}

#[cfg(target_os = "macos")]
fn found() -> io::Result<String> {
    let text = output("/usr/sbin/ioreg", &["-rd1", "-c", "IOPlatformExpertDevice"])?;
    let id = after(&text, "IOPlatformUUID").ok_or_else(missing)?;
    Ok(id.replace(['=', '"'], ""))
}

#[cfg(windows)]
fn found() -> io::Result<String> {
    let key = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography";
    let text = output("reg.exe", &["QUERY", key, "/v", "MachineGuid"])?;
    after(&text, "REG_SZ")
        .map(str::to_owned)
        .ok_or_else(missing)
}

/// The rest of the line after a word.
#[cfg(any(target_os = "macos", windows))]
fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(word)?;
    rest.trim_start_matches('"').lines().next()
}

#[cfg(any(target_os = "macos", windows))]
fn output(program: &str, arguments: &[&str]) -> io::Result<String> {
    let output = std::process::Command::new(program)
        .args(arguments)
        .output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

//! A response that a person copied: `--assertion FILE`, or `-` for standard input.

use std::io::Read as _;
use std::path::Path;

use crate::domain::{Problem, ProblemKind, Secret};

/// More than any response, a HAR file around it included.
const MOST_BYTES: u64 = 8 << 20;

/// Reads the file, or standard input for `-`.
///
/// # Errors
/// A file that cannot be read, or is longer than any response.
pub fn read(path: &Path) -> Result<Secret, Problem> {
    let problem = |detail: String| {
        Problem::new(
            ProblemKind::File,
            format!("the SAML response in {} cannot be read", path.display()),
        )
        .detail(detail)
        .hint("name a file with the value of SAMLResponse, or - for standard input")
    };
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MOST_BYTES)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
    };
    let read = read.map_err(|error| problem(error.to_string()))?;
    if read as u64 == MOST_BYTES {
        return Err(problem("it is longer than any SAML response".to_owned()));
    }
    Ok(Secret::new(text))
}

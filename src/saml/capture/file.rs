//! A response that a user copied: `--assertion FILE`, or `-` for standard input.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::config::tty;
use crate::domain::{Problem, ProblemKind, Secret};

/// The largest file that is read (bytes). Responses are far smaller, also within a HAR file.
const MAX_BYTES: u64 = 8 << 20;

/// The most that is read from a terminal (bytes): a response with hundreds of roles.
const MAX_PASTED: usize = 512 << 10;

/// Reads the file, or standard input for `-`. Blocks the thread: a pipe may be silent for long.
///
/// # Errors
/// A file that cannot be read, or is longer than any response.
pub(crate) fn read(path: &Path) -> Result<Secret, Problem> {
    let problem = |detail: String| {
        Problem::new(
            ProblemKind::File,
            format!("the SAML response in {} cannot be read", path.display()),
        )
        .detail(detail)
        .hint("give a file with the value of SAMLResponse, or - for standard input")
    };
    let all = |input: &mut dyn std::io::Read| {
        let mut bytes = Zeroizing::new(Vec::new());
        input.take(MAX_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = match path {
        path if path != Path::new("-") => {
            std::fs::File::open(path).and_then(|mut file| all(&mut file))
        }
        _ if std::io::stdin().is_terminal() => tty::read_paste(MAX_PASTED),
        _ => all(&mut std::io::stdin().lock()),
    };
    let bytes = bytes.map_err(|error| problem(error.to_string()))?;
    if bytes.len() as u64 >= MAX_BYTES {
        return Err(problem("it is too long for a SAML response".to_owned()));
    }
    text(&bytes).ok_or_else(|| problem("it is neither UTF-8 nor UTF-16 text".to_owned()))
}

/// The text of a file as editors and shells save it: UTF-8, or the UTF-16 of Windows.
fn text(bytes: &[u8]) -> Option<Secret> {
    let is_zero = |first: usize| bytes.iter().skip(first).step_by(2).all(|byte| *byte == 0);
    let decode: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        // Without a byte order mark: a response is ASCII, so one byte of each pair is zero.
        [_, 0, ..] if is_zero(1) => u16::from_le_bytes,
        [0, _, ..] if is_zero(0) => u16::from_be_bytes,
        _ => return std::str::from_utf8(bytes).ok().map(Secret::from),
    };
    let units = bytes.chunks(2).map(|pair| match *pair {
        [first, second] => decode([first, second]),
        _ => 0,
    });
    let units: Zeroizing<Vec<u16>> = Zeroizing::new(units.collect());
    String::from_utf16(&units).ok().map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_windows_is_read() {
        let words = "PHg+YQ==\r\n";
        let le: Vec<u8> = words.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = words.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [words.as_bytes(), &le, &be] {
            assert_eq!(text(bytes).unwrap().expose(), words);
        }
        for bytes in [[&[0xff, 0xfe], &le[..]], [&[0xfe, 0xff], &be[..]]] {
            let read = text(&bytes.concat()).unwrap();
            assert_eq!(read.expose(), format!("\u{feff}{words}"));
        }
        assert_eq!(text(b"").unwrap().expose(), "");
        assert!(text(&[0x80, 0x81, 0x82]).is_none());
        assert!(text(&[0xff, 0xfe, 0x00, 0xd8]).is_none());
    }
}

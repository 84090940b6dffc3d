//! JSON as Python's `json.dumps` writes it: the AWS CLI's file names are hashes of it (docs/protocols.md#token-cache).

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::Value;
use sha1::{Digest as _, Sha1};
use zeroize::{Zeroize as _, Zeroizing};

/// Enough for any file of the AWS CLI: a buffer that grows leaves copies in memory.
const CAPACITY: usize = 32 * 1024;

/// `json.dumps(value, sort_keys=True)`: `", "` and `": "`, ASCII only. The value, which may hold secrets, is wiped.
pub(super) fn python(mut value: Value) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(CAPACITY));
    write(&value, &mut out);
    wipe(&mut value);
    out
}

/// Wipes the texts of a value.
pub(super) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(map) => map.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                write(item, out);
            }
            out.push(']');
        }
        // serde_json's map is sorted by key.
        Value::Object(map) => {
            out.push('{');
            for (at, (key, item)) in map.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                string(key, out);
                out.push_str(": ");
                write(item, out);
            }
            out.push('}');
        }
        Value::String(text) => string(text, out),
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
    }
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The SHA-1 of some bytes in hexadecimal digits: the AWS CLI and roledex name files by it.
pub(super) fn sha1(bytes: impl AsRef<[u8]>) -> String {
    hex(&Sha1::digest(bytes))
}

/// A time as the AWS CLI and its forebears wrote it: `Z`, `UTC`, an offset, fractions (docs/requirements.md#token-files).
pub(super) fn time(text: &str) -> Option<Timestamp> {
    match text.strip_suffix("UTC") {
        Some(start) => format!("{start}Z").parse().ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_writes_it() {
        let value = serde_json::json!({"b": [null, 1, "é\u{1f680}\u{7f}\n"], "a": {}});
        assert_eq!(
            *python(value),
            r#"{"a": {}, "b": [null, 1, "\u00e9\ud83d\ude80\u007f\n"]}"#
        );
    }

    #[test]
    fn every_form_of_time() {
        let at = Timestamp::from_second(1_795_226_989).unwrap();
        for text in [
            "2026-11-21T02:09:49Z",
            "2026-11-21T02:09:49UTC",
            "2026-11-21T02:09:49+00:00",
            "2026-11-21T02:09:49.000Z",
        ] {
            assert_eq!(time(text), Some(at), "{text}");
        }
        assert_eq!(time("2026-11-21T02:09:49"), None);
        assert_eq!(time("soon"), None);
    }
}

//! The `SAMLResponse` field of an HTML form: sign-in pages carry the response in one, and developer
//! tools copy it as an element.

use zeroize::Zeroizing;

/// The value of the input element that is named `SAMLResponse`; `None` where there is no such element.
pub(super) fn field(text: &str) -> Option<Zeroizing<String>> {
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    lower
        .match_indices("<input")
        .filter_map(|(at, tag)| text.get(at + tag.len()..))
        .map(|rest| Attributes { rest })
        .find(|attributes| {
            attributes
                .value("name")
                .is_some_and(|name| name.eq_ignore_ascii_case("SAMLResponse"))
        })?
        .value("value")
        .map(unescape)
}

/// The attributes of an element, from the end of its name on.
struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Attributes<'a> {
    fn value(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.rest;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            if rest.is_empty() || rest.starts_with('>') {
                return None;
            }
            let (found, after) = cut(rest, |c| c.is_whitespace() || matches!(c, '=' | '>' | '/'));
            let Some(assigned) = after.trim_start().strip_prefix('=') else {
                // A lone sign is passed over, so that each round gets shorter.
                rest = if found.is_empty() {
                    rest.get(1..)?
                } else {
                    after
                };
                continue;
            };
            let assigned = assigned.trim_start();
            let (value, after) = match assigned.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    let (value, after) = cut(assigned.get(1..)?, |c| c == quote);
                    (value, after.get(1..).unwrap_or_default())
                }
                _ => cut(assigned, |c| c.is_whitespace() || c == '>'),
            };
            if found.eq_ignore_ascii_case(name) {
                return Some(value);
            }
            rest = after;
        }
    }
}

/// The text before the first of these characters, and the rest from it on.
fn cut(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// Replaces the character references that base64 is written with.
pub(super) fn unescape(text: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let reference = after
            .split_once(';')
            .and_then(|(name, after)| Some((character(name)?, after)));
        rest = match reference {
            Some((character, after)) => {
                plain.push(character);
                after
            }
            None => {
                plain.push('&');
                after
            }
        };
    }
    plain.push_str(rest);
    plain
}

fn character(reference: &str) -> Option<char> {
    let Some(number) = reference.strip_prefix('#') else {
        return match reference {
            "plus" => Some('+'),
            "sol" => Some('/'),
            "equals" => Some('='),
            "amp" => Some('&'),
            "NewLine" => Some('\n'),
            _ => None,
        };
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_found_however_it_is_written() {
        for text in [
            r#"<input type="hidden" name="SAMLResponse" value="PHg+YQ==">"#,
            r"<INPUT TYPE=hidden VALUE='PHg+YQ==' NAME='SAMLResponse'/>",
            "<input name = SAMLResponse value = PHg+YQ==>",
            r#"<input name="SAMLResponse" value="PHg&#43;YQ&#x3D;&equals;"/>"#,
            "<form action='https://signin.aws.amazon.com/saml'>\n<input name='RelayState' value='x>y'>\
             <input hidden disabled name='SAMLResponse' value='PHg&#x2B;YQ=='></form>",
            r#"<input name="SAMLResponse" value="PHg+YQ=="#,
        ] {
            let value = field(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(*value, "PHg+YQ==", "{text}");
        }
        for text in [
            "",
            "<input",
            "<input = = name>",
            "<input name='RelayState' value='PHg+YQ=='>",
            "<input data-x='name=SAMLResponse' value='PHg+YQ=='>",
            "<input ==='é'>",
            "SAMLResponse=PHg",
        ] {
            assert!(field(text).is_none(), "{text}");
        }
    }
}

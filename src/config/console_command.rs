//! The setting `console_command`: a program that shows a console, and arguments with fields in braces.

use std::str::FromStr;

/// A field that an argument can have in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// The address of the page.
    Url,
    /// The same, percent-encoded.
    UrlEncoded,
    /// The account's number.
    AccountId,
    /// The account's name.
    AccountName,
    /// The same, percent-encoded.
    AccountNameEncoded,
    /// The role.
    Role,
    /// The portal, app or profile.
    Source,
    /// The entry's id.
    Entry,
}

impl Field {
    const NAMES: [(&str, Self); 8] = [
        ("url", Self::Url),
        ("url_encoded", Self::UrlEncoded),
        ("account_id", Self::AccountId),
        ("account_name", Self::AccountName),
        ("account_name_encoded", Self::AccountNameEncoded),
        ("role", Self::Role),
        ("source", Self::Source),
        ("entry", Self::Entry),
    ];

    fn named(name: &str) -> Option<Self> {
        let mut names = Self::NAMES.iter();
        let (_, field) = names.find(|(known, _)| *known == name)?;
        Some(*field)
    }
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
}

/// A word, read once: braces in a name that is filled in stay braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    text: String,
    parts: Vec<Part>,
}

impl FromStr for Word {
    type Err = String;

    /// A brace before other characters is text, and `${NAME}` is for a shell that the user calls.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let (mut parts, mut before, mut rest) = (Vec::new(), String::new(), text);
        while let Some((plain, from)) = rest.split_once('{') {
            before += plain;
            let (name, after) = from.split_once('}').unwrap_or_default();
            if let Some(field) = Field::named(name) {
                parts.push(Part::Text(std::mem::take(&mut before)));
                parts.push(Part::Field(field));
                rest = after;
                continue;
            }
            if !name.is_empty() && name.chars().all(is_name) && !before.ends_with('$') {
                let fields = Field::NAMES.map(|(field, _)| format!("{{{field}}}"));
                return Err(format!(
                    "{{{name}}} is not a field; the fields are: {}",
                    fields.join(", ")
                ));
            }
            before.push('{');
            rest = from;
        }
        parts.push(Part::Text(before + rest));
        let text = text.to_owned();
        Ok(Self { text, parts })
    }
}

impl Word {
    fn filled(&self, value: impl Fn(Field) -> String) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Field(field) => value(*field),
        });
        parts.collect()
    }
}

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleCommand {
    /// The program, in which nothing is filled in.
    pub program: String,
    arguments: Vec<Word>,
}

impl ConsoleCommand {
    /// The command with these words; `None`: they have no program.
    pub(super) fn new(mut words: impl Iterator<Item = Word>) -> Option<Self> {
        let program = words.next()?.text;
        let arguments = words.collect();
        (!program.is_empty()).then_some(Self { program, arguments })
    }

    /// True if an argument has the address.
    #[must_use]
    pub(crate) fn has_address(&self) -> bool {
        let mut parts = self.arguments.iter().flat_map(|word| &word.parts);
        parts.any(|part| matches!(part, Part::Field(Field::Url | Field::UrlEncoded)))
    }

    /// The arguments with their fields filled in. Every argument stays one, so that no name can become another.
    pub(crate) fn arguments(
        &self,
        value: impl Fn(Field) -> String,
    ) -> impl Iterator<Item = String> {
        self.arguments.iter().map(move |word| word.filled(&value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_field_is_text() {
        for text in [
            "{ print $1 }",
            "${HOME}/x",
            "{a,b}",
            "{",
            "{x {y",
            "{\"a\":1}",
        ] {
            let word: Word = text.parse().unwrap();
            assert_eq!(word.filled(|field| format!("<{field:?}>")), text);
        }
        for text in ["{foo}", "a{URL}", "$x{account-id}"] {
            assert!(text.parse::<Word>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_field_has_its_name() {
        let word: Word = "a{url}&{url_encoded}{role}${entry}{source}}"
            .parse()
            .unwrap();
        assert_eq!(
            word.filled(|field| format!("<{field:?}>")),
            "a<Url>&<UrlEncoded><Role>$<Entry><Source>}"
        );
        for (name, field) in Field::NAMES {
            let word: Word = format!("{{{name}}}").parse().unwrap();
            assert_eq!(word.filled(|it| format!("{it:?}")), format!("{field:?}"));
        }
    }
}

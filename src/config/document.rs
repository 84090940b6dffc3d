//! TOML documents, read into types: the settings, themes, and scenarios of the simulator. Strict: a value of another type
//! and an unknown key are mistakes, with their line and in words for the user.
//!
//! The crate `toml` reads the text. Its own way from there to a type has code for all that a TOML value can be, once for each
//! type: 260 KB of the program (docs/performance.md#size-and-build-time).

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::ops::RangeInclusive;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_spanned::de::{SpannedDeserializer, is_spanned};
use toml::de::{DeTable, DeValue};

use crate::domain::text::nearest;

/// A mistake in a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Mistake {
    /// Counted from one.
    pub line: usize,
    /// The message.
    pub message: String,
}

/// Reads a document.
///
/// # Errors
/// The first mistake.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Mistake> {
    let root = table(text)?;
    let root = DeValue::Table(root);
    T::deserialize(Node::new(&root, 0)).map_err(|error| Mistake {
        line: line_at(text, error.place.unwrap_or_default()),
        message: error.message,
    })
}

/// The table that a document is.
///
/// # Errors
/// A text that is no TOML.
pub(crate) fn table(text: &str) -> Result<DeTable<'_>, Mistake> {
    match DeTable::parse(text) {
        Ok(table) => Ok(table.into_inner()),
        Err(error) => Err(Mistake {
            line: error.span().map_or(1, |span| line_at(text, span.start)),
            message: error.message().to_owned(),
        }),
    }
}

/// The line of a place, counted from one.
pub(crate) fn line_at(text: &str, place: usize) -> usize {
    let before = text.get(..place).unwrap_or_default();
    before.matches('\n').count() + 1
}

/// The text of a string, or of a value that needs no quotes: a number, for one.
#[derive(Deserialize)]
#[serde(rename = "$roledex::literal")]
pub(crate) struct Literal(pub(crate) String);

const LITERAL: &str = "$roledex::literal";

/// A mistake, and where it is.
#[derive(Debug)]
struct Error {
    message: String,
    /// In bytes from the start of the text; known further out, where the value is.
    place: Option<usize>,
    /// `true` until the message names the key whose value it is about.
    lacks_key: bool,
}

impl Error {
    /// A value that is not what its key takes.
    fn expected(what: impl Display, found: impl Display) -> Self {
        Self {
            message: format!("expected {what}, found {found}"),
            place: None,
            lacks_key: true,
        }
    }

    fn at(mut self, place: usize) -> Self {
        self.place.get_or_insert(place);
        self
    }

    fn of_key(mut self, key: &str) -> Self {
        if std::mem::take(&mut self.lacks_key) {
            self.message = format!("{key}: {}", self.message);
        }
        self
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self {
            message: message.to_string(),
            place: None,
            lacks_key: false,
        }
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        Self::expected(one_of(expected), quoted(found))
    }

    fn unknown_field(found: &str, expected: &'static [&'static str]) -> Self {
        let near = nearest(found, expected.iter().copied());
        let mut sorted = expected.to_vec();
        sorted.sort_unstable();
        Self::custom(match near.first() {
            Some(near) => format!("unknown key {found:?}; did you mean {near}?"),
            None => format!("unknown key {found:?}; the keys are {}", sorted.join(", ")),
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom(format!("the key {field} is missing"))
    }
}

/// `"a", "b" or "c"`
fn one_of(names: &[&str]) -> String {
    let mut text = String::new();
    for (number, name) in names.iter().enumerate() {
        text += match names.len() - number {
            _ if number == 0 => "",
            1 => " or ",
            _ => ", ",
        };
        text += &format!("{name:?}");
    }
    text
}

/// A text of the file in a message.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text.chars().take(LONGEST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}

/// A value of a document, or a key.
#[derive(Clone, Copy)]
struct Node<'a> {
    value: &'a DeValue<'a>,
    /// In bytes from the start of the text.
    place: usize,
}

impl<'a> Node<'a> {
    fn new(value: &'a DeValue<'a>, place: usize) -> Self {
        Self { value, place }
    }

    /// The value as the file has it; a list or table is too long for a message.
    fn literal(self) -> Cow<'a, str> {
        match self.value {
            DeValue::String(text) => Cow::Borrowed(text),
            DeValue::Integer(number) => Cow::Owned(number.to_string()),
            DeValue::Float(number) => Cow::Owned(number.to_string()),
            DeValue::Boolean(value) => Cow::Owned(value.to_string()),
            DeValue::Datetime(time) => Cow::Owned(time.to_string()),
            DeValue::Array(_) => Cow::Borrowed("a list"),
            DeValue::Table(_) => Cow::Borrowed("a table"),
        }
    }

    fn expected(self, what: impl Display) -> Error {
        match self.value {
            DeValue::String(text) => Error::expected(what, quoted(text)),
            _ => Error::expected(what, self.literal()),
        }
    }

    fn text(self) -> Result<&'a str, Error> {
        self.value.as_str().ok_or_else(|| self.expected("a string"))
    }

    /// A whole number in the range that its type has.
    fn number(self, range: RangeInclusive<i64>) -> Result<i64, Error> {
        let number = self.value.as_integer().and_then(|number| {
            let number = i64::from_str_radix(number.as_str(), number.radix()).ok()?;
            range.contains(&number).then_some(number)
        });
        number.ok_or_else(|| {
            let (least, most) = range.into_inner();
            self.expected(match (least, most) {
                (i64::MIN, i64::MAX) => "a whole number".to_owned(),
                (0, i64::MAX) => "a whole number that is not negative".to_owned(),
                _ => format!("a whole number from {least} to {most}"),
            })
        })
    }
}

/// Reads whole numbers of a type.
macro_rules! numbers {
    ($($method:ident $least:expr, $most:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.visit_i64(self.number($least.into()..=$most.into())?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("nothing is read without a type"))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = self.value.as_bool();
        visitor.visit_bool(value.ok_or_else(|| self.expected("true or false"))?)
    }

    numbers! {
        deserialize_u16 0_u16, u16::MAX;
        deserialize_u32 0_u32, u32::MAX;
        deserialize_u64 0_i64, i64::MAX;
        deserialize_i32 i32::MIN, i32::MAX;
        deserialize_i64 i64::MIN, i64::MAX;
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == LITERAL {
            if matches!(self.value, DeValue::Array(_) | DeValue::Table(_)) {
                return Err(self.expected("a string or a number"));
            }
            let literal = self.literal();
            return visitor.visit_newtype_struct(literal.as_ref().into_deserializer());
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let items = self.value.as_array();
        let items = items.ok_or_else(|| self.expected("a list"))?;
        visitor.visit_seq(Items(items.iter()))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let table = self.value.as_table();
        let table = table.ok_or_else(|| self.expected("a table"))?;
        visitor.visit_map(Keys {
            keys: table.iter(),
            current: None,
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if is_spanned(name) {
            return visitor.visit_map(SpannedDeserializer::new(self, self.place..self.place));
        }
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let name = self.value.as_str();
        let name = name.ok_or_else(|| self.expected(one_of(variants)))?;
        visitor.visit_enum(name.into_deserializer())
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Node<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The values of a list.
struct Items<'a>(std::slice::Iter<'a, toml::Spanned<DeValue<'a>>>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(item) = self.0.next() else {
            return Ok(None);
        };
        let place = item.span().start;
        let value = seed.deserialize(Node::new(item.get_ref(), place));
        value.map(Some).map_err(|error| error.at(place))
    }
}

type Key<'a> = toml::Spanned<Cow<'a, str>>;
type Value<'a> = toml::Spanned<DeValue<'a>>;

/// The keys of a table, and their values.
struct Keys<'a, I> {
    keys: I,
    current: Option<(&'a Key<'a>, &'a Value<'a>)>,
}

impl<'a, 'de, I: Iterator<Item = (&'a Key<'a>, &'a Value<'a>)>> MapAccess<'de> for Keys<'a, I> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        self.current = self.keys.next();
        let Some((key, _)) = self.current else {
            return Ok(None);
        };
        let place = key.span().start;
        let name = DeValue::String(Cow::Borrowed(key.get_ref()));
        let name = seed.deserialize(Node::new(&name, place));
        name.map(Some).map_err(|error| error.at(place))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some((key, value)) = self.current else {
            return Err(Error::custom("no key before the value"));
        };
        let place = value.span().start;
        let value = seed.deserialize(Node::new(value.get_ref(), place));
        value.map_err(|error| error.at(place).of_key(key.get_ref()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Document {
        name: Option<String>,
        rings: bool,
        port: Option<u16>,
        number: i64,
        size: u64,
        color: Color,
        words: Vec<String>,
        tables: BTreeMap<String, Table>,
        placed: Option<toml::Spanned<String>>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Table {
        url: String,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Color {
        #[default]
        Red,
        Green,
        Blue,
    }

    #[test]
    fn every_type_is_read() {
        let text = "name = \"a\\tb\"
            rings = true
            port = 65535
            number = -16
            size = 9_223_372_036_854_775_807
            color = 'blue'
            words = ['a', '''b''']
            placed = 'here'
            [tables.\"x y\"]
            url = ''";
        let document: Document = parse(text).unwrap();
        let placed = document.placed.as_ref().unwrap();
        assert_eq!(text.find("'here'"), Some(placed.span().start));
        let table = Table { url: String::new() };
        let expected = Document {
            name: Some("a\tb".to_owned()),
            rings: true,
            port: Some(u16::MAX),
            number: -16,
            size: 9_223_372_036_854_775_807,
            color: Color::Blue,
            words: vec!["a".to_owned(), "b".to_owned()],
            tables: [("x y".to_owned(), table)].into(),
            placed: document.placed.clone(),
        };
        assert_eq!(document, expected);
        let hex = Document {
            number: 16,
            ..Document::default()
        };
        assert_eq!(parse("number = 0x10"), Ok(hex));
        assert_eq!(parse(""), Ok(Document::default()));
    }

    #[test]
    fn a_mistake_names_its_key_and_what_the_key_takes() {
        for (text, message) in [
            (
                "rings = \"yes\"",
                "rings: expected true or false, found \"yes\"",
            ),
            ("rings = 1", "rings: expected true or false, found 1"),
            ("name = 1.50", "name: expected a string, found 1.50"),
            ("name = true", "name: expected a string, found true"),
            (
                "name = 2026-01-02",
                "name: expected a string, found 2026-01-02",
            ),
            ("placed = []", "placed: expected a string, found a list"),
            (
                "port = 65536",
                "port: expected a whole number from 0 to 65535, found 65536",
            ),
            (
                "port = -1",
                "port: expected a whole number from 0 to 65535, found -1",
            ),
            (
                "port = \"80\"",
                "port: expected a whole number from 0 to 65535, found \"80\"",
            ),
            (
                "number = 99999999999999999999",
                "number: expected a whole number, found 99999999999999999999",
            ),
            (
                "size = -1",
                "size: expected a whole number that is not negative, found -1",
            ),
            (
                "color = \"pink\"",
                "color: expected \"red\", \"green\" or \"blue\", found \"pink\"",
            ),
            (
                "color = {}",
                "color: expected \"red\", \"green\" or \"blue\", found a table",
            ),
            ("words = \"a\"", "words: expected a list, found \"a\""),
            ("words = [\"a\",\n1]", "words: expected a string, found 1"),
            ("tables.a = 1", "a: expected a table, found 1"),
            ("[tables.a]", "the key url is missing"),
            ("[tables.a]\nurl = 1", "url: expected a string, found 1"),
            (
                "[tables.a]\nurl = 'x'\nurls = 1",
                "unknown key \"urls\"; did you mean url?",
            ),
            (
                "[tables.a]\nurl = 'x'\nq = 1",
                "unknown key \"q\"; the keys are url",
            ),
        ] {
            let text = format!("\n{text}");
            let mistake = parse::<Document>(&text).unwrap_err();
            assert_eq!(mistake.message, message);
            // Each is in the last line of its text.
            assert_eq!(mistake.line, text.lines().count(), "{text}: {mistake}");
        }
        let mistake = parse::<Document>("\n= 1").unwrap_err();
        assert_eq!(mistake.line, 2);
        let long = format!("rings = '{}'", "é".repeat(61));
        let mistake = parse::<Document>(&long).unwrap_err();
        let end = format!("\"{}…\"", "é".repeat(60));
        assert!(mistake.message.ends_with(&end), "{mistake}");
    }

    #[test]
    fn a_literal_is_the_text_of_its_value() {
        let literal = |value: &str| {
            let table = parse::<BTreeMap<String, Literal>>(&format!("a = {value}"));
            table.map(|mut table| table.remove("a").unwrap().0)
        };
        for value in ["15", "1.5", "true", "2026-01-02"] {
            assert_eq!(literal(value).unwrap(), value);
        }
        assert_eq!(literal("'40%'").unwrap(), "40%");
        let mistake = literal("[1]").unwrap_err();
        assert_eq!(
            mistake.message,
            "a: expected a string or a number, found a list"
        );
    }
}

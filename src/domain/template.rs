//! Templates of profile names: `{account_name|slug}-{role|lower}`.
//!
//! A field in braces takes filters after bars, from left to right; `{{` and `}}` are braces. Strict:
//! anything else is an error that names its position. Whether the result can be a
//! profile's name is not known here; see [`super::profile`].

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use regex_lite::Regex;

/// A parsed template. Two of the same text are the same.
#[derive(Clone)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

/// The fields of an entry for a template. A field that does not apply or is unknown is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields<'a> {
    /// The account's name; the app's for an external account.
    pub account_name: &'a str,
    /// Twelve digits.
    pub account_id: &'a str,
    /// The account's e-mail address.
    pub email: &'a str,
    /// The role.
    pub role: &'a str,
    /// The portal.
    pub portal: &'a str,
    /// The app of an external account.
    pub app: &'a str,
    /// `org` or `external`.
    pub kind: &'a str,
}

/// A mistake in a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {message}")]
pub struct Mistake {
    /// The character, counted from one.
    pub at: usize,
    /// The message.
    pub message: String,
}

#[derive(Clone)]
enum Part {
    Text(String),
    Field(Field, Vec<Filter>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    AccountName,
    AccountId,
    Email,
    Role,
    Portal,
    App,
    Kind,
}

const FIELDS: [(&str, Field); 7] = [
    ("account_name", Field::AccountName),
    ("account_id", Field::AccountId),
    ("email", Field::Email),
    ("role", Field::Role),
    ("portal", Field::Portal),
    ("app", Field::App),
    ("kind", Field::Kind),
];

/// The filters, for the message that knows none of that name.
const FILTERS: &str = "lower, upper, slug, trim_prefix:REGEX, trim_suffix:REGEX";

#[derive(Clone)]
enum Filter {
    Lower,
    Upper,
    Slug,
    /// An anchored expression whose match goes.
    Trim(Regex),
}

impl Template {
    /// The name that an entry gets, as it comes out: not yet fit for a profile.
    #[must_use]
    pub fn render(&self, fields: &Fields<'_>) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Field(field, filters) => {
                    let mut value = Cow::Borrowed(fields.get(*field));
                    for filter in filters {
                        value = Cow::Owned(filter.apply(&value));
                    }
                    out.push_str(&value);
                }
            }
        }
        out
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({:?})", self.text)
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Template {}

impl<'a> Fields<'a> {
    fn get(&self, field: Field) -> &'a str {
        match field {
            Field::AccountName => self.account_name,
            Field::AccountId => self.account_id,
            Field::Email => self.email,
            Field::Role => self.role,
            Field::Portal => self.portal,
            Field::App => self.app,
            Field::Kind => self.kind,
        }
    }
}

impl Filter {
    fn apply(&self, value: &str) -> String {
        match self {
            Self::Lower => value.to_lowercase(),
            Self::Upper => value.to_uppercase(),
            Self::Slug => slug(value),
            Self::Trim(expression) => expression.replace(value, "").into_owned(),
        }
    }
}

/// Lower-case ASCII letters and digits, everything between them as one `-`.
fn slug(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

impl FromStr for Template {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Self, Mistake> {
        let mut parser = Parser {
            characters: text.chars().collect(),
            at: 0,
        };
        let parts = parser.parts()?;
        if !parts.iter().any(|part| matches!(part, Part::Field(..))) {
            return Err(Mistake {
                at: 1,
                message: format!(
                    "it contains no field, so all profiles would have the same name; the fields are {}",
                    field_names()
                ),
            });
        }
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }
}

fn field_names() -> String {
    FIELDS.map(|(name, _)| name).join(", ")
}

/// Reads a template from left to right; `at` is what comes next.
struct Parser {
    characters: Vec<char>,
    at: usize,
}

impl Parser {
    fn parts(&mut self) -> Result<Vec<Part>, Mistake> {
        let (mut parts, mut text) = (Vec::new(), String::new());
        while let Some(c) = self.next() {
            match c {
                '{' | '}' if self.peek() == Some(c) => {
                    self.at += 1;
                    text.push(c);
                }
                '{' => {
                    if !text.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut text)));
                    }
                    parts.push(self.field()?);
                }
                '}' => {
                    return Err(self.mistake(
                        self.at - 1,
                        "a } without {; write }} for a brace".to_owned(),
                    ));
                }
                c => text.push(c),
            }
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(parts)
    }

    /// Parses the field after a `{`, up to its `}`.
    fn field(&mut self) -> Result<Part, Mistake> {
        let open = self.at - 1;
        let name = self.word();
        let Some((_, field)) = FIELDS.iter().find(|(known, _)| *known == name) else {
            return Err(self.mistake(
                open + 1,
                format!("unknown field {name:?}; the fields are {}", field_names()),
            ));
        };
        let mut filters = Vec::new();
        loop {
            match self.next() {
                Some('}') => return Ok(Part::Field(*field, filters)),
                Some('|') => filters.push(self.filter(open)?),
                Some(c) => {
                    return Err(
                        self.mistake(self.at - 1, format!("{c:?} where | or }} is expected"))
                    );
                }
                None => return Err(self.mistake(open, "a { without }".to_owned())),
            }
        }
    }

    fn filter(&mut self, open: usize) -> Result<Filter, Mistake> {
        let at = self.at;
        let name = self.word();
        let takes_one = matches!(name.as_str(), "trim_prefix" | "trim_suffix");
        let filter = match name.as_str() {
            "lower" => Filter::Lower,
            "upper" => Filter::Upper,
            "slug" => Filter::Slug,
            _ if takes_one && self.peek() == Some(':') => {
                self.at += 1;
                let start = self.at;
                let expression = self.expression(open)?;
                return trim(&name, &expression)
                    .map(Filter::Trim)
                    .map_err(|message| self.mistake(start, message));
            }
            _ if takes_one => {
                return Err(
                    self.mistake(self.at, format!("{name} needs an expression: {name}:REGEX"))
                );
            }
            _ => {
                return Err(self.mistake(
                    at,
                    format!("unknown filter {name:?}; the filters are {FILTERS}"),
                ));
            }
        };
        Ok(filter)
    }

    /// A regular expression: up to the `|` or `}` that is within no bracket of its own.
    fn expression(&mut self, open: usize) -> Result<String, Mistake> {
        let mut out = String::new();
        let mut brackets: Vec<char> = Vec::new();
        while let Some(c) = self.peek() {
            // In a class all but the bracket that ends it stands for itself.
            let in_class = brackets.last() == Some(&']');
            match c {
                '\\' => {
                    self.at += 1;
                    out.push(c);
                    match self.next() {
                        Some(escaped) => out.push(escaped),
                        None => break,
                    }
                    continue;
                }
                '|' | '}' if brackets.is_empty() => return Ok(out),
                c if brackets.last() == Some(&c) => {
                    brackets.pop();
                }
                '[' if !in_class => {
                    brackets.push(']');
                    self.at += 1;
                    out.push(c);
                    // A bracket that comes first in a class is a character of it.
                    if self.peek() == Some('^') {
                        self.at += 1;
                        out.push('^');
                    }
                    if self.peek() == Some(']') {
                        self.at += 1;
                        out.push(']');
                    }
                    continue;
                }
                '(' if !in_class => brackets.push(')'),
                '{' if !in_class => brackets.push('}'),
                _ => {}
            }
            self.at += 1;
            out.push(c);
        }
        Err(self.mistake(open, "a { without }".to_owned()))
    }

    /// Letters and underscores.
    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_alphanumeric() || *c == '_') {
            word.push(c);
            self.at += 1;
        }
        word
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    #[expect(
        clippy::unused_self,
        reason = "reads better where a mistake is made of a place"
    )]
    fn mistake(&self, at: usize, message: String) -> Mistake {
        Mistake {
            at: at + 1,
            message,
        }
    }
}

/// An expression tied to the beginning or the end. It must be one by itself: `a)(b` would be one only
/// within our brackets.
fn trim(filter: &str, expression: &str) -> Result<Regex, String> {
    let wrong =
        |error: regex_lite::Error| format!("{expression:?} is not a valid expression: {error}");
    Regex::new(expression).map_err(wrong)?;
    let tied = if filter == "trim_prefix" {
        format!("^(?:{expression})")
    } else {
        format!("(?:{expression})$")
    };
    Regex::new(&tied).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SAMPLE: Fields<'_> = Fields {
        account_name: "Acme Payments (Prod)",
        account_id: "123456789012",
        email: "aws+pay@acme.example",
        role: "AWSReservedAdmin",
        portal: "acme",
        app: "",
        kind: "org",
    };

    fn rendered(template: &str) -> String {
        template.parse::<Template>().unwrap().render(&SAMPLE)
    }

    fn mistake(template: &str) -> String {
        template.parse::<Template>().unwrap_err().to_string()
    }

    #[test]
    fn fields_and_filters() {
        assert_eq!(
            rendered("{account_name|slug}-{role|lower}"),
            "acme-payments-prod-awsreservedadmin"
        );
        assert_eq!(rendered("{role|upper}"), "AWSRESERVEDADMIN");
        assert_eq!(
            rendered("{portal}/{account_id}.{kind}{app}"),
            "acme/123456789012.org"
        );
        assert_eq!(rendered("{{{role}}}"), "{AWSReservedAdmin}");
    }

    #[test]
    fn expressions() {
        assert_eq!(rendered("{role|trim_prefix:AWSReserved}"), "Admin");
        assert_eq!(rendered("{role|trim_prefix:Reserved}"), "AWSReservedAdmin");
        assert_eq!(
            rendered("{role|trim_suffix:[A-Z][a-z]+|lower}"),
            "awsreserved"
        );
        assert_eq!(
            rendered("{account_name|trim_suffix: \\(.*\\)|trim_prefix:(Acme|Other) }"),
            "Payments"
        );
        assert_eq!(rendered("{account_id|trim_prefix:\\d{4}}"), "56789012");
        assert_eq!(rendered("{email|trim_suffix:@.*|slug}"), "aws-pay");
        assert_eq!(rendered("{role|trim_prefix:[]|}A]+}"), "WSReservedAdmin");
    }

    #[test]
    fn mistakes_say_where() {
        assert!(mistake("{account}").starts_with("at character 2: unknown field \"account\""));
        assert!(mistake("x-{role|lwoer}").starts_with("at character 9: unknown filter"));
        assert!(mistake("{role").starts_with("at character 1: a { without"));
        assert!(mistake("{role}}").starts_with("at character 7: a } without"));
        assert!(mistake("{role lower}").starts_with("at character 6: ' ' where"));
        assert!(mistake("{role|trim_prefix}").starts_with("at character 18: trim_prefix needs"));
        assert!(mistake("{role|trim_prefix:(}").starts_with("at character 1: a { without"));
        assert!(mistake("{role|trim_prefix:a)(b)}").starts_with("at character 19:"));
        assert!(mistake("{role|trim_prefix:*}").starts_with("at character 19:"));
        assert!(mistake("same").contains("all profiles"));
        assert!(mistake("").contains("all profiles"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_template_or_a_mistake_within_it(text in "\\PC*|[{}|:a-z_()\\[\\]\\\\]*") {
            match text.parse::<Template>() {
                Ok(template) => { let _ = template.render(&SAMPLE); }
                Err(mistake) => prop_assert!((1..=text.chars().count() + 1).contains(&mistake.at)),
            }
        }

        #[test]
        fn text_comes_out_as_it_went_in(before in "\\PC*", value in "\\PC*") {
            let escaped = before.replace('{', "{{").replace('}', "}}");
            let template: Template = format!("{escaped}{{role}}").parse().unwrap();
            let fields = Fields { role: &value, ..Fields::default() };
            prop_assert_eq!(template.render(&fields), format!("{before}{value}"));
        }

        #[test]
        fn filters_do_what_they_say(value in "\\PC*") {
            let render = |template: &str| {
                let fields = Fields { role: &value, ..Fields::default() };
                template.parse::<Template>().unwrap().render(&fields)
            };
            let slug = render("{role|slug}");
            prop_assert!(slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            prop_assert!(!slug.starts_with('-') && !slug.ends_with('-') && !slug.contains("--"));
            prop_assert_eq!(render("{role|slug|slug}"), slug);
            prop_assert_eq!(render("{role|lower}"), value.to_lowercase());
            let (end, start) = (render("{role|trim_prefix:[a-m]+}"), render("{role|trim_suffix:[^a-m]+}"));
            prop_assert!(value.ends_with(&end) && !end.starts_with(|c| ('a'..='m').contains(&c)));
            prop_assert!(value.starts_with(&start) && start.ends_with(|c| ('a'..='m').contains(&c)) != start.is_empty());
        }
    }
}

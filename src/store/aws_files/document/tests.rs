//! Documents: any bytes, and the sections after any change.

use proptest::prelude::*;

use super::*;

/// A new value of a key.
#[expect(clippy::unnecessary_wraps, reason = "keys without a value are removed")]
fn new(value: &str) -> Option<Value> {
    Some(Value::new(value.to_owned()))
}

fn config(text: &str) -> Document {
    Document::parse(FileKind::Config, text.as_bytes())
}

fn text(document: &Document) -> String {
    String::from_utf8(document.bytes().to_vec()).unwrap()
}

fn section(document: &Document, name: &str) -> Section {
    let name = Name::Profile(name.to_owned());
    document
        .sections()
        .iter()
        .find(|section| section.name == name)
        .unwrap()
        .clone()
}

#[test]
fn headers() {
    for (header, name) in [
        ("[default]", Name::Profile("default".to_owned())),
        ("[profile x] # why", Name::Profile("x".to_owned())),
        ("[ profile\t\"a b\" ]", Name::Profile("a b".to_owned())),
        ("[profile 'a b']", Name::Profile("a b".to_owned())),
        ("[sso-session s]", Name::Session("s".to_owned())),
        ("[services v]", Name::Services("v".to_owned())),
        ("[profile]", Name::Other(b"[profile]".to_vec())),
        ("[x", Name::Other(b"[x".to_vec())),
    ] {
        assert_eq!(config(header).sections()[0].name, name, "{header}");
    }
    let credentials = Document::parse(FileKind::Credentials, b"[profile x]");
    assert_eq!(
        credentials.sections()[0].name,
        Name::Profile("profile x".to_owned())
    );
}

#[test]
fn values_as_the_sdks_read_them() {
    let document = config(
        "[profile x]\nUrl=https://a/start#/ # note\n s3 = \nregion : a ; b\n # c\ns3 =\n  max = 1 # c\n\n  # c\n  min = 2\n\t; c\nempty=\n",
    );
    let x = section(&document, "x");
    assert_eq!(document.get(&x, "url").unwrap(), "https://a/start#/\ns3 =");
    assert_eq!(document.get(&x, "region").unwrap(), "a");
    assert_eq!(document.get(&x, "s3").unwrap(), "\nmax = 1 # c\nmin = 2");
    assert_eq!(document.get(&x, "empty").unwrap(), "");
    assert_eq!(document.get(&x, "none"), None);
}

#[test]
fn put_changes_its_lines_only() {
    let mut document = config(
        "[profile x]\r\n# keep\r\na = 1\r\nB = 2 ; same\r\n  more\r\nb: 3\r\n\r\n# next\r\n[profile y]\r\nq=1",
    );
    let x = section(&document, "x");
    document.put(
        &x,
        &[
            ("a", new("1")),
            ("b", new("4")),
            ("c", new("5")),
            ("z", None),
        ],
    );
    assert_eq!(
        text(&document),
        "[profile x]\r\n# keep\r\na = 1\r\nb = 4\r\nc = 5\r\n\r\n# next\r\n[profile y]\r\nq=1"
    );
    let y = section(&document, "y");
    document.put(&y, &[("q", None), ("r", new("2"))]);
    assert!(text(&document).ends_with("[profile y]\r\nr = 2\r\n"));
}

#[test]
fn a_new_key_goes_where_its_neighbours_in_the_list_are() {
    let kinds = [
        ("sso", None),
        ("process", new("p")),
        ("region", new("r")),
        ("id", new("i")),
    ];
    for (before, after) in [
        (
            "[x]\nsso = s\nregion = r\nid = i\n",
            "[x]\nprocess = p\nregion = r\nid = i\n",
        ),
        (
            "[x]\n# mine\nregion = q\ns3 =\n  a = b",
            "[x]\nprocess = p\n# mine\nregion = r\nid = i\ns3 =\n  a = b",
        ),
        (
            "[x]\n  odd\nregion = r\n",
            "[x]\n  odd\nregion = r\nprocess = p\nid = i\n",
        ),
        ("[x]\n", "[x]\nprocess = p\nregion = r\nid = i\n"),
        ("[x]", "[x]\nprocess = p\nregion = r\nid = i\n"),
        (
            "[x]\nid = h\n  h\nregion = r",
            "[x]\nprocess = p\nid = i\nregion = r",
        ),
    ] {
        let mut document = Document::parse(FileKind::Credentials, before.as_bytes());
        let x = section(&document, "x");
        document.put(&x, &kinds);
        assert_eq!(text(&document), after, "{before:?}");
    }
}

#[test]
fn append_makes_room() {
    for (before, after) in [
        ("", "[n]\nk = v\n"),
        ("a", "a\n\n[n]\nk = v\n"),
        ("a\n\n", "a\n\n[n]\nk = v\n\n"),
        ("[a]\rb=c\r", "[a]\rb=c\r\r[n]\rk = v\r"),
        ("[a]\nb=c\nd=e\r", "[a]\nb=c\nd=e\r\n\n[n]\nk = v\n"),
        ("[a]\r\nb=c\r\n", "[a]\r\nb=c\r\n\r\n[n]\r\nk = v\r\n"),
    ] {
        let mut document = config(before);
        document.append("n", &[("k", new("v")), ("removed", None)]);
        assert_eq!(text(&document), after);
        // Removed again, it takes its blank line with it.
        let n = document.sections().last().unwrap().clone();
        document.remove(&n);
        assert_eq!(
            document
                .bytes()
                .strip_prefix(before.as_bytes())
                .unwrap()
                .trim_ascii(),
            b""
        );
        assert!(document.len() <= config(before).len(), "{before:?}");
    }
    let mut document = Document::parse(FileKind::Config, BOM);
    document.append("default", &[]);
    assert_eq!(document.sections().len(), 1);
}

#[test]
fn remove_leaves_the_next_sections_comments() {
    let mut document = config("# top\n[profile x]\na=1\n\n# of y\n[profile y]\n");
    let x = section(&document, "x");
    document.remove(&x);
    assert_eq!(text(&document), "# top\n\n# of y\n[profile y]\n");
}

#[test]
fn a_blank_line_goes_with_a_section() {
    for (before, after) in [
        ("[a]\n\n[x]\nk=v\n", "[a]\n"),
        ("[a]\n\n[x]\nk=v\n\n", "[a]\n\n"),
        ("[a]\r\n\r\n[x]\r\nk=v\r\n\r\n[b]\r\n", "[a]\r\n\r\n[b]\r\n"),
        ("[a]\r\r[x]\rk=v\r", "[a]\r"),
        ("[x]\nk=v\n\n[b]\n", "[b]\n"),
        ("[x]\nk=v\n\n[y]\n\n[b]\n", "[b]\n"),
        ("[x]\nk=v\n[y]\n\n[x]\n", ""),
        ("[a]\n\n[x]\nk=v\n[y]\n", "[a]\n"),
        ("[a]\n\n[x]\nk=v\n\n[y]\n\n", "[a]\n\n"),
        // These are somebody else's.
        ("[a]\n[x]\nk=v\n\n[b]\n", "[a]\n\n[b]\n"),
        ("[a]\n\n[x]\nk=v\n[b]\n", "[a]\n\n[b]\n"),
        ("[a]\n\n[x]\nk=v\n# b\n[b]\n", "[a]\n\n# b\n[b]\n"),
        ("[a]\n\n# of x\n[x]\n\n[b]\n", "[a]\n\n# of x\n\n[b]\n"),
        ("[a]\n\n\n\n[x]\n\n\n[b]\n", "[a]\n\n\n\n\n[b]\n"),
        ("[a]\n  \n[x]\n", "[a]\n  \n"),
    ] {
        let mut document = Document::parse(FileKind::Credentials, before.as_bytes());
        let ours: Vec<Section> = document
            .sections()
            .iter()
            .filter(|section| {
                ["x", "y"]
                    .map(|n| Name::Profile(n.to_owned()))
                    .contains(&section.name)
            })
            .cloned()
            .collect();
        if let [x] = ours.as_slice() {
            let mut document = document.clone();
            document.remove(x);
            assert_eq!(text(&document), after, "{before:?}");
        }
        document.remove_all(&ours);
        assert_eq!(text(&document), after, "{before:?}");
    }
}

#[test]
fn keys_are_indented_like_those_around_them() {
    let keys = [
        ("a", new("1")),
        ("b", new("2")),
        ("gone", None),
        ("c", new("3")),
    ];
    for (before, after) in [
        (
            "[x]\n  a = 1\n  c = 1\n[y]\n",
            "[x]\n  a = 1\n  b = 2\n  c = 3\n[y]\n",
        ),
        (
            // The comment stays in its section.
            "[x]\n\t# note\n\tgone = 1\n",
            "[x]\n\ta = 1\n\tb = 2\n\t# note\n\tc = 3\n",
        ),
        (
            "[x]\n    gone =\n      a = 0\n  c = 3\n",
            "[x]\n    a = 1\n    b = 2\n  c = 3\n",
        ),
        (
            "  [x]\n  [y]\n",
            "  [x]\n  a = 1\n  b = 2\n  c = 3\n  [y]\n",
        ),
        (
            "[x]\n  odd\n b = 2\n",
            "[x]\n  odd\n b = 2\n a = 1\n c = 3\n",
        ),
        // Comments stay, wherever they are.
        (
            "[x]\nb = 1\n  # one\n  more\n\n  ; two\n  more\n  # three\ngone = 1\n  # four\n  more\nc = 3\n",
            "[x]\na = 1\nb = 2\n  # one\n\n  ; two\n  # three\n  # four\nc = 3\n",
        ),
    ] {
        let mut document = Document::parse(FileKind::Credentials, before.as_bytes());
        let x = section(&document, "x");
        document.put(&x, &keys);
        assert_eq!(text(&document), after, "{before:?}");
        let x = section(&document, "x");
        for (key, value) in &keys {
            assert_eq!(document.get(&x, key).map(Value::new), *value, "{before:?}");
        }
    }
}

#[test]
fn the_part_that_differs_has_a_section_more_on_either_side() {
    let before = config("[a]\nx=1\n[b]\nx=1\n[c]\nx=1\n[d]\nx=1\n[e]\nx=1\n[f]\nx=1\n");
    let mut after = before.clone();
    let [a, b] = before.difference(&after).map(|text| text.to_vec());
    assert_eq!(a, b);
    let c = before.sections()[2].clone();
    after.put(&c, &[("x", new("2"))]);
    let [a, b] = before.difference(&after).map(|text| text.to_vec());
    assert_eq!(a, b"[b]\nx=1\n[c]\nx=1\n[d]\nx=1\n");
    assert_eq!(b, b"[b]\nx=1\n[c]\nx = 2\n[d]\nx=1\n");
}

#[test]
fn a_file_whose_only_break_is_a_carriage_return_gets_no_other() {
    let mut document = config("k = v\r[profile a]");
    document.append("profile new", &[("k", new("v"))]);
    let first = document.sections()[0].clone();
    document.remove(&first);
    let text = document.bytes();
    assert_eq!(
        String::from_utf8_lossy(&text),
        "k = v\r\r[profile new]\rk = v\r"
    );
}

#[test]
fn a_new_key_does_not_continue_a_value_below_a_line_that_is_none() {
    let mut document = config("[profile a]\njunk\n  k = v\njunk\n");
    let a = document.sections()[0].clone();
    document.put(&a, &[("new", new("x"))]);
    let a = document.sections()[0].clone();
    assert_eq!(document.get(&a, "new").as_deref(), Some("x"));
    assert_eq!(document.get(&a, "k").as_deref(), Some("v"));
}

/// Lines that begin, end and continue sections.
const LINES: &[&str] = &[
    "[profile a]",
    "[profile b]",
    "[b",
    "k = v",
    "k : w # c",
    "  more = 1",
    "  [profile c]",
    "    # c",
    "\tx",
    "# c",
    "; c",
    "",
    " ",
    "junk",
];

proptest! {
    #[test]
    fn the_sections_are_those_of_the_file_after_any_change(
        lines in proptest::collection::vec(proptest::sample::select(LINES), 0..14),
        breaks in proptest::sample::select(&["\n", "\r\n", "\r"][..]),
        ends: bool,
        changes in proptest::collection::vec((0..4_u8, any::<proptest::sample::Index>()), 1..6),
    ) {
        let text = lines.join(breaks) + if ends { breaks } else { "" };
        let mut document = config(&text);
        for (change, which) in changes {
            let sections = document.sections().to_vec();
            if change == 0 || sections.is_empty() {
                document.append("profile new", &[("k", new("v"))]);
                continue;
            }
            let section = which.get(&sections);
            match change {
                1 => document.remove(section),
                2 => document.put(section, &[("k", None), ("more", new("x"))]),
                _ => document.put(section, &[("k", new("new")), ("z", new("y"))]),
            }
            let again = Document::parse(FileKind::Config, &document.bytes());
            prop_assert_eq!(document.sections(), again.sections());
            prop_assert!(document == again);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_survive(bytes: Vec<u8>) {
        let document = Document::parse(FileKind::Config, &bytes);
        prop_assert_eq!(document.bytes().to_vec(), bytes);
    }
}

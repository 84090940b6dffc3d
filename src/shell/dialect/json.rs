//! A JSON object.

use super::Dialect;

pub(super) const DIALECT: Dialect = Dialect {
    name: "json",
    about: "A JSON object",
    quote: |text| Some(serde_json::Value::from(text).to_string()),
    export: |name, quoted| format!("  \"{name}\": {quoted}"),
    unset: None,
    warn: None,
    document: |fields| match fields {
        [] => "{}\n".to_owned(),
        fields => format!("{{\n{}\n}}\n", fields.join(",\n")),
    },
    evaluation: |command| format!("{command} --shell json > FILE"),
    failure: None,
    hook: None,
    completions: None,
    is_running: |_| false,
};

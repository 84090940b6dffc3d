//! All text for users in one snapshot, so that it can be read and reviewed as a whole.
//!
//! Regenerate it with `INSTA_UPDATE=always cargo test --test it user_text`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

#[test]
fn user_text() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut catalogue = String::new();
    for path in files {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
        let name = name.replace('\\', "/");
        if name.starts_with("sim/") || name.ends_with("tests.rs") || name.contains("/tests/") {
            continue;
        }
        let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).expect(&name);
        let mut texts = Texts::default();
        texts.visit_file(&file);
        texts.literals.sort();
        texts.literals.dedup();
        texts.literals.append(&mut texts.docs);
        if texts.literals.is_empty() {
            continue;
        }
        writeln!(catalogue, "== {name}").unwrap();
        for text in &texts.literals {
            writeln!(catalogue, "{}", text.replace('\n', "\\n")).unwrap();
        }
    }
    insta::with_settings!({
        snapshot_path => "../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("user-text", catalogue) });
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The texts of one file: literals with a blank and a letter, and the doc comments that clap prints.
#[derive(Default)]
struct Texts {
    literals: Vec<String>,
    /// True inside of a type that derives a trait of clap.
    in_help: bool,
    docs: Vec<String>,
}

impl Texts {
    fn add(&mut self, text: String) {
        if text.contains(' ') && text.chars().any(char::is_alphabetic) {
            self.literals.push(text);
        }
    }

    /// Literals in the arguments of a macro, which are not parsed as Rust.
    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                        self.add(text.value());
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Texts {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let test = item.attrs.iter().any(|attribute| {
            matches!(&attribute.meta, syn::Meta::List(list)
                if list.path.is_ident("cfg") && list.tokens.to_string().contains("test"))
        });
        if !test {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.in_help = is_help(&item.attrs);
        visit::visit_item_struct(self, item);
        self.in_help = false;
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.in_help = is_help(&item.attrs);
        visit::visit_item_enum(self, item);
        self.in_help = false;
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        match &attribute.meta {
            syn::Meta::List(list)
                if ["command", "arg", "value", "error"]
                    .iter()
                    .any(|name| list.path.is_ident(name)) =>
            {
                self.tokens(list.tokens.clone());
            }
            syn::Meta::NameValue(pair) if self.in_help && pair.path.is_ident("doc") => {
                if let syn::Expr::Lit(literal) = &pair.value
                    && let syn::Lit::Str(text) = &literal.lit
                {
                    self.docs.push(format!("///{}", text.value()));
                }
            }
            _ => {}
        }
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.add(literal.value());
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.tokens(item.tokens.clone());
    }
}

fn is_help(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("derive")
            && attribute.meta.require_list().is_ok_and(|list| {
                let derives = list.tokens.to_string();
                let mut names = derives.split(|c: char| !c.is_alphanumeric());
                names.any(|name| ["Args", "Parser", "Subcommand", "ValueEnum"].contains(&name))
            })
    })
}

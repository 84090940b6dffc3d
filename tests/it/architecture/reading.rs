//! Reads Rust sources for the architecture rules: which paths a file names, resolved through its
//! imports, and which methods it calls. Code under `#[cfg(test)]` does not count.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// The relevant content of one file of `src/`.
#[derive(Debug, Default)]
pub struct Reading {
    /// Paths, resolved: `crate::aws::Http`, `std::fs::write`; macros end in `!`.
    pub paths: Vec<String>,
    /// Names of called methods.
    pub methods: Vec<String>,
    /// `true` if some of it is for some operating systems only.
    pub has_platforms: bool,
    /// `pub use`: the name here, and the path that it stands for.
    pub reexports: BTreeMap<String, String>,
}

impl Reading {
    /// Parses a file. Its path is relative to `src/`.
    pub fn parse(path: &str, text: &str) -> Self {
        let file = syn::parse_file(text).expect(path);
        let mut reader = Reader {
            module: module_of(path),
            scopes: Vec::new(),
            children: children(&file.items),
            reading: Self::default(),
        };
        reader.in_scope(&file.items, |reader| {
            for item in &file.items {
                reader.visit_item(item);
            }
        });
        reader.reading
    }
}

/// The module path of a file: `aws/oidc.rs` is `crate::aws::oidc`.
pub fn module_of(path: &str) -> Vec<String> {
    let stem = path.trim_end_matches(".rs");
    let parts = stem
        .split('/')
        .filter(|part| !matches!(*part, "mod" | "lib"));
    std::iter::once("crate")
        .chain(parts)
        .map(str::to_owned)
        .collect()
}

struct Reader {
    module: Vec<String>,
    /// Names imported by `use`; one map per module or block around the current place.
    scopes: Vec<BTreeMap<String, Vec<String>>>,
    /// The child modules of the current module.
    children: Vec<String>,
    reading: Reading,
}

impl Reader {
    /// Visits with the imports of `items` in scope.
    fn in_scope(&mut self, items: &[syn::Item], visit: impl FnOnce(&mut Self)) {
        let mut imports = BTreeMap::new();
        for item in items {
            if let syn::Item::Use(item) = item
                && !is_test(&item.attrs)
            {
                for (name, path) in leaves(&item.tree, &[]) {
                    imports.insert(name, self.absolute(&path));
                }
            }
        }
        self.scopes.push(imports);
        visit(self);
        self.scopes.pop();
    }

    /// `crate`, `self` and `super` at the start of a path, replaced.
    fn absolute(&self, path: &[String]) -> Vec<String> {
        let mut base = self.module.clone();
        let mut rest = path;
        match path.first().map(String::as_str) {
            Some("self") => rest = &path[1..],
            Some("super") => {
                while rest.first().is_some_and(|part| part == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            Some(child) if self.children.iter().any(|name| name == child) => {}
            _ => return path.to_vec(),
        }
        base.extend(rest.iter().cloned());
        base
    }

    fn name(&mut self, path: &[String]) {
        let mut full = self.absolute(path);
        let import = full.first().and_then(|first| {
            let mut scopes = self.scopes.iter().rev();
            scopes.find_map(|scope| scope.get(first.trim_end_matches('!')))
        });
        if let Some(import) = import {
            let mut import = import.clone();
            if full.first().is_some_and(|first| first.ends_with('!'))
                && let Some(last) = import.last_mut()
            {
                last.push('!');
            }
            import.extend(full.drain(1..));
            full = import;
        }
        self.reading.paths.push(full.join("::"));
    }

    /// Paths and method calls in the arguments of a macro, which are not parsed as Rust.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        let mut after_dot = false;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if after_dot {
                        self.reading.methods.push(ident.to_string());
                    } else {
                        if colons != 2 {
                            self.flush(&mut path);
                        }
                        path.push(ident.to_string());
                    }
                    (colons, after_dot) = (0, false);
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Punct(punct) if punct.as_char() == '!' && !path.is_empty() => {
                    if let Some(last) = path.last_mut() {
                        last.push('!');
                    }
                    self.flush(&mut path);
                }
                TokenTree::Punct(punct) => {
                    self.flush(&mut path);
                    (colons, after_dot) = (0, punct.as_char() == '.');
                }
                TokenTree::Group(group) => {
                    self.flush(&mut path);
                    (colons, after_dot) = (0, false);
                    self.tokens(group.stream());
                }
                TokenTree::Literal(_) => {
                    self.flush(&mut path);
                    (colons, after_dot) = (0, false);
                }
            }
        }
        self.flush(&mut path);
    }

    fn flush(&mut self, path: &mut Vec<String>) {
        if path.len() > 1 || path.first().is_some_and(|name| name.ends_with('!')) {
            self.name(path);
        }
        path.clear();
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let Some((_, items)) = &item.content else {
            return;
        };
        self.module.push(item.ident.to_string());
        let outer = std::mem::replace(&mut self.children, children(items));
        self.in_scope(items, |reader| {
            for item in items {
                reader.visit_item(item);
            }
        });
        self.children = outer;
        self.module.pop();
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let items: Vec<_> = block
            .stmts
            .iter()
            .filter_map(|statement| match statement {
                syn::Stmt::Item(item) => Some(item.clone()),
                _ => None,
            })
            .collect();
        self.in_scope(&items, |reader| visit::visit_block(reader, block));
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        for (name, path) in leaves(&item.tree, &[]) {
            let path = self.absolute(&path);
            self.reading.paths.push(path.join("::"));
            if !matches!(item.vis, syn::Visibility::Inherited) {
                self.reading.reexports.insert(name, path.join("::"));
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        self.name(&names);
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let is_cfg = attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr");
        if let (true, syn::Meta::List(list)) = (is_cfg, &attribute.meta) {
            self.reading.has_platforms |= names_platform(list.tokens.clone());
        }
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        if item.path.is_ident("cfg") {
            self.reading.has_platforms |= names_platform(item.tokens.clone());
        }
        let mut names: Vec<_> = item
            .path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if let Some(last) = names.last_mut() {
            last.push('!');
        }
        self.name(&names);
        self.tokens(item.tokens.clone());
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.reading.methods.push(call.method.to_string());
        visit::visit_expr_method_call(self, call);
    }
}

/// `true` if a condition is about the operating system.
fn names_platform(tokens: TokenStream) -> bool {
    const NAMES: [&str; 5] = [
        "unix",
        "windows",
        "target_os",
        "target_vendor",
        "target_env",
    ];
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => NAMES.iter().any(|name| ident == name),
        TokenTree::Group(group) => names_platform(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

fn children(items: &[syn::Item]) -> Vec<String> {
    items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Mod(item) => Some(item.ident.to_string()),
            _ => None,
        })
        .collect()
}

/// The names that a `use` brings in, with their paths. A glob is the name `*`.
fn leaves(tree: &syn::UseTree, before: &[String]) -> Vec<(String, Vec<String>)> {
    let with = |name: &syn::Ident| {
        let mut path = before.to_vec();
        path.push(name.to_string());
        path
    };
    match tree {
        syn::UseTree::Path(tree) => leaves(&tree.tree, &with(&tree.ident)),
        syn::UseTree::Name(tree) if tree.ident == "self" => {
            let name = before.last().cloned().unwrap_or_default();
            vec![(name, before.to_vec())]
        }
        syn::UseTree::Name(tree) => vec![(tree.ident.to_string(), with(&tree.ident))],
        syn::UseTree::Rename(tree) if tree.ident == "self" => {
            vec![(tree.rename.to_string(), before.to_vec())]
        }
        syn::UseTree::Rename(tree) => vec![(tree.rename.to_string(), with(&tree.ident))],
        syn::UseTree::Glob(_) => vec![("*".to_owned(), before.to_vec())],
        syn::UseTree::Group(group) => group
            .items
            .iter()
            .flat_map(|tree| leaves(tree, before))
            .collect(),
    }
}

/// Attributes that compile an item for tests only.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else {
            return attribute.path().is_ident("test");
        };
        let tokens = list.tokens.to_string().replace(' ', "");
        list.path.is_ident("cfg") && (tokens == "test" || tokens.starts_with("all(test"))
    })
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::ExternCrate(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

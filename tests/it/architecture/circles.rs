//! Circles among the files of one module: two files that need each other are one file, or hide a third.
//!
//! A file may use what its parent module defines, and a parent its children: that is the module tree,
//! not a circle. Names that a `mod.rs` re-exports count as those of the file that defines them.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::{Reading, module_of};

/// The circles among files, each as the paths of the files in it, sorted.
pub fn circles(sources: &[(String, String)]) -> Vec<Vec<String>> {
    let readings: BTreeMap<String, (&str, Reading)> = sources
        .iter()
        .map(|(path, text)| {
            let reading = Reading::parse(path, text);
            (module_of(path).join("::"), (path.as_str(), reading))
        })
        .collect();
    let edges: BTreeMap<&str, BTreeSet<&str>> = readings
        .iter()
        .map(|(module, (_, reading))| {
            let targets = reading.paths.iter();
            let targets = targets.filter_map(|path| file_of(path, &readings));
            let targets = targets.filter(|target| {
                let family = |a: &str, b: &str| a == b || a.starts_with(&format!("{b}::"));
                !family(module, target) && !family(target, module)
            });
            (module.as_str(), targets.collect())
        })
        .collect();
    components(&edges)
        .into_iter()
        .map(|circle| {
            let files = circle
                .into_iter()
                .map(|module| readings[module].0.to_owned());
            files.collect()
        })
        .collect()
}

/// The module of the file that defines what a path names.
fn file_of<'a>(path: &str, readings: &'a BTreeMap<String, (&str, Reading)>) -> Option<&'a str> {
    let mut path = path.to_owned();
    // Re-exports of re-exports end; the bound only guards against a circle of them.
    for _ in 0..8 {
        let mut prefix = path.as_str();
        let (module, reading) = loop {
            if let Some((module, (_, reading))) = readings.get_key_value(prefix) {
                break (module, reading);
            }
            prefix = prefix.rsplit_once("::")?.0;
        };
        let rest = path.strip_prefix(module.as_str())?.trim_start_matches("::");
        let name = rest.split("::").next().unwrap_or_default();
        match reading.reexports.get(name) {
            Some(target) if *target != path => path.clone_from(target),
            _ => return Some(module),
        }
    }
    None
}

/// Sets of nodes that reach one another (more than one node each).
fn components<'a>(edges: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<BTreeSet<&'a str>> {
    let reach = |start: &'a str| {
        let mut seen = BTreeSet::new();
        let mut next = vec![start];
        while let Some(node) = next.pop() {
            for target in edges.get(node).into_iter().flatten() {
                if seen.insert(*target) {
                    next.push(target);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        edges.keys().map(|node| (*node, reach(node))).collect();
    let mut found = BTreeSet::new();
    for (node, targets) in &reached {
        let circle: BTreeSet<&str> = targets
            .iter()
            .copied()
            .filter(|target| reached.get(target).is_some_and(|back| back.contains(node)))
            .collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

//! The files of boto 2, in which botocore still looks for keys.

use std::fs;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::document::Document;
use super::syntax::{FileKind, Name};

/// The first of some files with keys, as botocore looks for them: only in regular files, in `[Credentials]`,
/// which `[DEFAULT]` seeds. A file that cannot be read has none for it.
#[must_use]
pub(crate) fn with_keys(paths: &[PathBuf]) -> Option<&Path> {
    let has_keys = |path: &&PathBuf| fs::metadata(path).is_ok_and(|it| it.is_file()) && has(path);
    paths.iter().find(has_keys).map(PathBuf::as_path)
}

fn has(path: &Path) -> bool {
    let bytes = Zeroizing::new(fs::read(path).unwrap_or_default());
    let document = Document::parse(FileKind::Credentials, &bytes);
    let named = Name::Profile("Credentials".to_owned());
    let is_read = |name: &Name| *name == named || name.is_seed();
    let mut sections = document.sections().iter();
    sections.any(|section| section.name == named)
        && (document.sections().iter())
            .filter(|section| is_read(&section.name))
            .any(|section| document.has(section, "aws_access_key_id"))
}

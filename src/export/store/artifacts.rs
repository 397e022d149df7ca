//! Supports and rule traces that were put beside a store.

use std::fs;
use std::path::{Path, PathBuf};

use super::value::{MAX_DEPTH, broken};
use crate::digest::Digest;
use crate::error::{Doing as _, Error, Result};
use crate::export::files::Lines;
use crate::json::{Scanner, canonical_value};

/// Largest artifact that is read.
const MAX_BYTES: u64 = 256 << 20;

/// The documents in a folder, by name; none if the folder is not there.
fn documents(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let doing = || format!("cannot read {}", folder.display());
    let mut found = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder).doing(doing)? {
            let path = entry.doing(doing)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if let Some(name) = name.strip_suffix(".json").filter(|name| !name.ends_with(".meta")) {
                found.push((name.to_owned(), path.clone()));
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// A document in its one form, and one of its texts.
fn canonical(path: &Path, member: &str) -> Result<(Vec<u8>, Option<String>)> {
    let doing = || format!("cannot read {}", path.display());
    if fs::metadata(path).doing(doing)?.len() > MAX_BYTES {
        return Err(Error::new(doing()).because("it is too large"));
    }
    let text = fs::read(path).doing(doing)?;
    let mut scanner = Scanner::new(MAX_DEPTH);
    let wrong = || broken(format!("{} is no JSON object", path.display()));
    let document = scanner.scan(&text).map_err(|_| wrong())?;
    let bytes = canonical_value(document.root(), None).filter(|bytes| bytes.starts_with(b"{")).ok_or_else(wrong)?;
    let member = document.root().get_text(member).map(|text| text.into_owned());
    Ok((bytes, member))
}

/// Writes all supports, by digest.
pub(super) fn supports(folder: &Path, out: &mut Lines) -> Result<()> {
    for (name, path) in documents(&folder.join("support/sha256"))? {
        let (mut row, _) = canonical(&path, "")?;
        if Digest::of(&row).to_string() != name {
            return Err(broken(format!("{} does not have the digest that it is named by", path.display())));
        }
        row.pop();
        out.bytes(&row)?;
        // This member sorts behind all others.
        out.line(format!(",\"support_digest\":\"sha256:{name}\"}}").as_bytes())?;
    }
    Ok(())
}

/// Writes all rule traces, by the id of the rule's run.
pub(super) fn traces(folder: &Path, out: &mut Lines) -> Result<()> {
    let mut found = Vec::new();
    for (_, path) in documents(&folder.join("rule_trace"))? {
        let (_, id) = canonical(&path, "rule_run_id")?;
        let id = id.ok_or_else(|| broken(format!("{} names no run of a rule", path.display())))?;
        found.push((id, path));
    }
    found.sort_unstable();
    found.into_iter().try_for_each(|(_, path)| out.line(&canonical(&path, "")?.0))
}

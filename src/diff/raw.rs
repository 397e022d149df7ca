//! The plain comparison: bytes of files, line by line, as they stand.

use std::collections::BTreeSet;

use similar::TextDiff;

use super::side::Side;
use crate::error::Result;
use crate::finding::printable;
use crate::source::{Limits, PackageSource};
use crate::spill::Memory;

/// Larger files are only told to differ: comparing lines costs the product of lines and differences.
const MOST_BYTES: usize = 4 << 20;
const MOST_LINES: usize = 20_000;

/// The files of two packages as a unified diff; empty if they are the same.
///
/// # Errors
/// When bytes cannot be read.
pub fn raw(a: &mut dyn PackageSource, b: &mut dyn PackageSource, limits: Limits) -> Result<String> {
    let memory = Memory::new(0);
    let mut sides = [Side::open(a, limits, &memory)?, Side::open(b, limits, &memory)?];
    let paths: BTreeSet<String> = sides.iter().flat_map(|side| side.paths().map(str::to_owned)).collect();
    let mut out = String::new();
    for path in paths {
        let [before, after] = [sides[0].head(&path, MOST_BYTES)?, sides[1].head(&path, MOST_BYTES)?];
        if before == after {
            continue;
        }
        let name = printable(&path, 400);
        out.push_str(&format!("--- a/{name}\n+++ b/{name}\n"));
        let told = match (&before.0, &after.0) {
            (Some(before), Some(after)) => unified(before, after),
            _ => None,
        };
        match told {
            Some(text) => out.push_str(&text),
            None => out.push_str(&format!("differ: {} bytes and {} bytes\n", before.1.size, after.1.size)),
        }
    }
    let notes =
        ["a", "b"].into_iter().zip(&sides).flat_map(|(name, side)| side.notes.iter().map(move |note| (name, note)));
    let warnings: String = notes.map(|(name, note)| format!("warning: {name}: {note}\n")).collect();
    Ok(warnings + &out)
}

/// The lines that differ; none if there are too many, or what stands there is no text.
fn unified(before: &[u8], after: &[u8]) -> Option<String> {
    let [before, after] = [std::str::from_utf8(before).ok()?, std::str::from_utf8(after).ok()?];
    if [before, after].iter().any(|text| memchr::memchr_iter(b'\n', text.as_bytes()).count() > MOST_LINES) {
        return None;
    }
    let diff = TextDiff::from_lines(before, after);
    let text = diff.unified_diff().context_radius(1).to_string();
    let lines = text.split('\n').map(|line| printable(line, usize::MAX));
    Some(lines.collect::<Vec<_>>().join("\n"))
}

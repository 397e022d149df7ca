//! The plain comparison: bytes of files, line by line, as they stand.

use std::collections::BTreeSet;

use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::udiff::UnifiedHunkHeader;

use super::side::Side;
use crate::error::Result;
use crate::finding::printable;
use crate::source::{Limits, PackageSource};
use crate::spill::Memory;

/// Larger files are only told to differ: comparing lines costs the product of lines and differences.
const MOST_BYTES: usize = 4 << 20;
const MOST_LINES: usize = 20_000;
/// Lines that are shown before and after those that differ.
const CONTEXT: usize = 1;
const NO_NEWLINE: &str = "\n\\ No newline at end of file\n";

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
    let [before, after] = [before, after].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    // similar's own way from texts to hunks brings five more algorithms along, half a megabyte of program.
    let mut told = Compact::new(Replace::new(Capture::new()), &before[..], &after[..]);
    let Ok(()) = myers::diff(&mut told, &before[..], 0..before.len(), &after[..], 0..after.len());
    let mut out = String::new();
    for hunk in told.into_inner().into_inner().into_grouped_ops(CONTEXT).iter().filter(|hunk| !hunk.is_empty()) {
        out.push_str(&format!("{}\n", UnifiedHunkHeader::new(hunk)));
        for change in hunk.iter().flat_map(|op| op.iter_changes(&before[..], &after[..])) {
            let line = change.value();
            let (text, end) = line.strip_suffix('\n').map_or((line, NO_NEWLINE), |text| (text, "\n"));
            out.push_str(&format!("{}{}{end}", change.tag(), printable(text, usize::MAX)));
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_are_those_of_a_unified_diff() {
        let before = b"1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let after = b"1\n2\n3\nfour\n5\n6\n7\n8\n9\n10";
        let expected = "@@ -3,3 +3,3 @@\n 3\n-4\n+four\n 5\n@@ -9 +9,2 @@\n 9\n+10\n\\ No newline at end of file\n";
        assert_eq!(unified(before, after).as_deref(), Some(expected));
        let escaped = unified(b"", b"\x1b[2J\n").expect("it is text");
        assert!(escaped.starts_with("@@ -0,0 +1 @@\n+") && !escaped.contains('\x1b'), "{escaped:?}");
        assert_eq!(unified(b"a\n", b"\xff\n"), None);
    }
}

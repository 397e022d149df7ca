//! Fingerprints of rows, taken while the bytes pass to whoever judges them, so that they need not be read again for that.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::alike::Raws;
use crate::digest::Fingerprint;
use crate::error::Result;
use crate::lines::{Line, Lines};
use crate::package::{Sink, TakePiece};
use crate::spill::{Memory, Sorter};

/// Takes fingerprints of the rows of JSONL files that come whole.
pub(super) struct Passing {
    pub(super) files: BTreeMap<String, Raws>,
    max_row_bytes: u64,
    memory: Arc<Memory>,
}

impl Passing {
    pub(super) fn new(max_row_bytes: u64, memory: &Arc<Memory>) -> Self {
        Self { files: BTreeMap::new(), max_row_bytes, memory: Arc::clone(memory) }
    }
}

impl Sink for Passing {
    fn file(&mut self, path: &str, _: u64, read: &mut dyn FnMut(&mut TakePiece<'_>) -> Result<bool>) -> Result<()> {
        if !path.ends_with(".jsonl") {
            return read(&mut |_| Ok(())).map(drop);
        }
        let (mut lines, mut raws, mut is_all) = (Lines::new(self.max_row_bytes), Sorter::new(&self.memory), true);
        let mut pushed = Ok(());
        let mut each = |number: u64, line: Line<'_>| match (line, u32::try_from(number)) {
            (Line::Whole(text), Ok(number)) => {
                if pushed.is_ok() {
                    pushed = raws.push((Fingerprint::of(text), number));
                }
            }
            // What cannot be taken is to be noted by whoever reads the file next.
            _ => is_all = false,
        };
        let is_whole = read(&mut |piece| {
            lines.push(piece, &mut each);
            Ok(())
        })?;
        lines.finish(&mut each);
        pushed?;
        if is_whole && is_all {
            self.files.insert(path.to_owned(), raws);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(path: &str, pieces: &[&str], is_whole: bool) -> Option<Vec<u32>> {
        let mut passing = Passing::new(8, &Memory::new(0));
        let mut read = |take: &mut TakePiece<'_>| {
            pieces.iter().try_for_each(|piece| take(piece.as_bytes()))?;
            Ok(is_whole)
        };
        passing.file(path, 0, &mut read).expect("nothing can fail");
        let raws = passing.files.remove(path)?;
        raws.as_they_came().map(|raws| raws.iter().map(|(_, line)| *line).collect())
    }

    #[test]
    fn only_files_that_came_whole_need_not_be_read_again() {
        assert_eq!(passed("a.jsonl", &["{}\n{", "}\n{}"], true), Some(vec![1, 2, 3]));
        assert_eq!(passed("a.jsonl", &["{}\n"], false), None);
        assert_eq!(passed("a.jsonl", &["{}\n{\"long\":1}\n"], true), None);
        assert_eq!(passed("a.json", &["{}\n"], true), None);
    }
}

//! Rows of JSON Lines: a scanner that has read the rows above says of each what a fresh one says.
#![no_main]

use batool::json::{Scanner, canonical_value};
use libfuzzer_sys::fuzz_target;

/// Everything that a scan tells, in words.
fn told(scanner: &mut Scanner, row: &[u8]) -> String {
    match scanner.scan(row) {
        Ok(document) => {
            let canonical = canonical_value(document.root(), None);
            if document.is_canonical() {
                assert_eq!(canonical.as_deref(), Some(row));
            }
            format!("{canonical:?} {:?}", document.deviation())
        }
        Err(fault) => {
            assert!(fault.offset <= row.len());
            format!("{fault:?}")
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let mut learnt = Scanner::new(64);
    for row in data.split(|byte| *byte == b'\n') {
        assert_eq!(told(&mut learnt, row), told(&mut Scanner::new(64), row));
    }
});

//! A package whose manifest is the fuzzer's.
#![no_main]

use std::sync::LazyLock;

use batool_fuzz::{Files, Memory, fixture, judge};
use libfuzzer_sys::fuzz_target;

static PACKAGES: LazyLock<[Files; 3]> = LazyLock::new(|| ["ok-full", "ok-documented", "ok-audit-only"].map(fixture));

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else { return };
    let mut files = PACKAGES[usize::from(*choice) % PACKAGES.len()].clone();
    files.insert("manifest.json".into(), data.to_vec());
    judge(&mut Memory::new(&files));
});

//! A package of which one file under `facts/` is the fuzzer's.
#![no_main]

use std::sync::LazyLock;

use batool_fuzz::{Files, Memory, fixture, judge, replace};
use libfuzzer_sys::fuzz_target;

static PACKAGES: LazyLock<[Files; 3]> = LazyLock::new(|| ["ok-full", "ok-mapping", "ok-unicode"].map(fixture));

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else { return };
    let package = &PACKAGES[usize::from(*choice) % PACKAGES.len()];
    if let Some(files) = replace(package, "facts/", data) {
        judge(&mut Memory::new(&files));
    }
});

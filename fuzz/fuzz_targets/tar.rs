//! A file that may be a tar archive with a package in it.
#![no_main]

use std::io::Write;

use batool::source::open_path;
use batool_fuzz::{LIMITS, judge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("there is room for a file");
    file.write_all(data).expect("there is room for its bytes");
    if let Ok(mut source) = open_path(file.path(), LIMITS) {
        judge(&mut *source);
    }
});

//! The archives of google/safearchive: each was made to get past some reader.

use std::collections::BTreeMap;
use std::fs;

use batool::source::{FaultKind, Limits, open_path};

use super::{faults, read_all, shared};

#[test]
fn the_safearchive_suite_is_read_without_harm() {
    let Some(root) = shared("data/third-party/safearchive") else { return };
    let mut seen = BTreeMap::new();
    for kind in ["tar", "zip"] {
        for file in fs::read_dir(root.join(kind)).expect("the suite is there") {
            let path = file.expect("the suite can be read").path();
            let mut source = open_path(&path, Limits::default()).expect("the file can be read");
            read_all(&mut *source);
            // None of them is a package; that much is always said, and not interesting here.
            let mut kinds: Vec<_> =
                faults(&*source).into_iter().filter(|(kind, _)| *kind != FaultKind::Unknown).collect();
            kinds.dedup();
            seen.insert(path.file_name().expect("a file").to_string_lossy().into_owned(), kinds);
        }
    }
    use FaultKind::{Collision, Kind, Path};
    let fault = |kind, path: &str| (kind, path.to_owned());
    let links = ["linktoescape", "linktoroot"].map(|path| fault(Kind, path));
    let expected: &[(&str, Vec<(FaultKind, String)>)] = &[
        ("archive.zip", vec![fault(Path, "../traverse"), fault(Path, "/absolute")]),
        ("case-insensitive.tar", vec![fault(Collision, "tmp")]),
        ("case-insensitive.zip", vec![fault(Collision, "tmp")]),
        ("specialmodes.tar", vec![]),
        ("specialmodes.zip", vec![]),
        ("symlinks.zip", vec![fault(Kind, "thisisalink.txt")]),
        ("symlinks2.zip", vec![fault(Collision, "root"), fault(Kind, "root")]),
        ("symlinks3.zip", vec![fault(Collision, "root"), fault(Kind, "root")]),
        ("traverse-slash-at-the-end.tar", vec![fault(Collision, "linktoroot"), fault(Kind, "linktoroot")]),
        ("traverse.tar", vec![fault(Path, "../todo.txt"), fault(Path, "/gopher.txt")]),
        ("xattr.tar", vec![]),
    ];
    for (name, kinds) in expected {
        assert_eq!(&seen[*name], kinds, "{name}");
    }
    assert!(links.iter().all(|link| seen["traverse-via-links.tar"].contains(link)));
    let special = ["fifo", "hardlink", "null", "sda", "symlink"].map(|path| fault(Kind, path));
    assert_eq!(seen["specialfiles.tar"], special);
    for name in ["winshort.tar", "winshort.zip"] {
        assert!(!seen[name].is_empty() && seen[name].iter().all(|(kind, _)| *kind == Collision), "{name}");
    }
}

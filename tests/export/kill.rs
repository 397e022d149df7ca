//! A kill at any instant leaves nothing in the place of an export, or all of it.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Package, Sandbox, Snapshot, text};

#[test]
fn a_killed_export_is_whole_or_not_there() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.add(&archive, "run-7", &Package::documented("x", 3).with_empty("outputs/.work"));
    let (mut whole, mut absent) = (0, 0);
    for form in ["dir", "bagit", "tar"] {
        let export = |name: &str| {
            let to = sandbox.path(&format!("{form}-{name}"));
            let mut command = sandbox.command(&archive, &["export", "run-7", "--to", &text(&to), "--format", form]);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            (to, command)
        };
        let (good, mut command) = export("good");
        let started = Instant::now();
        assert!(command.status().expect("the program runs").success());
        let spread = started.elapsed().max(Duration::from_millis(10));
        for n in 0..40_u32 {
            let (to, mut command) = export(&n.to_string());
            let mut child = command.spawn().expect("the program runs");
            // Half of the kills fall anywhere, half on the instant in which the place is taken.
            if n % 2 == 0 {
                thread::sleep(spread * n / 40);
            } else {
                while to.symlink_metadata().is_err() && child.try_wait().expect("it is ours").is_none() {}
            }
            child.kill().expect("it is ours");
            child.wait().expect("it is ours");
            if to.symlink_metadata().is_ok() {
                assert!(are_alike(&to, &good), "{form}: the place is taken, and not all is in it");
                whole += 1;
            } else {
                absent += 1;
            }
        }
    }
    assert!(whole > 0 && absent > 0, "{whole} whole, {absent} absent: the kills did not fall where they should");
}

fn are_alike(one: &Path, other: &Path) -> bool {
    match (one.is_dir(), other.is_dir()) {
        (true, true) => Snapshot::of(one) == Snapshot::of(other),
        (false, false) => fs::read(one).ok() == fs::read(other).ok(),
        _ => false,
    }
}

//! Every form gives back what was added, on any machine the same, and never in the way of anything.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::shared::{packages, shared};
use crate::support::{Package, Sandbox, Snapshot, run, text};

pub(crate) const FORMS: [(&str, &str); 6] =
    [("dir", ""), ("tar", ".tar"), ("tar.gz", ".tar.gz"), ("tar.zst", ".tar.zst"), ("zip", ".zip"), ("bagit", "-bag")];

/// A package with all that forms get wrong: long names, names of other scripts, empty files, empty folders, large files.
pub(crate) fn awkward() -> Package {
    let mut package = Package::documented("x", 3).with_empty("outputs/.work").with_empty("empty/deep/er");
    let deep = format!("outputs/{}/{}/x.bin", "d".repeat(90), "e".repeat(120));
    let noise: Vec<u8> = (0..700_000_u64).flat_map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_le_bytes()).collect();
    package = package.with(&deep, noise).with("outputs/empty.bin", Vec::new()).with("outputs/Größe 日本.txt", "ü\n");
    package
        .with("outputs/same.bin", vec![b'a'; 300_000])
        .with("outputs/text.txt", "one line after another\n".repeat(20_000))
}

pub(crate) fn certificate(sandbox: &Sandbox, archive: &Path, name: &str) -> Vec<u8> {
    sandbox.git_bytes(archive, &["show", &format!("main:runs/{name}/certificate.json")])
}

#[test]
fn what_was_added_comes_out_in_every_form_and_goes_into_another_archive_as_the_same() {
    let sandbox = Sandbox::new();
    for bare in [true, false] {
        let (from, to) = (format!("from-{bare}"), format!("to-{bare}"));
        let archive = sandbox.archive(&from, bare, "sha1");
        let other = sandbox.archive(&to, bare, "sha256");
        let package = awkward();
        sandbox.add(&archive, "nightly/run-7", &package);
        for (form, end) in FORMS {
            let at = sandbox.path(&format!("out-{bare}-{form}{end}"));
            let said = sandbox.batool(&archive, &["export", "nightly/run-7", "--to", &text(&at), "--format", form]);
            said.ends(0).says(&["wrote "]);
            let name = format!("again/{}", form.replace('.', "-"));
            sandbox.batool(&other, &["archive", "add", &text(&at), "--as", &name]).ends(0).says(&["added", "VERIFIED"]);
            assert_eq!(certificate(&sandbox, &other, &name), certificate(&sandbox, &archive, "nightly/run-7"));
            let (ours, theirs) = ("runs/nightly/run-7/empty-directories", format!("runs/{name}/empty-directories"));
            let listed = |at: &Path, path: &str| sandbox.git_bytes(at, &["show", &format!("main:{path}")]);
            assert_eq!(listed(&archive, ours), listed(&other, &theirs), "{form}");
        }
        sandbox.folder("as-given", &package);
        let given = Snapshot::of(&sandbox.path("as-given"));
        assert_eq!(given, Snapshot::of(&sandbox.path(&format!("out-{bare}-dir"))), "modes and empty folders too");
    }
}

#[test]
fn the_tools_that_others_have_unpack_every_form() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    let package = awkward();
    sandbox.add(&archive, "run-7", &package);
    sandbox.folder("as-given", &package);
    for (end, tool, args) in [
        (".tar", "tar", vec!["-xf"]),
        (".tar.gz", "tar", vec!["-xzf"]),
        (".tar.zst", "tar", vec!["--zstd", "-xf"]),
        (".zip", "unzip", vec!["-q"]),
    ] {
        let at = sandbox.path(&format!("x{end}"));
        sandbox.batool(&archive, &["export", "run-7", "--to", &text(&at)]).ends(0);
        let place = sandbox.path(&format!("unpacked{end}"));
        fs::create_dir(&place).expect("there is room");
        if Command::new(tool).arg("--version").output().is_err() {
            continue;
        }
        let mut args = args;
        let file = text(&at);
        args.push(&file);
        run(sandbox.program(tool, &place, &args).env("TZ", "UTC")).ends(0);
        let given = Snapshot::of(&sandbox.path("as-given"));
        assert_eq!(given.differences(&Snapshot::of(&place.join("run-7"))), Vec::<String>::new(), "{end}");
    }
}

#[test]
fn two_machines_make_the_same_file() {
    let sandbox = Sandbox::new();
    let (one, two) = (sandbox.archive("one", true, "sha1"), sandbox.archive("two", false, "sha256"));
    for archive in [&one, &two] {
        sandbox.add(archive, "nightly/run-7", &awkward());
    }
    // The second has its objects in another order, loose or packed.
    sandbox.git(&two, &["repack", "-adfq"]);
    for (form, end) in FORMS.into_iter().filter(|(_, end)| end.starts_with('.')) {
        let (here, there) = (sandbox.path(&format!("here{end}")), sandbox.path(&format!("there{end}")));
        sandbox.batool(&one, &["export", "nightly/run-7", "--to", &text(&here), "--format", form]).ends(0);
        let shell = format!(
            "umask 077; export LC_ALL=tr_TR.UTF-8 TZ=Pacific/Chatham USER=other LOGNAME=other; exec '{}' export \
             nightly/run-7 --to '{}' --format {form}",
            env!("CARGO_BIN_EXE_batool"),
            text(&there)
        );
        run(&mut sandbox.program("sh", &two, &["-c", &shell])).ends(0);
        assert_eq!(fs::read(&here).ok(), fs::read(&there).ok(), "{form}");
        let mode = |path: &Path| {
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).expect("it is there").permissions())
        };
        assert_eq!((mode(&here) & 0o777, mode(&there) & 0o777), (0o644, 0o644));
    }
}

#[test]
fn nothing_is_overwritten_and_nothing_is_left_half_written() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.add(&archive, "run-7", &Package::documented("x", 1));
    let place = sandbox.path("place");
    fs::create_dir(&place).expect("there is room");
    fs::create_dir(place.join("folder")).expect("there is room");
    fs::write(place.join("file"), "mine").expect("there is room");
    std::os::unix::fs::symlink("nowhere", place.join("link")).expect("there is room");
    let before = Snapshot::of(&place);
    for name in ["folder", "file", "link"] {
        for (form, _) in FORMS {
            let to = text(&place.join(name));
            let said = sandbox.batool(&archive, &["export", "run-7", "--to", &to, "--format", form]);
            said.fails(&["something is there already", "--to"]);
        }
    }
    let missing = text(&place.join("no/such/x.tar"));
    sandbox.batool(&archive, &["export", "run-7", "--to", &missing]).fails(&["cannot write beside"]);
    sandbox
        .batool(&archive, &["export", "run-8", "--to", &text(&place.join("x"))])
        .fails(&["there is no run called run-8"]);
    sandbox
        .batool(&archive, &["export", "no-*", "--to", &text(&place.join("x"))])
        .fails(&["there is no run like no-*"]);
    assert_eq!(before, Snapshot::of(&place));
}

#[test]
fn a_damaged_object_leaves_nothing() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.add(&archive, "run-7", &Package::documented("x", 1).with("outputs/big.bin", vec![7; 2 << 20]));
    // One list of empty directories that cannot be right.
    sandbox.edit(&archive, &[("runs/run-7/empty-directories", Some(b"../../escape\n"))]);
    let place = sandbox.path("place");
    fs::create_dir(&place).expect("there is room");
    for (form, _) in FORMS {
        let to = text(&place.join("x"));
        let said = sandbox.batool(&archive, &["export", "run-7", "--to", &to, "--format", form]);
        said.fails(&["list of empty directories cannot be right", "batool archive verify"]);
    }
    assert_eq!(fs::read_dir(&place).expect("it is there").count(), 0);
}

#[test]
fn many_runs_go_below_one_folder_each_under_its_name() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    for name in ["nightly/a/run-1", "nightly/b/run-1", "weekly/run-2"] {
        sandbox.add(&archive, name, &Package::documented(name, 1));
    }
    let (all, two) = (sandbox.path("all"), sandbox.path("two"));
    sandbox.batool(&archive, &["export", "**", "--to", &text(&all), "--format", "tar.gz"]).ends(0);
    let snapshot = Snapshot::of(&all);
    let files: Vec<_> = snapshot.files().map(|(path, _)| path.as_str()).collect();
    assert_eq!(files, ["nightly/a/run-1.tar.gz", "nightly/b/run-1.tar.gz", "weekly/run-2.tar.gz"]);
    sandbox.batool(&archive, &["export", "nightly/**", "--to", &text(&two)]).ends(0).says(&["two/nightly/a/run-1\n"]);
    assert!(two.join("nightly/b/run-1/manifest.json").is_file());
    let again = sandbox.path("again");
    sandbox.batool(&archive, &["export", "weekly/run-2", "weekly/*", "--to", &text(&again)]).ends(64);
    assert!(!again.exists());
}

#[test]
fn no_package_goes_into_another() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    sandbox.add(&archive, "nightly/run-1", &Package::documented("y", 1));
    let folder = sandbox.folder("nightly", &Package::documented("z", 1));
    let out = sandbox.path("out");
    let said = sandbox.batool(&archive, &["export", &folder, "nightly/run-1", "--to", &text(&out)]).ends(64);
    assert!(said.err.contains("nightly/run-1 would go into the package nightly"), "{}", said.err);
    assert!(!out.exists());
    let args = ["export", &folder, "nightly/run-1", "--to", &text(&out), "--format", "tar"].map(str::to_owned);
    sandbox.batool(&archive, &args.each_ref().map(String::as_str)).ends(0);
    assert!(out.join("nightly.tar").is_file() && out.join("nightly/run-1.tar").is_file());
}

#[test]
fn a_source_that_no_run_could_be_called_after_is_exported_all_the_same() {
    let sandbox = Sandbox::new();
    let at = sandbox.path("");
    for (n, name) in ["package", "with a space"].into_iter().enumerate() {
        sandbox.folder(name, &Package::documented("x", 1));
        let file = format!("{n}.tar");
        sandbox.batool(&at, &["export", &format!("./{name}"), "--to", &file]).ends(0).says(&[&file]);
        let names = run(&mut sandbox.program("tar", &at, &["-tf", &file])).ends(0).out;
        assert!(names.lines().all(|name| name.starts_with("package/")), "{names}");
    }
    let said = sandbox.batool(&at, &["export", "./none", "--to", "x"]).ends(74);
    assert!(!said.err.contains("--as"), "{}", said.err);
}

#[test]
fn a_run_comes_as_it_was_at_a_revision_and_any_source_changes_its_form() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    sandbox.add(&archive, "run-7", &Package::documented("x", 1));
    let then = sandbox.tip(&archive);
    let out = sandbox.path("out.tar");
    sandbox.batool(&archive, &["export", &format!("run-7@{then}"), "--to", &text(&out)]).ends(0);
    let zip = sandbox.path("out.zip");
    sandbox.batool(&archive, &["export", &text(&out), "--to", &text(&zip)]).ends(0);
    sandbox.batool(&archive, &["verify", &text(&zip)]).ends(0).says(&["Verdict: VERIFIED"]);
    sandbox.batool(&archive, &["export", "run-7@no-such", "--to", &text(&sandbox.path("y"))]).fails(&["no-such"]);
    sandbox.batool(&archive, &["export", &text(&zip), "--with-certificate", "--to", "z"]).ends(64);
    sandbox.batool(&archive, &["export", "run-7"]).ends(64);
}

#[test]
fn an_event_log_comes_out_byte_for_byte() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/events/ok-run.jsonl");
    sandbox.batool(&archive, &["archive", "add", &text(&log), "--as", "training"]).ends(0);
    sandbox.batool(&archive, &["export", "training", "--to", &text(&sandbox.path("x"))]).ends(0);
    assert_eq!(fs::read(sandbox.path("x/events.jsonl")).ok(), fs::read(&log).ok());
}

#[test]
fn real_packages_make_the_journey() {
    let Some(root) = shared("data/packages") else { return };
    let sandbox = Sandbox::new();
    let (archive, other) = (sandbox.archive("from", true, "sha1"), sandbox.archive("to", true, "sha1"));
    let all: Vec<_> = packages(&root).into_iter().filter(|path| path.components().count() < 9).take(8).collect();
    for (n, package) in all.iter().enumerate() {
        let name = format!("run-{n}");
        let said = sandbox.batool(&archive, &["archive", "add", &text(package), "--as", &name]);
        if said.code != Some(0) {
            continue;
        }
        let (form, end) = FORMS[n % FORMS.len()];
        let at = sandbox.path(&format!("{name}{end}"));
        sandbox.batool(&archive, &["export", &name, "--to", &text(&at), "--format", form]).ends(0);
        sandbox.batool(&other, &["archive", "add", &text(&at), "--as", &name]).ends(0);
        assert_eq!(
            certificate(&sandbox, &archive, &name),
            certificate(&sandbox, &other, &name),
            "{}",
            package.display()
        );
    }
}

#[test]
fn hostile_archive_files_never_write_outside() {
    let Some(root) = shared("data/third-party/safearchive") else { return };
    let sandbox = Sandbox::new();
    let place = sandbox.path("place");
    fs::create_dir_all(place.join("inner")).expect("there is room");
    fs::write(place.join("mine"), "mine").expect("there is room");
    let before = Snapshot::of(&place);
    let mut tried = 0;
    let mut tries = |file: &Path, what: &str| {
        let to = place.join("inner/x");
        sandbox.batool(&place, &["export", &text(file), "--to", &text(&to), "--format", "dir"]);
        if to.exists() {
            assert!(Snapshot::of(&to).files().count() > 0, "{what}");
            fs::remove_dir_all(&to).expect("it is there");
        }
        assert_eq!(before.differences(&Snapshot::of(&place)), Vec::<String>::new(), "{what}");
        // What is there already stays, whatever is in the archive file.
        let mine = place.join("mine");
        let said = sandbox.batool(&place, &["export", &text(file), "--to", &text(&mine), "--format", "dir"]);
        assert_eq!(said.code, Some(74), "{what}: {}", said.err);
        assert_eq!(before.differences(&Snapshot::of(&place)), Vec::<String>::new(), "{what}");
        tried += 1;
    };
    for file in crate::shared::files(&root) {
        tries(&file, &file.display().to_string());
        // And the same with some bytes changed, as names and lengths are.
        let good = fs::read(&file).expect("it is there");
        let name = file.file_name().expect("it has a name").to_string_lossy().into_owned();
        for n in 0..4_u64 {
            let mut bytes = good.clone();
            for part in 0..=n {
                let mixed = (n * 7 + part + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let at = mixed as usize % bytes.len().clamp(1, 1024);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = [b'.', b'/', 0, 0xff][(mixed >> 60) as usize % 4];
                }
            }
            let changed = sandbox.path(&format!("changed-{n}-{name}"));
            fs::write(&changed, bytes).expect("there is room");
            tries(&changed, &format!("{name} changed {n}"));
        }
    }
    assert!(tried > 5, "{tried}");
}

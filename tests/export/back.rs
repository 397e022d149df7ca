//! What went out comes back: bags, exports with their certificate, bundles; and what was changed on the way does not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::forms::{awkward, certificate};
use crate::support::{Package, Sandbox, run, text};

fn export(sandbox: &Sandbox, archive: &Path, name: &str, to: &str, more: &[&str]) -> PathBuf {
    let at = sandbox.path(to);
    let at_text = text(&at);
    let mut args = vec!["export", name, "--to", &at_text];
    args.extend(more);
    sandbox.batool(archive, &args).ends(0);
    at
}

#[test]
fn a_bag_and_an_export_with_its_certificate_come_back_under_their_own_name() {
    let sandbox = Sandbox::new();
    let (archive, other) = (sandbox.bare(), sandbox.archive("other", true, "sha256"));
    sandbox.add(&archive, "nightly/run-7", &awkward());
    let ways: [(&str, &[&str]); 5] = [
        ("bag", &["--format", "bagit"]),
        ("bag-more", &["--format", "bagit", "--with-certificate"]),
        ("folder", &["--with-certificate"]),
        ("file.tar.zst", &["--with-certificate"]),
        ("file.zip", &["--with-certificate"]),
    ];
    for (n, (to, more)) in ways.iter().enumerate() {
        let at = text(&export(&sandbox, &archive, "nightly/run-7", to, more));
        let said = sandbox.batool(&other, &["archive", "add", &at]).ends(0);
        said.says(&[if n == 0 { "added nightly/run-7" } else { "already there nightly/run-7" }]);
        sandbox.batool(&archive, &["archive", "add", &at]).ends(0).says(&["already there nightly/run-7"]);
    }
    assert_eq!(certificate(&sandbox, &archive, "nightly/run-7"), certificate(&sandbox, &other, "nightly/run-7"));
    // A bag that somebody put into a tar of theirs, and that lost its empty folders on the way.
    for folder in ["data/empty/deep/er", "data/outputs/.work"] {
        fs::remove_dir(sandbox.path("bag").join(folder)).expect("it is there");
    }
    let tar = text(&sandbox.path("theirs.tar.gz"));
    let place = text(&sandbox.path(""));
    run(&mut sandbox.program("tar", &archive, &["-C", &place, "-czf", &tar, "bag"])).ends(0);
    sandbox.batool(&archive, &["archive", "add", &tar]).ends(0).says(&["already there nightly/run-7"]);
}

#[test]
fn what_was_changed_on_the_way_is_refused() {
    let sandbox = Sandbox::new();
    let (archive, other) = (sandbox.bare(), sandbox.archive("other", true, "sha1"));
    sandbox.add(&archive, "run-7", &Package::documented("x", 2).with("outputs/empty", Vec::new()));
    type Change = fn(&Path);
    let changes: [(&str, Change); 4] = [
        ("changed", |at| fs::write(at.join("outputs/line ends and $Id$.bin"), "changed").expect("it is there")),
        ("filled", |at| fs::write(at.join("outputs/empty"), "no more").expect("it is there")),
        ("gone", |at| fs::remove_file(at.join("outputs/empty")).expect("it is there")),
        ("more", |at| fs::write(at.join("outputs/more"), "more").expect("there is room")),
    ];
    for (name, change) in changes {
        for (kind, below, more) in
            [("bag", "data", ["--format", "bagit"]), ("cert", "package", ["--with-certificate", "-q"])]
        {
            let at = export(&sandbox, &archive, "run-7", &format!("{kind}-{name}"), &more);
            change(&at.join(below));
            let said = sandbox.batool(&other, &["archive", "add", &text(&at)]).ends(2);
            said.says(&["refused run-7 (REJECT)", "R_"]);
        }
    }
    let at = export(&sandbox, &archive, "run-7", "bad-manifest", &["--format", "bagit"]);
    fs::write(at.join("manifest-sha256.txt"), "nonsense\n").expect("it is there");
    sandbox.batool(&other, &["archive", "add", &text(&at)]).ends(74);
    fs::remove_file(at.join("manifest-sha256.txt")).expect("it is there");
    sandbox.batool(&other, &["archive", "add", &text(&at)]).ends(74);
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test should say so")]
fn a_bag_is_one_to_the_tool_of_its_kind() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.add(&archive, "nightly/run-7", &awkward());
    let at = export(&sandbox, &archive, "nightly/run-7", "bag", &["--format", "bagit", "--with-certificate"]);
    let manifest = fs::read_to_string(at.join("manifest-sha256.txt")).expect("it is there");
    run(&mut sandbox.program("sha256sum", &at, &["--quiet", "-c", "manifest-sha256.txt", "tagmanifest-sha256.txt"]))
        .ends(0);
    let mut listed: Vec<_> =
        manifest.lines().filter_map(|line| line.split_once("  ")).map(|(_, path)| path.to_owned()).collect();
    listed.sort();
    let found = run(&mut sandbox.program("sh", &at, &["-c", "find data -type f | LC_ALL=C sort"])).ends(0).out;
    assert_eq!(listed, found.lines().collect::<Vec<_>>());
    let python = std::env::var_os("BATOOL_PYTHON").unwrap_or_else(|| "python3".into());
    let Ok(said) = Command::new(python).args(["-m", "bagit", "--validate"]).arg(&at).output() else { return };
    let talk = String::from_utf8_lossy(&said.stderr).into_owned();
    if talk.contains("No module named bagit") {
        eprintln!("skipped: there is no bagit for this python3 (set BATOOL_PYTHON)");
        return;
    }
    assert!(said.status.success(), "{talk}");
}

#[test]
fn a_bundle_is_an_archive_and_all_its_runs_come_out_of_it() {
    for format in ["sha1", "sha256"] {
        let sandbox = Sandbox::new();
        let (archive, other) = (sandbox.archive("a", false, format), sandbox.archive("b", true, "sha1"));
        sandbox.add(&archive, "nightly/run-6", &Package::documented("w", 2));
        sandbox.add(&archive, "nightly/run-7", &awkward());
        let bundle = text(&sandbox.path("all.bundle"));
        sandbox.batool(&archive, &["archive", "bundle", "--to", &bundle]).ends(0).says(&["with 2 runs"]);
        sandbox.batool(&archive, &["archive", "bundle", "--to", &bundle]).fails(&["something is there already"]);
        let clone = sandbox.path("clone");
        sandbox.git(&archive, &["clone", "-q", "-b", "main", &bundle, &text(&clone)]);
        sandbox.batool(&clone, &["archive", "verify", "--history"]).ends(0).says(&["Verdict: VERIFIED"]);
        assert_eq!(sandbox.tip(&clone), sandbox.tip(&archive));
        let said = sandbox.batool(&other, &["archive", "add", &bundle]).ends(0);
        said.says(&["added nightly/run-6", "added nightly/run-7"]);
        sandbox.batool(&other, &["archive", "add", &bundle]).ends(0).says(&["already there nightly/run-7"]);
        for name in ["nightly/run-6", "nightly/run-7"] {
            assert_eq!(certificate(&sandbox, &archive, name), certificate(&sandbox, &other, name));
        }
        sandbox.clean(&other);
        let said = sandbox.batool(&other, &["archive", "add", &bundle, "--as", "x"]);
        assert_eq!(said.code, Some(64));
    }
}

#[test]
fn chosen_runs_go_into_a_new_archive_with_the_same_policy() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    for name in ["nightly/run-6", "nightly/run-7", "weekly/run-1"] {
        sandbox.add(&archive, name, &Package::documented(name, 2).with_empty("outputs/.work"));
    }
    let bundle = text(&sandbox.path("some.bundle"));
    sandbox.batool(&archive, &["archive", "bundle", "nightly/*", "--to", &bundle]).ends(0).says(&["with 2 runs"]);
    let clone = sandbox.path("clone");
    sandbox.git(&archive, &["clone", "-q", "-b", "main", &bundle, &text(&clone)]);
    sandbox.batool(&clone, &["archive", "verify", "--history"]).ends(0).says(&["Verdict: VERIFIED"]);
    let listed = sandbox.batool(&clone, &["archive", "list"]).ends(0).out;
    assert!(listed.contains("nightly/run-6") && !listed.contains("weekly"), "{listed}");
    assert_eq!(certificate(&sandbox, &archive, "nightly/run-6"), certificate(&sandbox, &clone, "nightly/run-6"));
    let policy = |at: &Path| {
        let text = sandbox.git(at, &["show", "main:batool.toml"]);
        text.lines().filter(|line| !line.starts_with("origin")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(policy(&archive), policy(&clone));
    let absent =
        ["archive", "bundle", "nightly/run-6", "yearly/*", "--to", &text(&sandbox.path("x.bundle"))].map(str::to_owned);
    sandbox.batool(&archive, &absent.each_ref().map(String::as_str)).fails(&["there is no run like yearly/*"]);
    assert!(!sandbox.path("x.bundle").exists());
}

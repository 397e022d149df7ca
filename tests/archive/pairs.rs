//! Baselines as sides of a comparison: their runs pair by name.

use std::path::{Path, PathBuf};

use crate::drift::{etl, regressed};
use crate::support::{Said, Sandbox};

/// The baselines `one` (of `a/etl`) and `two` (of `b/etl` and `b/load`), and the runs `c/load`, `c/etl` and `c/worse`.
fn released() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    for (name, package) in [
        ("a/etl", etl("a", 5)),
        ("b/etl", etl("b", 6)),
        ("b/load", etl("load", 2)),
        ("c/etl", etl("c", 6)),
        ("c/load", etl("again", 2)),
        ("c/worse", regressed()),
    ] {
        sandbox.add(&archive, name, &package);
    }
    sandbox.batool(&archive, &["baseline", "create", "one", "a/etl"]).ends(0);
    sandbox.batool(&archive, &["baseline", "create", "two", "b/etl", "b/load"]).ends(0);
    sandbox.batool(&archive, &["baseline", "create", "three", "c/etl", "c/load"]).ends(0);
    (sandbox, archive)
}

fn diff(sandbox: &Sandbox, archive: &Path, a: &str, b: &str, more: &[&str]) -> Said {
    sandbox.batool(archive, &[&["diff", a, b], more].concat())
}

/// The lines of a JSON answer that say which pair is told of, or what stands alone.
fn heads(said: &Said) -> Vec<String> {
    let is_head = |line: &&str| line.contains("\"line\":\"pair\"") || line.contains("\"line\":\"unpaired\"");
    said.out.lines().filter(is_head).map(str::to_owned).collect()
}

#[test]
fn the_only_run_of_a_baseline_is_compared_as_the_run_itself() {
    let (sandbox, archive) = released();
    for form in ["text", "json", "stat", "markdown", "html"] {
        let more = ["--format", form, "--exit-code"];
        let by_name = diff(&sandbox, &archive, "a/etl", "c/worse", &more).ends(1);
        let by_baseline = diff(&sandbox, &archive, "baseline:one", "c/worse", &more).ends(1);
        assert_eq!(by_baseline.out, by_name.out, "{form}");
    }
    let raw = |a: &str| diff(&sandbox, &archive, a, "c/worse", &["--raw"]).ends(0).out;
    assert!(raw("a/etl").contains("@@") && raw("baseline:one") == raw("a/etl"));
    let said = diff(&sandbox, &archive, "baseline:one", "c/worse", &[]).ends(0);
    said.says(&["--- a/etl (", "+++ c/worse (", "no-longer-accepted: 1"]);
    diff(&sandbox, &archive, "c/worse", "baseline:one", &[]).ends(0).says(&["--- c/worse (", "newly-accepted: 1"]);
    diff(&sandbox, &archive, "baseline:one", "baseline:one", &["--exit-code"]).ends(0);
}

#[test]
fn several_runs_pair_by_name_and_what_stands_alone_is_named() {
    let (sandbox, archive) = released();
    let json = ["--format", "json", "--exit-code"];
    let said = diff(&sandbox, &archive, "baseline:two", "baseline:three", &json).ends(1);
    assert_eq!(
        heads(&said),
        [r#"{"a":"b/etl","b":"c/etl","line":"pair"}"#, r#"{"a":"b/load","b":"c/load","line":"pair"}"#]
    );
    assert_eq!(said.out.matches("\"line\":\"end\"").count(), 2);
    let same = diff(&sandbox, &archive, "baseline:two", "baseline:two", &json).ends(0);
    assert_eq!(same.out.matches("\"same\":true").count(), 2);

    // A run by itself finds its counterpart, from either side.
    let said = diff(&sandbox, &archive, "baseline:two", "c/load", &json).ends(1);
    let alone = |side: &str| format!(r#"{{"line":"unpaired","run":"b/etl","side":"{side}"}}"#);
    assert_eq!(heads(&said), [alone("a"), r#"{"a":"b/load","b":"c/load","line":"pair"}"#.into()]);
    let said = diff(&sandbox, &archive, "c/load", "baseline:two", &json).ends(1);
    assert_eq!(heads(&said), [r#"{"a":"c/load","b":"b/load","line":"pair"}"#.into(), alone("b")]);
    let folder = sandbox.folder("load", &etl("again", 2));
    let said = diff(&sandbox, &archive, "baseline:two", &folder, &["--format", "stat"]).ends(0);
    said.says(&["only in baseline:two: b/etl\n", &format!("b/load <- {folder}\nrecords")]);

    // Who could be meant is not guessed.
    let said = diff(&sandbox, &archive, "baseline:two", "c/worse", &["--exit-code"]).ends(1);
    assert_eq!(said.out, "only in baseline:two: b/etl\nonly in baseline:two: b/load\nonly in c/worse: c/worse\n");

    let said = diff(&sandbox, &archive, "baseline:two", "baseline:three", &["--raw"]).ends(0);
    said.says(&["b/etl <- c/etl\n--- a/", "b/load <- c/load\n--- a/"]);
    let by_name = sandbox.batool(&archive, &["baseline", "diff", "two", "three", "--format", "json"]).ends(0);
    assert_eq!(by_name.out, diff(&sandbox, &archive, "baseline:two", "baseline:three", &json).ends(1).out);
}

#[test]
fn what_is_no_baseline_or_no_single_package_is_told() {
    let (sandbox, archive) = released();
    diff(&sandbox, &archive, "baseline:four", "c/load", &[]).fails(&["no baseline called four", "baseline list"]);
    diff(&sandbox, &archive, "baseline:../one", "c/load", &[]).fails(&["no baseline called ../one"]);
    let said = diff(&sandbox, &archive, "baseline:two", "c/load", &["--format", "html"]).ends(64);
    assert!(said.err.contains("one pair of runs") && said.out.is_empty(), "{}", said.err);
    sandbox.batool(&archive, &["verify", "baseline:two"]).fails(&["is not one package", "baseline show two"]);
    sandbox.batool(&archive, &["archive", "add", "baseline:two", "--as", "x"]).fails(&["is not one package"]);
    let outside = sandbox.path("");
    sandbox.batool(&outside, &["diff", "baseline:two", "baseline:one"]).fails(&["archive"]);
}

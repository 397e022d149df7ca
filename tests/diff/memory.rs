//! Memory never changes an answer, and what it cannot hold leaves nothing behind.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::support::Sandbox;

/// How many claims a package has: more of everything than anybody may hold without asking.
const CLAIMS: usize = 3_300;

/// A package of factgraph, as far as a comparison looks.
struct Package {
    /// What ids begin with, and how far they are shifted.
    name: &'static str,
    shift: usize,
    /// How rows are turned.
    turn: usize,
    /// Each so manyth claim says something else, stands there twice, or is not there; 0 for none.
    changed: usize,
    repeated: usize,
    gone: usize,
}

const PLAIN: Package = Package { name: "a", shift: 0, turn: 0, changed: 0, repeated: 0, gone: 0 };

fn hits(n: usize, each: usize) -> bool {
    each > 0 && n % each == each - 1
}

impl Package {
    fn write(&self, at: &Path) {
        let id = |n: usize| format!("{}{:07}", self.name, (n + self.shift) % CLAIMS);
        let mut files = [const { Vec::new() }; 9];
        let paths = [
            "facts/claim.facts",
            "facts/claim_arg.facts",
            "facts/meta_str.facts",
            "facts/meta_time.facts",
            "facts/revokes.facts",
            "audit/accept_write_ledger.jsonl",
            "audit/candidate_ledger.jsonl",
            "audit/decision_log.jsonl",
            "audit/assertion_annotations.jsonl",
        ];
        for n in (0..CLAIMS).filter(|n| !hits(*n, self.gone)) {
            let (claim, candidate) = (id(n), format!("cand_{}", id(n)));
            let (value, clock) = (if hits(n, self.changed) { n + 1_000_000 } else { n }, self.shift + n);
            let by = if hits(n + 50, self.changed) { "bob" } else { "ann" };
            let rows = [
                format!("{claim}\tp:x\te{}\tsha256:{value}", n / 3),
                format!("{claim}\t0\t{value}\tint"),
                format!("{claim}\trun_id\tr{}", n % 7),
                format!("{claim}\tingested_at\t{clock}"),
                if n % 11 == 0 { format!("r{claim}\t{claim}") } else { String::new() },
                format!(
                    r#"{{"approved_by":"{by}","asrt_id":"{claim}","cand_key_digest":"k{value}","candidate_id":"{candidate}","e_ref":"e{}","ingested_at":{clock},"pred_id":"p:x"}}"#,
                    n / 3
                ),
                format!(
                    r#"{{"asrt_id":"{claim}","cand_key_digest":"k{value}","candidate_id":"{candidate}","event_ts":{clock},"pred_id":"p:x","state":"accepted"}}"#
                ),
                format!(
                    r#"{{"asrt_id":"{claim}","candidate_id":"{candidate}","decision_id":"accept_write:{candidate}:{claim}","event_kind":"accept_write","pred_id":"p:x"}}"#
                ),
                format!(r#"{{"asrt_id":"{claim}","key":"source","namespace":"shared","value":"v{}"}}"#, n % 5),
            ];
            for (file, row) in files.iter_mut().zip(rows).filter(|(_, row)| !row.is_empty()) {
                if hits(n, self.repeated) {
                    file.push(row.clone());
                }
                file.push(row);
            }
        }
        for (path, mut rows) in paths.into_iter().zip(files) {
            let turn = self.turn % rows.len();
            rows.rotate_left(turn);
            put(at, path, &rows);
        }
        let manifest = r#"{"export_version":"v2","package_kind":"audit","policy_mode":"edb","protocol_version":{}}"#;
        put(at, "manifest.json", &[manifest.to_owned()]);
    }
}

fn put(at: &Path, path: &str, rows: &[String]) {
    let path = at.join(path);
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("there is room");
    let mut text = String::new();
    rows.iter().for_each(|row| writeln!(text, "{row}").expect("a text takes all"));
    fs::write(path, text).expect("there is room");
}

/// The answer, which must be the same with any memory.
fn answer(sandbox: &Sandbox, a: &str, b: &str, more: &[&str]) -> String {
    let with = |memory: &[&str]| {
        let said = sandbox.batool(&[&["diff", a, b], more, memory].concat());
        assert_eq!(said.code, Some(0), "{}", said.err);
        said.out
    };
    let roomy = with(&[]);
    let tight = with(&["--memory", "0"]);
    assert!(roomy == tight, "{a} and {b} {more:?}:\n{roomy:.2000}\nand\n{tight:.2000}");
    roomy
}

#[test]
fn an_answer_is_the_same_with_any_memory() {
    let sandbox = Sandbox::new();
    PLAIN.write(&sandbox.path("a"));
    let others = [
        ("turned", Package { turn: 2_000, ..PLAIN }, "same"),
        ("renamed", Package { name: "other", turn: 17, ..PLAIN }, "same"),
        ("changed", Package { changed: 400, repeated: 700, gone: 900, ..PLAIN }, "differ"),
        ("both", Package { name: "other", turn: 2_000, changed: 400, repeated: 700, gone: 900, ..PLAIN }, "differ"),
        // More records that differ than are held anywhere.
        ("many", Package { name: "other", changed: 2, ..PLAIN }, "differ"),
        // Ids that stand for something else on the other side.
        ("shifted", Package { shift: 1, changed: 900, ..PLAIN }, "differ"),
    ];
    for (name, package, wanted) in others {
        package.write(&sandbox.path(name));
        let lines = answer(&sandbox, "a", name, &["--no-verify", "--format", "json"]);
        let end = lines.lines().last().expect("there is an end");
        assert_eq!(end.contains(r#""same":true"#), wanted == "same", "{name}: {end}");
    }
    let some = answer(&sandbox, "both", "a", &["--include-volatile", "--format", "stat"]);
    let said = sandbox.batool(&["diff", "both", "a", "--include-volatile", "--format", "stat", "--memory", "300K"]);
    assert_eq!(said.out, some, "what fits is kept, and the rest is not");
    for facts in ["a/facts", "both/facts"] {
        fs::remove_dir_all(sandbox.path(facts)).expect("it is there");
    }
    answer(&sandbox, "a", "both", &["--no-verify", "--format", "json"]);
}

#[test]
fn an_answer_about_event_logs_is_the_same_with_any_memory() {
    let sandbox = Sandbox::new();
    for (name, from) in [("a", 0), ("b", 5)] {
        let mut rows = vec![
            r#"{"event_id":"run.0","run_id":"r","ts_ns":1,"kind":"RUN","phase":"START","attrs":{"schema":"batool.events/1","world_size":1}}"#.to_owned(),
        ];
        rows.extend((from..4_000).map(|n| {
            format!(
                r#"{{"event_id":"{name}{n}","run_id":"r","ts_ns":{},"kind":"STEP","phase":"{}","rank":0,"step":{}}}"#,
                n + 2,
                if n % 2 == 0 { "START" } else { "END" },
                n / 2
            )
        }));
        put(&sandbox.path(name), "events.jsonl", &rows);
    }
    let (a, b) = ("a/events.jsonl", "b/events.jsonl");
    let lines = answer(&sandbox, a, b, &["--format", "json"]);
    assert!(lines.lines().last().is_some_and(|end| end.contains(r#""same":false"#)));
    answer(&sandbox, a, b, &["--no-verify"]);
}

#[test]
fn where_nothing_can_be_put_aside_there_is_no_answer() {
    let sandbox = Sandbox::new();
    PLAIN.write(&sandbox.path("a"));
    let args = ["diff", "a", "a", "--no-verify", "--format", "stat"];
    let nowhere = [("TMPDIR", "nowhere")];
    let said = sandbox.batool_with(&args, &nowhere);
    assert_eq!(said.code, Some(0), "all of it fits: {}", said.err);
    let said = sandbox.batool_with(&[&args[..], &["--memory", "0"]].concat(), &nowhere);
    assert_eq!((said.code, said.out.as_str()), (Some(74), ""), "{}", said.err);
    assert!(said.err.contains("cannot make a temporary file") && said.err.contains("TMPDIR"), "{}", said.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_kill_leaves_no_temporary_file() {
    use std::time::{Duration, Instant};

    let sandbox = Sandbox::new();
    PLAIN.write(&sandbox.path("a"));
    Package { name: "other", turn: 17, ..PLAIN }.write(&sandbox.path("b"));
    let room = sandbox.path("room");
    fs::create_dir(&room).expect("there is room");
    let mut command = sandbox.command(&["diff", "a", "b", "--no-verify", "--memory", "0"]);
    let mut child = command.env("TMPDIR", &room).spawn().expect("the program runs");
    let open = format!("/proc/{}/fd", child.id());
    let is_ours = |file: std::io::Result<fs::DirEntry>| {
        file.and_then(|file| fs::read_link(file.path())).is_ok_and(|file| file.starts_with(&room))
    };
    let begun = Instant::now();
    let mut seen = false;
    while !seen && begun.elapsed() < Duration::from_secs(60) && child.try_wait().expect("it is ours").is_none() {
        seen = fs::read_dir(&open).is_ok_and(|mut files| files.any(is_ours));
    }
    child.kill().expect("it is ours");
    child.wait().expect("it is ours");
    assert!(seen, "something was put aside");
    assert_eq!(fs::read_dir(&room).expect("it is there").count(), 0);
}

//! Event logs as sides: events matched by where they stand in the run, and what was seen as a whole.

use std::fs;
use std::path::Path;

use crate::support::{Sandbox, golden, of, topics, totals};

/// A log of the project under a name of its own, each line changed.
fn log(sandbox: &Sandbox, fixture: &str, name: &str, change: impl Fn(&str) -> String) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/events").join(fixture);
    let text = fs::read_to_string(from).expect("it can be read");
    let lines: Vec<String> = text.lines().map(change).filter(|line| !line.is_empty()).collect();
    fs::create_dir_all(sandbox.path(name)).expect("there is room");
    fs::write(sandbox.path(name).join("events.jsonl"), lines.join("\n") + "\n").expect("there is room");
}

/// A writer that does not count its events, so that nothing shows which are gone.
fn uncounted(line: &str) -> String {
    let Some((before, rest)) = line.split_once("\"seq\":") else { return line.to_owned() };
    format!("{before}{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(','))
}

/// The same run at another time, on another machine, under other ids.
fn later(line: &str) -> String {
    line.replace("run-ok-001", "run-other")
        .replace("\"event_id\":\"e", "\"event_id\":\"x")
        .replace("\"ts_ns\":17", "\"ts_ns\":18")
        .replace("\"rank\":1", "\"host\":\"node-7\",\"rank\":1")
}

const SIDES: [&str; 2] = ["a/events.jsonl", "b/events.jsonl"];

#[test]
fn the_same_run_at_another_time_is_no_difference() {
    let sandbox = Sandbox::new();
    log(&sandbox, "ok-plain.jsonl", "a", str::to_owned);
    log(&sandbox, "ok-plain.jsonl", "b", later);
    let lines = sandbox.lines(SIDES[0], SIDES[1], &["--exit-code"]);
    assert_eq!(topics(&lines), []);
    let [.., renamed, _, _] = totals(&lines, "events");
    assert!(renamed > 10 && of(&lines, "change").is_empty(), "{lines:#?}");
    let clocks = sandbox.batool(&["diff", SIDES[0], SIDES[1], "--exit-code", "--include-volatile"]);
    assert_eq!(clocks.code, Some(1));
}

/// The second run did not compute in a step of rank 1, a step of rank 0 was of no use, and more ranks were declared.
fn another(line: &str) -> String {
    let line = later(&uncounted(line));
    let is = |words: &[&str]| words.iter().all(|word| line.contains(word));
    match () {
        () if is(&["\"rank\":1", "\"step\":4", "\"COMPUTE\""]) => String::new(),
        () if is(&["\"kind\":\"STEP\"", "\"END\"", "\"rank\":0", "\"step\":2"]) => {
            line.replace('}', ",\"attrs\":{\"ok\":false}}")
        }
        () if is(&["\"kind\":\"RUN\"", "\"START\""]) => {
            line.replace("\"world_size\":2", "\"world_size\":4,\"logged_ranks\":[0,1]")
        }
        () => line,
    }
}

#[test]
fn what_differs_between_two_runs_is_told_event_by_event_and_as_a_whole() {
    let sandbox = Sandbox::new();
    log(&sandbox, "ok-plain.jsonl", "a", uncounted);
    log(&sandbox, "ok-plain.jsonl", "b", another);
    golden("diff-events.txt", &sandbox.batool(&["diff", SIDES[0], SIDES[1]]).out);
    golden("diff-events.jsonl", &sandbox.batool(&["diff", SIDES[0], SIDES[1], "--format", "json"]).out);
    for format in ["stat", "markdown", "html"] {
        let there = sandbox.batool(&["diff", SIDES[0], SIDES[1], "--format", format]).out;
        assert!(there.contains("steps-changed") && there.contains("events"), "{format}: {there}");
    }
    let [there, back] = [[0, 1], [1, 0]].map(|[a, b]| totals(&sandbox.lines(SIDES[a], SIDES[b], &[]), "events"));
    assert_eq!([there[0], there[1], there[2]], [back[1], back[0], back[2]]);
}

#[test]
fn every_door_of_a_log_gives_the_same_answer() {
    let sandbox = Sandbox::new();
    log(&sandbox, "ok-plain.jsonl", "a", uncounted);
    log(&sandbox, "ok-plain.jsonl", "b", another);
    let wanted = sandbox.lines(SIDES[0], SIDES[1], &[]);
    let args = ["archive", "add", SIDES[0], SIDES[1], "--archive", "audits", "--init"];
    let added = sandbox.batool(&args);
    assert!(added.code < Some(2), "{}", added.err);
    for (a, b) in [("a", "b"), ("run:a", "run:b@main"), ("main:runs/a/package", SIDES[1])] {
        assert_eq!(sandbox.lines(a, b, &["--archive", "audits"]), wanted, "{a} {b}");
    }
}

#[test]
fn a_log_and_a_package_cannot_be_compared() {
    let sandbox = Sandbox::new();
    sandbox.copy("ok-full", "package");
    log(&sandbox, "ok-plain.jsonl", "a", str::to_owned);
    for (a, b) in [("package", SIDES[0]), (SIDES[0], "package")] {
        let said = sandbox.batool(&["diff", a, b]);
        assert_eq!((said.code, said.out.as_str()), (Some(74), ""), "{}", said.err);
        assert!(said.err.contains("an event log with an audit package"), "{}", said.err);
    }
    assert_eq!(sandbox.batool(&["diff", "-", "-"]).code, Some(64));
}

#[test]
fn events_that_share_their_place_are_matched_as_often_as_they_stand() {
    let sandbox = Sandbox::new();
    log(&sandbox, "ok-plain.jsonl", "a", |line| match line.contains("\"kind\":\"COMPUTE\"") {
        true => line.replace(",\"step\":", ",\"attrs\":{\"at\":") + "}",
        false => line.to_owned(),
    });
    let text = fs::read_to_string(sandbox.path(SIDES[0])).expect("it can be read");
    let gone = text.lines().position(|line| line.contains("{\"at\":3}")).expect("it stands there");
    let kept = text.lines().enumerate().filter(|(n, _)| *n != gone).map(|(_, line)| later(line) + "\n");
    fs::create_dir_all(sandbox.path("b")).expect("there is room");
    fs::write(sandbox.path(SIDES[1]), kept.collect::<String>() + "no JSON\n{\"torn\"").expect("there is room");
    let lines = sandbox.lines(SIDES[0], SIDES[1], &[]);
    assert_eq!(totals(&lines, "events")[..3], [2, 1, 0], "{lines:#?}");
}

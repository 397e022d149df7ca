//! Every rule about event logs has a log that trips it and nothing else; every reason of a non-claim has one, too.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use batool::claim;
use batool::digest::Digest;
use batool::events::Terms;
use batool::judge::{Profile, Verdict};
use batool::rules;
use batool::summary;
use serde::Deserialize;
use serde_json::Value;

use crate::assessed;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    code: String,
    why: String,
    #[serde(default = "plain")]
    base: String,
    expect: Option<String>,
    /// Where a code is found.
    line: Option<u64>,
    /// What a reason makes a non-claim.
    claim: Option<String>,
    #[serde(default)]
    also: Vec<String>,
    also_because: Option<String>,
    edits: Vec<Vec<String>>,
}

fn plain() -> String {
    "ok-plain".into()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/events")
}

fn recipes() -> Vec<Recipe> {
    #[derive(Deserialize)]
    struct File {
        recipe: Vec<Recipe>,
    }
    let file: File = toml::from_str(&fs::read_to_string(folder().join("faults.toml")).unwrap()).unwrap();
    file.recipe
}

/// What no log in this folder can show: its fault is in the compressed file (`doors.rs`), or it takes 16 million steps
/// (beside the claim).
const ELSEWHERE: [&str; 2] = ["R_CONTAINER", "NC_RESOURCE_LIMIT"];

#[test]
fn every_rule_has_a_recipe_and_every_reason_too() {
    let recipes = recipes();
    let have: BTreeSet<&str> = recipes.iter().map(|recipe| recipe.code.as_str()).chain(ELSEWHERE).collect();
    let rules = rules::EVENTS.iter().map(|rule| rule.code);
    let missing: Vec<&str> = rules.chain(reasons()).filter(|code| !have.contains(code)).collect();
    assert_eq!(missing, [""; 0], "without a recipe");
}

/// The reasons that claims about event logs give, as the source has them.
fn reasons() -> impl Iterator<Item = &'static str> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/claim/events");
    let text: String =
        fs::read_dir(root).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    claim::REASONS.iter().map(|reason| reason.code).filter(move |code| text.contains(&format!("\"{code}\"")))
}

#[test]
fn every_fault_is_found_at_its_line_and_nothing_else_is() {
    let wrong: Vec<String> = recipes().iter().filter_map(complaint).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn complaint(recipe: &Recipe) -> Option<String> {
    let log = cook(recipe);
    let expected = recipe.expect.as_ref().map(|hex| Digest::from_hex(hex.as_bytes()).unwrap());
    let judgement = assessed(&log, Terms { expected, ..Terms::default() }, Profile::Full).judgement;
    // That nothing can be claimed follows from many a gap.
    let follows = |code: &&str| *code == "U_NO_CLAIMS" && recipe.code != "U_NO_CLAIMS";
    let found: BTreeSet<&str> =
        judgement.findings.iter().map(|finding| finding.code.as_str()).filter(|code| !follows(code)).collect();
    let complain = |what: String| {
        let told = judgement.findings.iter().map(|finding| format!("\n    {} {}", finding.code, finding.text()));
        Some(format!("{} ({}): {what}{}", recipe.code, recipe.why, told.collect::<String>()))
    };
    if let Some(claim) = &recipe.claim {
        let non_claim = judgement.non_claims.iter().find(|non_claim| non_claim.name == *claim);
        let reasons = non_claim.map(|non_claim| non_claim.reasons.clone());
        return (reasons != Some(vec![recipe.code.clone()]))
            .then(|| complain(format!("{claim} has the reasons {reasons:?}")))?;
    }
    let wanted: BTreeSet<&str> = recipe.also.iter().map(String::as_str).chain([recipe.code.as_str()]).collect();
    if found != wanted {
        return complain(format!("found {found:?} instead of {wanted:?}"));
    }
    if recipe.also.is_empty() != recipe.also_because.is_none() {
        return complain("`also` and `also_because` belong together".into());
    }
    let finding = judgement.findings.iter().find(|finding| finding.code == recipe.code)?;
    let line = finding.tally.places().next().map(|(place, _)| place.line);
    if line != recipe.line {
        return complain(format!("found at {line:?} instead of {:?}", recipe.line));
    }
    finding.text().is_empty().then(|| complain("it says nothing".into()))?
}

/// A log by its recipe. Edits, one after another; lines count from 1:
///
/// - `replace N a b`, `insert N text`, `remove N`, `remove_member N name`, `only N` (keep so many), `tail text`;
/// - `long N`: a line of more than 1 MiB; `open N count`: so many spans that nobody ends, from this line on;
/// - `shift A B ns`: later times; `restep FROM BY`: other steps; `at_once`: one time for all;
/// - `without KIND`, `without_of_rank KIND RANK`, `drop_renumber N`: lines taken out, and the rest numbered anew;
/// - `ends`: the run's own two events.
fn cook(recipe: &Recipe) -> Vec<u8> {
    let text = fs::read_to_string(folder().join(format!("{}.jsonl", recipe.base))).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut tail = String::new();
    for edit in &recipe.edits {
        let edit: Vec<&str> = edit.iter().map(String::as_str).collect();
        let number = |text: &str| text.parse::<usize>().unwrap();
        match edit.as_slice() {
            ["replace", n, from, to] => {
                let line = &mut lines[number(n) - 1];
                assert!(line.contains(from), "{}: {from} does not stand in line {n}", recipe.code);
                *line = line.replacen(from, to, 1);
            }
            ["insert", n, text] => lines.insert(number(n) - 1, (*text).to_owned()),
            ["remove", n] => drop(lines.remove(number(n) - 1)),
            ["remove_member", n, name] => change(&mut lines[number(n) - 1], |event| {
                event.as_object_mut().unwrap().remove(*name);
            }),
            ["only", n] => lines.truncate(number(n)),
            ["tail", text] => tail = (*text).to_owned(),
            ["long", n] => lines[number(n) - 1] = " ".repeat((1 << 20) + 1),
            ["open", n, count] => {
                for span in (0..number(count)).rev() {
                    let line = format!(
                        r#"{{"event_id":"o{span}","run_id":"run-ok-001","ts_ns":1700000000001000000,"kind":"COMPUTE","phase":"START","seq":0,"rank":0,"span":"{span}"}}"#
                    );
                    lines.insert(number(n) - 1, line);
                }
                renumber(&mut lines);
            }
            ["shift", from, to, ns] => {
                for line in &mut lines[number(from) - 1..number(to)] {
                    change(line, |event| {
                        event["ts_ns"] = (event["ts_ns"].as_i64().unwrap() + ns.parse::<i64>().unwrap()).into()
                    });
                }
            }
            ["restep", from, by] => {
                for line in &mut lines {
                    change(line, |event| {
                        if let Some(step) = event["step"].as_i64().filter(|step| *step >= from.parse().unwrap()) {
                            event["step"] = (step + by.parse::<i64>().unwrap()).into();
                        }
                    });
                }
            }
            ["at_once"] => lines.iter_mut().for_each(|line| change(line, |event| event["ts_ns"] = 1.into())),
            ["without", kind] => {
                lines.retain(|line| !line.contains(&format!("\"{kind}\"")));
                renumber(&mut lines);
            }
            ["without_of_rank", kind, rank] => {
                lines.retain(|line| {
                    !(line.contains(&format!("\"{kind}\"")) && line.contains(&format!("\"rank\":{rank}")))
                });
                renumber(&mut lines);
            }
            ["drop_renumber", n] => {
                lines.remove(number(n) - 1);
                renumber(&mut lines);
            }
            ["ends"] => {
                lines.drain(1..lines.len() - 1);
            }
            other => panic!("{}: there is no edit {other:?}", recipe.code),
        }
    }
    let mut text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    text.push_str(&tail);
    text.into_bytes()
}

fn change(line: &mut String, how: impl FnOnce(&mut Value)) {
    let mut event: Value = serde_json::from_str(line).unwrap();
    how(&mut event);
    if let Some(event) = event.as_object_mut() {
        event.retain(|_, value| !value.is_null());
    }
    *line = event.to_string();
}

/// Counts the events of each stream anew.
fn renumber(lines: &mut [String]) {
    let mut next = std::collections::BTreeMap::new();
    for line in lines {
        change(line, |event| {
            let seq = next.entry(event["rank"].as_i64()).or_insert(0);
            event["seq"] = (*seq).into();
            *seq += 1;
        });
    }
}

#[test]
fn good_logs_are_verified_without_a_finding() {
    for name in ["ok-run", "ok-plain"] {
        let log = fs::read(folder().join(format!("{name}.jsonl"))).unwrap();
        for strict in [false, true] {
            let judgement = assessed(&log, Terms { strict, ..Terms::default() }, Profile::Full).judgement;
            assert_eq!((judgement.verdict, judgement.findings), (Verdict::Verified, vec![]), "{name}");
        }
    }
}

#[test]
fn the_summary_is_the_one_that_the_format_shows() {
    let log = fs::read(folder().join("ok-run.jsonl")).unwrap();
    let certificate = assessed(&log, Terms::default(), Profile::Core).certificate().to_bytes().unwrap();
    let wanted = "BATool Verification Summary\n\
        Verdict: VERIFIED\n\
        Run ID: run-ok-001\n\
        Input Digest (sha256, KEYSORT_UTF8): 28b334480d810b26b793afeb10401549c1c48ea5dfc99d3df484710d73e6452e\n\
        \n\
        Claims:\n\
        - useful_compute_floor: 5 steps\n\
        - dominant_time_component: ALLREDUCE_DOMINANT (evidence=high)\n\
        - integrity: OK (contract_ok=true)\n\
        \n\
        Non-claims:\n\
        - none\n";
    assert_eq!(summary::render(&certificate).unwrap(), wanted);
}

/// As for packages: bytes that change under equal rules are never blessed.
#[test]
fn equal_rules_give_equal_certificates() {
    type Certificates = std::collections::BTreeMap<String, std::collections::BTreeMap<String, String>>;
    let path = folder().join("certificates.json");
    let mut known: Certificates =
        serde_json::from_str(&fs::read_to_string(&path).unwrap_or_else(|_| "{}".into())).unwrap();
    let certificate = |log: &[u8], expected, strict| {
        let terms = Terms { strict, expected, ..Terms::default() };
        Digest::of(&assessed(log, terms, Profile::Full).certificate().to_bytes().unwrap()).token()
    };
    let mut now = std::collections::BTreeMap::new();
    for name in ["ok-run", "ok-plain"] {
        let log = fs::read(folder().join(format!("{name}.jsonl"))).unwrap();
        now.insert(name.to_owned(), certificate(&log, None, false));
    }
    for recipe in recipes() {
        let expected = recipe.expect.as_ref().map(|hex| Digest::from_hex(hex.as_bytes()).unwrap());
        let log = cook(&recipe);
        now.insert(recipe.code.clone(), certificate(&log, expected, false));
        now.insert(format!("{} strict", recipe.code), certificate(&log, expected, true));
    }
    let rules = batool::certificate::log_rules_digest().to_string();
    if !known.contains_key(&rules) && std::env::var_os("BATOOL_BLESS").is_some() {
        known.insert(rules.clone(), now.clone());
        fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&known).unwrap())).unwrap();
    }
    let before = known.get(&rules).expect("the rules are new: run with BATOOL_BLESS=1");
    for (name, digest) in &now {
        assert_eq!(before.get(name), Some(digest), "the certificate of {name} changed, and no revision rose");
    }
}

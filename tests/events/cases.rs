//! The cases that come with the format's description: verdicts, codes, claims, digests and summaries, byte for byte.

use std::fs;

use batool::digest::Digest;
use batool::events::Terms;
use batool::judge::Profile;
use batool::summary;

use crate::support::shared;
use crate::{assessed, json, told};

#[test]
fn every_case_is_answered_as_expected_in_both_modes_and_profiles() {
    let Some(root) = shared("data/events") else { return };
    let mut seen = 0;
    for case in fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let name = case.display();
        let log = fs::read(case.join("events.jsonl")).unwrap();
        let expected = json(&case.join("expected.json"));
        let options = &expected["options"];
        let profile = if options["profile"] == "full" { Profile::Full } else { Profile::Core };
        let terms = |strict| Terms {
            strict,
            skew_tolerance_ns: options["tol"].as_u64(),
            expected: options["expect"].as_str().map(|hex| Digest::from_hex(hex.as_bytes()).unwrap()),
            ..Terms::default()
        };
        for (mode, strict) in [("normal", false), ("strict", true)] {
            let assessment = assessed(&log, terms(strict), profile);
            let mut wanted = expected[mode].clone();
            wanted.as_object_mut().unwrap().remove("exit_code");
            assert_eq!(told(&assessment), wanted, "{name} {mode}");
            assert_eq!(
                assessment.log.digest.map(|digest| digest.to_string()).as_deref(),
                expected["digest"].as_str(),
                "{name}"
            );
            assert_eq!(Some(assessment.log.raw.to_string().as_str()), expected["sha256_raw"].as_str(), "{name}");
        }
        for (file, profile) in [("summary.core.txt", Profile::Core), ("summary.full.txt", Profile::Full)] {
            let certificate = assessed(&log, terms(false), profile).certificate().to_bytes().unwrap();
            assert_eq!(
                summary::render(&certificate).unwrap(),
                fs::read_to_string(case.join(file)).unwrap(),
                "{name} {file}"
            );
        }
        seen += 1;
    }
    assert!(seen >= 25, "only {seen} cases");
}

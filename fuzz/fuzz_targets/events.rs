//! Event logs: judged without a panic, the same whatever memory ids may take, and the same line for line when each line
//! is put into its canonical form, or spaced as no program writes, so that it is read the general way.
#![no_main]

use batool::assess::{LogAssessment, assess_log};
use batool::events::Terms;
use batool::json::{Scanner, push_keysorted};
use batool::judge::Profile;
use batool::summary;
use libfuzzer_sys::fuzz_target;

fn assessed(log: &[u8], terms: Terms) -> LogAssessment {
    assess_log(&mut { log }, &mut (), terms, Profile::Full).expect("a text can be read")
}

/// Every line that can be read in canonical form; the others as they are.
fn canonical(log: &[u8]) -> Vec<u8> {
    let mut scanner = Scanner::new(16);
    let mut out = Vec::new();
    for (n, line) in log.split(|byte| *byte == b'\n').enumerate() {
        out.extend_from_slice(if n > 0 { b"\n" } else { b"" });
        match scanner.scan(line) {
            Ok(document) => push_keysorted(&mut out, document.root()),
            Err(_) => out.extend_from_slice(line),
        }
    }
    out
}

/// Every line with a tab behind its first bracket.
fn spaced(log: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (n, line) in log.split(|byte| *byte == b'\n').enumerate() {
        out.extend_from_slice(if n > 0 { b"\n" } else { b"" });
        let (bracket, rest) = line.split_at(usize::from(line.starts_with(b"{")));
        out.extend_from_slice(bracket);
        out.extend_from_slice(if bracket.is_empty() { b"" } else { b"\t" });
        out.extend_from_slice(rest);
    }
    out
}

/// What was decided, without the words: they quote values as they are written.
fn told(assessment: &LogAssessment) -> String {
    let judgement = &assessment.judgement;
    let findings: Vec<_> = judgement.findings.iter().map(|finding| (&finding.code, finding.tally.count())).collect();
    format!("{findings:?} {:?} {:?}", judgement.claims, judgement.non_claims)
}

fuzz_target!(|data: &[u8]| {
    for strict in [false, true] {
        let roomy = assessed(data, Terms { strict, ..Terms::default() });
        let certificate = roomy.certificate().to_bytes().expect("it is JSON");
        summary::render(&certificate).expect("it is a certificate");
        let tight = assessed(data, Terms { strict, id_memory: 0, ..Terms::default() });
        assert_eq!(tight.certificate().to_bytes().expect("it is JSON"), certificate);
        for other in [canonical(data), spaced(data)] {
            let other = assessed(&other, Terms { strict, ..Terms::default() });
            assert_eq!(other.log.digest, roomy.log.digest);
            assert_eq!(told(&other), told(&roomy));
        }
    }
});

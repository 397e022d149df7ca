//! Facts that were edited together with every digest above them: which rule still disagrees, or none.
//!
//! `docs/threat-model.md` has the same table in words.

#![expect(clippy::unwrap_used, reason = "what cannot be set up has failed")]

use std::fs;
use std::path::Path;

use batool::assess::assess;
use batool::digest::Digest;
use batool::judge::{Options, Verdict};
use batool::source::{Limits, open_path};

mod support;
use support::copy;

/// A term of a tuple as digests take it: tag, length, payload.
fn term(tag: &str, value: &str) -> Vec<u8> {
    let (number, payload) = match tag {
        "int" => (2, value.as_bytes().to_vec()),
        "bool" => (4, vec![u8::from(value == "true")]),
        "bytes" => (5, value.as_bytes().to_vec()),
        "entity_ref" => (8, value.as_bytes().to_vec()),
        _ => (1, value.as_bytes().to_vec()),
    };
    [&[number], &(payload.len() as u32).to_be_bytes()[..], &payload].concat()
}

fn tuple(terms: &[Vec<u8>]) -> String {
    let all = [b"factpy\0tup_v1\0", &(terms.len() as u32).to_be_bytes()[..], &terms.concat()].concat();
    Digest::of(&all).token()
}

/// Gives a claim another value, and makes every digest over it anew; the ingest key only if asked.
fn forge(root: &Path, value: &str, other: &str, with_ingest_key: bool) {
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let edit = |name: &str, line: &str, new: &str| {
        let text = read(name);
        assert_eq!(text.matches(line).count(), 1, "{line:?} stands once in {name}");
        fs::write(root.join(name), text.replace(line, new)).unwrap();
    };
    let row = |name: &str, is: &dyn Fn(&[&str]) -> bool| -> Vec<String> {
        let text = read(name);
        let found = text.lines().map(|line| line.split('\t').collect::<Vec<_>>()).find(|cells| is(cells));
        found.unwrap().into_iter().map(str::to_owned).collect()
    };

    let argument = row("facts/claim_arg.facts", &|cells| cells[2] == value);
    let (id, tag) = (&argument[0], &argument[3]);
    edit("facts/claim_arg.facts", &argument.join("\t"), &format!("{id}\t0\t{other}\t{tag}"));
    let claim = row("facts/claim.facts", &|cells| cells[0] == *id);
    let digest = tuple(&[term(tag, other)]);
    edit("facts/claim.facts", &claim.join("\t"), &[id, &claim[1], &claim[2], &digest].map(String::as_str).join("\t"));
    if with_ingest_key {
        let meta = read("facts/meta_str.facts");
        let text = |name: &str| {
            let mine = format!("{id}\t{name}\t");
            let value = meta.lines().find_map(|line| line.strip_prefix(&mine));
            value.map_or_else(|| "null".to_owned(), |value| format!("{value:?}"))
        };
        let source = format!(
            "{{\"source\":{},\"source_loc\":{},\"trace_id\":{}}}",
            text("source"),
            text("source_loc"),
            text("trace_id")
        );
        let key = tuple(&[
            term("string", "ingest_key_v2"),
            term("string", &claim[1]),
            term("entity_ref", &claim[2]),
            term(tag, other),
            term("bytes", &source),
            term("bytes", "{\"valid_from\":null,\"valid_to\":null,\"version\":null}"),
        ]);
        let old = row("facts/meta_str.facts", &|cells| cells[0] == *id && cells[1] == "ingest_key");
        edit("facts/meta_str.facts", &old.join("\t"), &format!("{id}\tingest_key\t{key}"));
    }
    let mut tables = Vec::new();
    for name in
        ["claim", "claim_arg", "claim_seq", "meta_bool", "meta_float", "meta_int", "meta_str", "meta_time", "revokes"]
    {
        let path = format!("facts/{name}.facts");
        tables.extend([path.as_bytes(), b"\0", &fs::read(root.join(&path)).unwrap()].concat());
    }
    let manifest = read("manifest.json");
    let (head, rest) = manifest.split_once("\"edb_digest\":\"").unwrap();
    let (_, tail) = rest.split_once('"').unwrap();
    fs::write(root.join("manifest.json"), format!("{head}\"edb_digest\":\"{}\"{tail}", Digest::of(&tables).token()))
        .unwrap();
}

/// The codes that a forged package is answered with.
fn answer(base: &str, value: &str, other: &str, with_ingest_key: bool) -> (Verdict, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages").join(base);
    copy(&fixture, folder.path());
    fs::create_dir_all(folder.path().join("outputs")).unwrap();
    forge(folder.path(), value, other, with_ingest_key);
    let mut source = open_path(folder.path(), Limits::default()).unwrap();
    let judgement = assess(&mut *source, &mut (), Limits::default(), Options::default()).unwrap().judgement;
    (judgement.verdict, judgement.findings.into_iter().map(|finding| finding.code).collect())
}

#[test]
fn a_value_edited_with_its_tuple_digest_does_not_follow_from_its_ingest_key() {
    assert_eq!(answer("ok-full", "hill 1", "hill 9", false), (Verdict::Reject, vec!["R_INGEST_KEY".to_owned()]));
}

#[test]
fn a_fact_that_nothing_else_rests_on_can_be_told_by_no_rule() {
    assert_eq!(answer("ok-full", "hill 1", "hill 9", true), (Verdict::Verified, Vec::new()));
}

#[test]
fn a_field_of_an_identity_does_not_follow_from_the_reference() {
    assert_eq!(answer("ok-full", "P-1", "P-9", true), (Verdict::Reject, vec!["R_ENTITY_REFERENCE".to_owned()]));
}

#[test]
fn a_mapped_value_is_not_what_the_mapping_chose() {
    let (verdict, codes) = answer("ok-mapping", "keeper 1", "keeper 9", true);
    assert_eq!(verdict, Verdict::Reject);
    assert!(codes.contains(&"R_MAPPING_MISMATCH".to_owned()), "{codes:?}");
}

#[test]
fn an_accepted_value_is_not_what_the_candidate_said() {
    let (verdict, codes) = answer("ok-full", "true", "false", true);
    assert_eq!(verdict, Verdict::Reject);
    assert!(codes.contains(&"R_CANDIDATE_KEY".to_owned()), "{codes:?}");
}

/// An inference package in which one entity was proposed and accepted so many times, and of which one fact is claimed.
fn proposed_over_and_over(entities: usize, of_entity: usize) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages/ok-inference"), root);
    let entity = "idref_v1:Pump:c43h6lmfd7oyv6ankzlnwtuq7ab4oibmcjbxbvfrrvzw4re6j4ba";
    let append = |table: &str, row: String| {
        let path = root.join(format!("facts/{table}.facts"));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{text}{row}\n")).unwrap();
    };
    for n in 0..entities {
        let id = format!("fe{n:030x}");
        append("claim", format!("{id}\tPump:exists\t{entity}\t{}", tuple(&[])));
        append("meta_str", format!("{id}\tcandidate_key\tcandk_v2:{n:064x}\n{id}\tcandidate_kind\tentity"));
        append("meta_time", format!("{id}\tingested_at\t1750000000200000000"));
    }
    let id = "ff".repeat(16);
    let about = format!("candk_v2:{of_entity:064x}");
    let key_tuple = tuple(&[term("string", "pump:sealed"), term("string", &about)]);
    append("claim", format!("{id}\tpump:sealed\t{entity}\t{}", tuple(&[term("bool", "true")])));
    append("claim_arg", format!("{id}\t0\ttrue\tbool"));
    append("meta_time", format!("{id}\tingested_at\t1750000000200000000"));
    let key = Digest::of(
        format!(
            "factpy\0cand_v2\0rule.x\x001\0fact\0{{\"pred_id\":\"pump:sealed\",\"terms\":[{{\"candidate_key\":\"{about}\",\
             \"kind\":\"candidate_ref\"}},{{\"kind\":\"literal\",\"tag\":\"bool\",\"value\":true}}]}}\0"
        )
        .as_bytes(),
    );
    append(
        "meta_str",
        format!(
            "{id}\tcandidate_id\tx\n{id}\tcandidate_key\tcandk_v2:{key}\n{id}\tcandidate_kind\tfact\n{id}\tderivation_id\trule.x\n\
             {id}\tderivation_version\t1\n{id}\tkey_tuple_digest\t{key_tuple}"
        ),
    );
    let mut source = open_path(root, Limits::default()).unwrap();
    let judgement = assess(&mut *source, &mut (), Limits::default(), Options::default()).unwrap().judgement;
    let about = judgement.findings.iter().flat_map(|finding| {
        let folded = finding.consequences.keys().map(|code| (*code).to_owned());
        folded.chain([finding.code.clone()])
    });
    about.filter(|code| code.contains("CANDIDATE_KEY") || code.contains("KEY_TUPLE")).collect()
}

#[test]
fn a_key_is_judged_however_often_the_entity_was_proposed() {
    assert_eq!(proposed_over_and_over(200, 150), Vec::<String>::new());
    assert_eq!(proposed_over_and_over(200, 250), ["R_KEY_TUPLE_DIGEST"]);
}

//! Digests that rows state in a form of factgraph's, recomputed where all that they cover stands in the row.

use super::{Facts, PREDICATE, Row};
use crate::digest::Digest;
use crate::json::{Kind, Value, canonical_value};

/// Recomputes what any row may state.
pub(super) fn check(row: &Row<'_>, ledger: &str, facts: &mut Facts) {
    candidate_key_digest(row, facts);
    if ledger == super::CANDIDATES {
        candidate_key(row, facts);
        candidate_id(row, facts);
    }
    if ledger == super::DECISIONS {
        mapping_key(row, facts);
    }
}

/// D11: the row without its digest.
pub(super) fn support(row: &Row<'_>, facts: &mut Facts) {
    let Some(stated) = text(row, "support_digest").filter(|stated| Digest::is_token(stated.as_bytes())) else { return };
    let Some(bytes) = canonical_value(row.value, Some("support_digest")) else { return };
    facts.supports += 1;
    expect(row, "support_digest", stated == Digest::of(&bytes).token(), facts);
}

/// D8: of the predicate, or the entity type, and the digest of the key.
fn candidate_key_digest(row: &Row<'_>, facts: &mut Facts) {
    let token = |name| text(row, name).filter(|stated| Digest::is_token(stated.as_bytes()));
    let (Some(stated), Some(key)) = (token("cand_key_digest"), token("key_tuple_digest")) else { return };
    let Some(predicate) = predicate(row) else { return };
    let of = |target: &str| Digest::of_ended(b"factpy\0cand_key_v1\0", &[target.as_bytes(), key.as_bytes()]).token();
    let entity = predicate.strip_suffix(":exists").map(of);
    expect(row, "cand_key_digest", stated == of(&predicate) || entity.is_some_and(|entity| stated == entity), facts);
}

/// D9: of the derivation and what it says.
fn candidate_key(row: &Row<'_>, facts: &mut Facts) {
    let Some(stated) = hex_after(row, "candidate_key", "candk_v2:") else { return };
    let (Some(id), Some(version)) = (text(row, "derivation_id"), text(row, "derivation_version")) else { return };
    let Some(content) = row.value.get("content").filter(|content| content.kind() == Kind::Object) else { return };
    let (Some(kind), Some(content)) = (kind(row), canonical_value(content, None)) else { return };
    let digest =
        Digest::of_ended(b"factpy\0cand_v2\0", &[id.as_bytes(), version.as_bytes(), kind.as_bytes(), &content]);
    expect(row, "candidate_key", stated == digest.to_string(), facts);
}

/// D10: of the run, the kind, the target and the key.
fn candidate_id(row: &Row<'_>, facts: &mut Facts) {
    let Some(stated) = hex_after(row, "candidate_id", "cand_v2:") else { return };
    let (Some(run), Some(kind), Some(key)) = (text(row, "run_id"), kind(row), text(row, "candidate_key")) else {
        return;
    };
    let Some(target) = text(row, "target").or_else(|| predicate(row)) else { return };
    let of = |target: &str| {
        let parts = [run.as_bytes(), kind.as_bytes(), target.as_bytes(), key.as_bytes()];
        Digest::of_ended(b"factpy\0cand_id_v2\0", &parts).to_string()
    };
    let entity = target.strip_suffix(":exists").map(of);
    expect(row, "candidate_id", stated == of(&target) || entity.is_some_and(|entity| stated == entity), facts);
}

/// D12: ids of mapping decisions end in 12 digits of a digest over the key.
fn mapping_key(row: &Row<'_>, facts: &mut Facts) {
    let (Some(stated), Some(predicate)) = (text(row, "decision_id"), predicate(row)) else { return };
    let forms = ["mapping_decision:", "mapping_conflict:"];
    let Some(rest) = forms.iter().find_map(|form| stated.strip_prefix(form)) else { return };
    let Some(hex) = rest.strip_prefix(predicate.as_str()).and_then(|rest| rest.strip_prefix(':')) else { return };
    let Some(key) = row.value.get("key_tuple").filter(|key| key.kind() == Kind::Array) else { return };
    let Some(key) = canonical_value(key, None).filter(|_| is_hex(hex, 12)) else { return };
    let digest = Digest::of(&[b"{\"key_tuple\":", key.as_slice(), b"}"].concat()).to_string();
    expect(row, "decision_id", digest.starts_with(hex), facts);
}

fn expect(row: &Row<'_>, member: &str, holds: bool, facts: &mut Facts) {
    if !holds {
        let place = row.place().with(format!("/{member}"));
        facts.wrong_digests.add(place, || "is not the digest of what stands in the row".into());
    }
}

fn text(row: &Row<'_>, name: &str) -> Option<String> {
    row.value.get_text(name).map(Into::into)
}

fn predicate(row: &Row<'_>) -> Option<String> {
    let value = PREDICATE.names.iter().find_map(|name| row.value.get(name).filter(|value| !value.is_null()));
    value.and_then(Value::text).map(Into::into)
}

/// The kind of a candidate, if it is one of those that the form knows.
fn kind(row: &Row<'_>) -> Option<String> {
    text(row, "kind").filter(|kind| matches!(kind.as_str(), "fact" | "entity"))
}

fn hex_after(row: &Row<'_>, name: &str, prefix: &str) -> Option<String> {
    text(row, name)?.strip_prefix(prefix).filter(|hex| is_hex(hex, 64)).map(Into::into)
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

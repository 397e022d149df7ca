//! The single documents of a package: schema, policy, run manifest.

use crate::digest::Digest;
use crate::finding::Tally;
use crate::json::{Kind, Value};

/// What is kept of `schema/schema_ir.json`.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    /// D1; unknown if the document is not in canonical form.
    pub(crate) digest: Option<Digest>,
    /// The three protocol versions as a canonical object.
    pub(crate) protocol_version: Vec<u8>,
    /// Ids of the predicates in the order of the document; none if it has no readable list of them.
    pub(crate) predicates: Option<Vec<String>>,
    /// What the producer would not have written.
    pub(crate) misfits: Tally,
}

impl Schema {
    pub(crate) fn read(root: Value<'_>, canonical: bool) -> Self {
        let mut stripped = Vec::new();
        strip(root, true, &mut stripped);
        let list = root.get("predicates").filter(|list| list.kind() == Kind::Array);
        Self {
            digest: canonical.then(|| Digest::of(&stripped)),
            protocol_version: protocol_version(root),
            predicates: list
                .and_then(|list| list.items().map(|item| item.get_text("pred_id").map(Into::into)).collect()),
            misfits: Tally::default(),
        }
    }
}

/// `export_v1`, `idref_v1` and `tup_v1` of a schema as a canonical object; a version not stated is its own name.
fn protocol_version(schema: Value<'_>) -> Vec<u8> {
    let mut out = vec![b'{'];
    for name in ["export_v1", "idref_v1", "tup_v1"] {
        if out.len() > 1 {
            out.push(b',');
        }
        out.extend_from_slice(format!("\"{name}\":").as_bytes());
        match schema.at(&format!("/protocol_version/{name}")) {
            Some(value) => out.extend_from_slice(value.raw()),
            None => out.extend_from_slice(format!("\"{name}\"").as_bytes()),
        }
    }
    out.push(b'}');
    out
}

/// Copies a canonical value without `generated_at` and `repr`, which no digest covers; `meta_keys` is kept whole.
fn strip(value: Value<'_>, stripping: bool, out: &mut Vec<u8>) {
    match value.kind() {
        Kind::Object => {
            out.push(b'{');
            let mut first = true;
            for (key, value) in value.pairs() {
                let name = key.raw_inner().unwrap_or_default();
                if stripping && matches!(name, b"generated_at" | b"repr") {
                    continue;
                }
                if !std::mem::take(&mut first) {
                    out.push(b',');
                }
                out.extend_from_slice(key.raw());
                out.push(b':');
                strip(value, stripping && name != b"meta_keys", out);
            }
            out.push(b'}');
        }
        Kind::Array => {
            out.push(b'[');
            for (n, item) in value.items().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                strip(item, stripping, out);
            }
            out.push(b']');
        }
        _ => out.extend_from_slice(value.raw()),
    }
}

/// The one policy document that a policy mode and a schema allow.
pub(crate) fn fixed_policy(mode: &str, protocol_version: &[u8]) -> Vec<u8> {
    let head = "{\"active\":{\"model\":\"revokes_only\"},\"chosen\":{\"required_meta\":[],\"strategy\":\"latest_by_claim_seq\"},\
                \"generated_at\":0,\"policy_ir_version\":\"policy_ir_v1\",\"policy_mode\":\"";
    // "policy_v1" sorts between "idref_v1" and "tup_v1".
    let versions =
        String::from_utf8_lossy(protocol_version).replacen(",\"tup_v1\"", ",\"policy_v1\":\"policy_v1\",\"tup_v1\"", 1);
    format!("{head}{mode}\",\"protocol_version\":{versions}}}").into_bytes()
}

/// The one text of `policy/policy_rules.dl` that a policy mode allows.
pub(crate) fn fixed_policy_rules(mode: &str) -> &'static str {
    if mode == "idb" { ".decl active(A:symbol)\nactive(A) :- claim(A,_,_,_), !revokes(_,A).\n" } else { "" }
}

/// The engine's name for a predicate.
pub(crate) fn engine_name(predicate: &str) -> String {
    let mut out = "p_".to_owned();
    for c in predicate.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => out.push(c),
            ':' => out.push('_'),
            '_' => out.push_str("__"),
            c => out.push_str(&format!("_h{:02x}_", u32::from(c))),
        }
    }
    out
}

/// What is kept of `outputs/run_manifest.json`.
#[derive(Debug, Default)]
pub(crate) struct RunManifest {
    pub(crate) outputs_digest: Option<String>,
    pub(crate) generated_outputs: Option<Vec<String>>,
}

impl RunManifest {
    pub(super) fn read(root: Value<'_>) -> Self {
        let list = root.get("generated_outputs").filter(|list| list.kind() == Kind::Array);
        Self {
            outputs_digest: root.at("/digests/outputs_digest").and_then(|digest| digest.text()).map(Into::into),
            generated_outputs: list.and_then(|list| list.items().map(|item| item.text().map(Into::into)).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Scanner;

    #[test]
    fn a_schema_is_stripped_at_any_depth_but_not_inside_meta_keys() {
        let mut scanner = Scanner::new(16);
        let text = br#"{"a":[{"repr":1,"x":2}],"generated_at":3,"meta_keys":{"repr":{"generated_at":4}}}"#;
        let mut out = Vec::new();
        strip(scanner.scan(text).expect("this is JSON").root(), true, &mut out);
        assert_eq!(out, br#"{"a":[{"x":2}],"meta_keys":{"repr":{"generated_at":4}}}"#);
    }

    #[test]
    fn engine_names_are_spelt_out() {
        assert_eq!(engine_name("vendor:risk_note"), "p_vendor_risk__note");
        assert_eq!(engine_name("a.é"), "p_a_h2e__he9_");
    }
}

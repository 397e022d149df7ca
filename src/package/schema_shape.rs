//! The form of `schema/schema_ir.json`: what the producer asks of a schema before it takes or exports it.
//!
//! It takes other members of predicates, entities and arguments than it knows, and several predicates of one id, of which
//! the last counts.

use crate::finding::{Place, Tally};
use crate::json::{Document, Kind, Value, push_pointer};
use crate::ledger::shape::{self, Field, Misfit, Type};

use Field::{May, Must};

const TAG: Type = Type::OneOf(&["entity_ref", "string", "int", "float64", "bool", "bytes", "time", "uuid"]);

const PROTOCOLS: Type =
    Type::Open(&[Must("export_v1", Type::Name), Must("idref_v1", Type::Name), Must("tup_v1", Type::Name)]);

const ENTITY: Type = Type::Open(&[
    Must("entity_type", Type::Name),
    Must(
        "identity_fields",
        Type::List(&Type::Open(&[Must("name", Type::Name), May("repr", Type::Name), Must("type_domain", TAG)])),
    ),
    May("repr", Type::Name),
]);

const PREDICATE: Type = Type::Open(&[
    Must("arg_specs", Type::List(&Type::Open(&[Must("name", Type::Name), Must("type_domain", TAG)]))),
    Must("cardinality", Type::OneOf(&["single", "multi"])),
    Must("group_key_indexes", Type::List(&Type::Count)),
    Must("pred_id", Type::Name),
    May("repr", Type::Name),
]);

const KEYED: Type = Type::That(&PREDICATE, has_key, "a predicate with a key of its arguments, the subject first");

const SCHEMA: Type = Type::Open(&[
    Must("entities", Type::List(&ENTITY)),
    Must("generated_at", Type::Name),
    May("meta_keys", Type::That(&Type::Object, are_meta_keys, "what is declared of metadata, without defaults")),
    Must("predicates", Type::List(&KEYED)),
    Must("projection", Type::Open(&[Must("entities", Type::Array), Must("predicates", Type::Array)])),
    Must("protocol_version", PROTOCOLS),
    Must("schema_ir_version", Type::Name),
]);

const PATH: &str = "schema/schema_ir.json";

/// What the producer would not have written.
pub(crate) fn check(document: &Document<'_>) -> Tally {
    let mut misfits = Tally::default();
    let mut report = |pointer: String, misfit: Misfit| {
        misfits.add(Place::member(PATH, pointer), || misfit.into_text());
    };
    let (root, Type::Open(fields)) = (document.root(), SCHEMA) else { return misfits };
    shape::value(root, &SCHEMA, "", &mut report);
    for (name, _) in root.members() {
        if !fields.iter().any(|field| {
            let (May(known, _) | Must(known, _)) = field;
            *known == name
        }) {
            let mut pointer = String::new();
            push_pointer(&mut pointer, &name);
            report(pointer, Misfit::Unknown("no such member belongs here".into()));
        }
    }
    if let Some((_, number)) = document.numbers().find(|(kind, _)| *kind == Kind::Float) {
        let number = String::from_utf8_lossy(number).into_owned();
        report(String::new(), Misfit::Type(format!("has the number {number}; all are integers")));
    }
    misfits
}

/// Arguments, and a key of some of them in order, with the subject.
fn has_key(predicate: Value<'_>) -> bool {
    let items = |name| predicate.get(name).into_iter().flat_map(Value::items);
    let arguments = items("arg_specs").count() as i64;
    let mut next = 0;
    let is_in_order = items("group_key_indexes").all(|index| {
        let index = index.integer().filter(|index| (next..arguments).contains(index));
        next = index.map_or(next, |index| index + 1);
        index.is_some()
    });
    is_in_order && items("group_key_indexes").next().is_some_and(|first| first.integer() == Some(0))
}

/// At least one name that is not the store's own, each with what is not so by default.
fn are_meta_keys(declared: Value<'_>) -> bool {
    const OWN: [&str; 6] =
        ["ingested_at", "ingest_key", "revoked_asrt_id", "assertion_digest", "schema_digest", "tx_id"];
    const OWN_PREFIXES: [&str; 2] = ["__system__.", "__factgraph_annotation_v1__:"];
    let is_set = |name: &str, value: Value<'_>| match name {
        "reader_class" => value.is_text("ledger") || value.is_text("audit"),
        "load_policy" => value.is_text("lazy"),
        "storage_scope" => value.is_text("tx_liftable"),
        "premise_eligible" | "query_indexed" => value.kind() == Kind::True,
        _ => false,
    };
    let is_free = |name: &str| {
        !name.is_empty() && !OWN.contains(&name) && !OWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    };
    declared.members().next().is_some()
        && declared.members().all(|(name, policy)| {
            is_free(&name)
                && policy.kind() == Kind::Object
                && policy.members().all(|(name, value)| is_set(&name, value))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Scanner;

    const GOOD: &str = r#"{"entities":[{"entity_type":"Pump","identity_fields":[{"name":"serial","type_domain":"string"}]}],"generated_at":"2026","predicates":[{"arg_specs":[{"name":"pump","type_domain":"entity_ref"},{"name":"serial","type_domain":"string"}],"cardinality":"single","group_key_indexes":[0,1],"pred_id":"pump:serial"}],"projection":{"entities":[],"predicates":[]},"protocol_version":{"export_v1":"export_v1","idref_v1":"idref_v1","tup_v1":"tup_v1"},"schema_ir_version":"v1"}"#;

    fn told(text: &str) -> Vec<String> {
        let mut scanner = Scanner::new(16);
        let misfits = check(&scanner.scan(text.as_bytes()).expect("this is JSON"));
        misfits.places().map(|(place, _)| place.pointer.clone()).collect()
    }

    #[test]
    fn what_the_producer_refuses_is_told_where_it_stands() {
        assert_eq!(told(GOOD), Vec::<String>::new());
        let one = |old: &str, new: &str| {
            assert_eq!(GOOD.matches(old).count(), 1, "{old}");
            told(&GOOD.replace(old, new)).join(" ")
        };
        assert_eq!(one(r#"[0,1]"#, "[]"), "/predicates/0");
        assert_eq!(one(r#"[0,1]"#, "[1]"), "/predicates/0");
        assert_eq!(one(r#"[0,1]"#, "[0,2]"), "/predicates/0");
        assert_eq!(one(r#"[0,1]"#, "[0,0]"), "/predicates/0");
        assert_eq!(one(r#"[0,1]"#, "[0,true]"), "/predicates/0 /predicates/0/group_key_indexes/1");
        assert_eq!(one(r#""single""#, r#""temporal""#), "/predicates/0/cardinality");
        assert_eq!(one(r#""name":"pump","#, ""), "/predicates/0/arg_specs/0");
        assert_eq!(one(r#""pump:serial""#, r#""""#), "/predicates/0/pred_id");
        assert_eq!(one(r#""generated_at":"2026","#, r#""generated_at":"2026","more":[],"#), "/more");
        assert_eq!(one(r#""generated_at":"2026","#, ""), "");
        assert_eq!(one(r#""pred_id":"#, r#""more":0.5,"pred_id":"#), "");
        assert_eq!(one(r#""pred_id":"#, r#""repr":"","pred_id":"#), "/predicates/0/repr");
    }

    #[test]
    fn metadata_is_declared_without_defaults_and_not_of_the_store_itself() {
        let with =
            |keys: &str| told(&GOOD.replace(r#""predicates":[{"#, &format!(r#""meta_keys":{keys},"predicates":[{{"#)));
        assert!(with(r#"{"a":{},"b":{"reader_class":"audit","premise_eligible":true}}"#).is_empty());
        for bad in [
            r"{}",
            r#"{"":{}}"#,
            r#"{"tx_id":{}}"#,
            r#"{"a":{"load_policy":"eager"}}"#,
            r#"{"a":{"z":1}}"#,
            r#"{"a":[]}"#,
        ] {
            assert_eq!(with(bad), ["/meta_keys"], "{bad}");
        }
    }
}

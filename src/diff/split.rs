//! Documents that hold many records, taken apart into one JSON text a record.

use std::collections::BTreeMap;

use crate::json::{Kind, Value, push_string};

/// Predicates by id, entities by type, and what else a schema says by its name. `generated_at` is a clock.
pub(super) fn schema(root: Value<'_>, out: &mut Vec<Vec<u8>>) {
    if root.kind() != Kind::Object {
        return out.push(root.raw().to_vec());
    }
    for (name, value) in root.members() {
        let item = match &*name {
            "generated_at" => continue,
            "predicates" => Some(("predicate", "pred_id")),
            "entities" => Some(("entity", "entity_type")),
            _ => None,
        };
        match item.filter(|_| value.kind() == Kind::Array) {
            Some((what, id)) => {
                for item in value.items() {
                    out.push(record(&[("is", Some(item)), ("name", item.get(id)), ("what", None)], what));
                }
            }
            None => {
                let mut text = record(&[("is", Some(value))], "");
                text.pop();
                text.extend_from_slice(b",\"name\":");
                push_string(&mut text, &name);
                text.extend_from_slice(b",\"what\":\"member\"}");
                out.push(text);
            }
        }
    }
}

/// What was resolved, key by key, and what is said of each predicate. What was chosen stands beside its decision.
pub(super) fn mapping(root: Value<'_>, out: &mut Vec<Vec<u8>>) {
    let predicates = root.get("predicates").filter(|list| list.kind() == Kind::Array);
    let Some(predicates) = predicates else {
        return out.push(record(&[("is", Some(root)), ("what", None)], "document"));
    };
    out.push(without(root, "\"what\":\"document\"", &["predicates"]));
    for row in predicates.items() {
        let predicate = row.get("pred_id");
        let mut head = b"\"pred_id\":".to_vec();
        head.extend_from_slice(predicate.map_or(b"null", |value| value.raw()));
        head.extend_from_slice(b",\"what\":\"predicate\"");
        out.push(without(row, &String::from_utf8_lossy(&head), &["chosen", "conflicts", "decisions"]));
        let items = |list: &str| row.get(list).into_iter().flat_map(|list| list.items());
        let key_of = |item: Value<'_>| item.get("key_tuple").map_or(Vec::new(), |key| key.raw().to_vec());
        let mut chosen: BTreeMap<Vec<u8>, Vec<Value<'_>>> = BTreeMap::new();
        for item in items("chosen") {
            chosen.entry(key_of(item)).or_default().push(item);
        }
        for item in items("conflicts").chain(items("decisions")) {
            let beside = chosen.get_mut(&key_of(item)).and_then(Vec::pop);
            let members = [("chosen", beside), ("is", Some(item)), ("key_tuple", item.get("key_tuple"))];
            let members = members.into_iter().filter(|(name, value)| *name != "chosen" || value.is_some());
            out.push(record(&members.chain([("pred_id", predicate), ("what", None)]).collect::<Vec<_>>(), "key"));
        }
        for item in chosen.into_values().flatten() {
            let members =
                [("is", Some(item)), ("key_tuple", item.get("key_tuple")), ("pred_id", predicate), ("what", None)];
            out.push(record(&members, "chosen"));
        }
    }
}

/// An object of these members; one without a value gets this text.
fn record(members: &[(&str, Option<Value<'_>>)], text: &str) -> Vec<u8> {
    let mut out = vec![b'{'];
    for (n, (name, value)) in members.iter().enumerate() {
        out.extend_from_slice(if n > 0 { b"," } else { b"" });
        push_string(&mut out, name);
        out.push(b':');
        match value {
            Some(value) => out.extend_from_slice(value.raw()),
            None if *name == "what" => push_string(&mut out, text),
            None => out.extend_from_slice(b"null"),
        }
    }
    out.push(b'}');
    out
}

/// An object's members but for those named, under `is`, beside members already spelt out.
fn without(object: Value<'_>, beside: &str, left_out: &[&str]) -> Vec<u8> {
    let mut out = b"{\"is\":{".to_vec();
    let kept = object.pairs().filter(|(key, _)| key.text().is_some_and(|name| !left_out.contains(&&*name)));
    for (n, (key, value)) in kept.enumerate() {
        out.extend_from_slice(if n > 0 { b"," } else { b"" });
        out.extend_from_slice(key.raw());
        out.push(b':');
        out.extend_from_slice(value.raw());
    }
    out.extend_from_slice(b"},");
    out.extend_from_slice(beside.as_bytes());
    out.push(b'}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Scanner;

    fn parts(split: fn(Value<'_>, &mut Vec<Vec<u8>>), text: &str) -> Vec<String> {
        let mut scanner = Scanner::new(16);
        let mut out = Vec::new();
        split(scanner.scan(text.as_bytes()).expect("this is JSON").root(), &mut out);
        out.into_iter().map(|part| String::from_utf8_lossy(&part).into_owned()).collect()
    }

    #[test]
    fn a_schema_is_its_predicates_entities_and_the_rest() {
        let text = r#"{"entities":[{"entity_type":"E"}],"generated_at":1,"predicates":[{"pred_id":"p"},7],"v":[2]}"#;
        assert_eq!(
            parts(schema, text),
            [
                r#"{"is":{"entity_type":"E"},"name":"E","what":"entity"}"#,
                r#"{"is":{"pred_id":"p"},"name":"p","what":"predicate"}"#,
                r#"{"is":7,"name":null,"what":"predicate"}"#,
                r#"{"is":[2],"name":"v","what":"member"}"#,
            ]
        );
        assert_eq!(parts(schema, "[1]"), ["[1]"]);
    }

    #[test]
    fn a_mapping_is_taken_apart_by_predicate_and_key() {
        let text = r#"{"policy_mode":"edb","predicates":[{"chosen":[{"key_tuple":[1],"value_tuple":[2]},{"key_tuple":[3],"value_tuple":[4]}],
            "decisions":[{"key_tuple":[1],"reason":"r"}],"pred_id":"p","status":"resolved"}]}"#;
        assert_eq!(
            parts(mapping, text),
            [
                r#"{"is":{"policy_mode":"edb"},"what":"document"}"#,
                r#"{"is":{"pred_id":"p","status":"resolved"},"pred_id":"p","what":"predicate"}"#,
                r#"{"chosen":{"key_tuple":[1],"value_tuple":[2]},"is":{"key_tuple":[1],"reason":"r"},"key_tuple":[1],"pred_id":"p","what":"key"}"#,
                r#"{"is":{"key_tuple":[3],"value_tuple":[4]},"key_tuple":[3],"pred_id":"p","what":"chosen"}"#,
            ]
        );
        assert_eq!(parts(mapping, r#"{"m":1}"#), [r#"{"is":{"m":1},"what":"document"}"#]);
    }
}

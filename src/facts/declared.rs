//! What the schema declares about predicates and entities, as far as claims are held against it.

use std::collections::BTreeMap;

use super::tuple;
use crate::json::{Kind, Value};

/// All predicates and entities of a schema.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) predicates: Vec<Predicate>,
    pub(crate) entities: Vec<Entity>,
    by_id: BTreeMap<String, usize>,
}

/// One predicate.
#[derive(Debug)]
pub(crate) struct Predicate {
    pub(crate) id: String,
    /// The tags of its arguments, the subject first, as bytes of `tup_v1`.
    pub(crate) tags: Vec<u8>,
    /// Which of them make the key; 0 is the subject.
    pub(crate) key: Vec<usize>,
    /// A subject may have several values.
    pub(crate) is_multi: bool,
    /// The type of entities, and the field of it, that its claims give the value of, if that is what it is for.
    pub(crate) identifies: Option<(u32, u32)>,
    /// How several values are resolved into one, if that is what it is for.
    pub(crate) mapping: Option<Mapping>,
}

/// How the values of a mapping predicate are resolved. Positions count the subject as 0.
#[derive(Debug)]
pub(crate) struct Mapping {
    pub(crate) keys: Vec<usize>,
    pub(crate) values: Vec<usize>,
    pub(crate) tie_break: TieBreak,
    /// It names a way to choose, which the policy mode `idb` does not know.
    pub(crate) needs_edb: bool,
}

/// Which of several values is chosen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TieBreak {
    /// None: they are a conflict.
    Error,
    /// The one that was ingested last, then that of the smallest assertion id.
    Latest,
    /// The one whose source stands first, then as above; none if the sources are no list of texts.
    PreferSource(Option<Vec<String>>),
    /// Nothing is resolved at all, with this text if it can be told.
    Broken(Option<String>),
}

/// One type of entities.
#[derive(Debug)]
pub(crate) struct Entity {
    pub(crate) name: String,
    /// The fields of its identity, in order.
    pub(crate) fields: Vec<String>,
}

impl Declared {
    /// Of a schema document; what is not of the form that the producer writes counts as not said.
    pub(crate) fn read(schema: Value<'_>) -> Self {
        let list = |name| schema.get(name).into_iter().flat_map(Value::items);
        let entities: Vec<Entity> = list("entities").filter_map(Entity::read).collect();
        let types: BTreeMap<&str, usize> = entities.iter().enumerate().map(|(n, it)| (it.name.as_str(), n)).collect();
        let fields = entities.iter().enumerate().flat_map(|(kind, it)| {
            it.fields.iter().enumerate().map(move |(n, field)| ((kind, field.as_str()), (kind as u32, n as u32)))
        });
        let fields: BTreeMap<(usize, &str), (u32, u32)> = fields.collect();
        let field = |value: Value<'_>| {
            let kind = *types.get(&*value.get_text("owner_type")?)?;
            fields.get(&(kind, &*value.get_text("py_field_name")?)).copied()
        };
        let predicates: Vec<_> = list("predicates").filter_map(|value| Predicate::read(value, field)).collect();
        let by_id = predicates.iter().enumerate().map(|(n, predicate)| (predicate.id.clone(), n)).collect();
        Self { predicates, entities, by_id }
    }

    /// Where the predicate of this id stands; of two the last, as the producer reads them.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }
}

impl Predicate {
    fn read(value: Value<'_>, field: impl Fn(Value<'_>) -> Option<(u32, u32)>) -> Option<Self> {
        let is_true = |name| value.get(name).is_some_and(|flag| flag.kind() == Kind::True);
        let specs = value.get("arg_specs").into_iter().flat_map(Value::items);
        let tag = |spec: Value<'_>| tuple::tag(&spec.get_text("type_domain").unwrap_or_default()).unwrap_or_default();
        Some(Self {
            id: text(value, "pred_id")?,
            tags: specs.map(tag).collect(),
            key: positions(value, "group_key_indexes"),
            is_multi: value.get("cardinality").is_some_and(|cardinality| cardinality.is_text("multi")),
            identifies: is_true("is_identity_field").then(|| field(value)).flatten(),
            mapping: is_true("is_mapping").then(|| Mapping::read(value)),
        })
    }
}

impl Mapping {
    fn read(value: Value<'_>) -> Self {
        let tie_break = value.get("tie_break").filter(|way| !way.is_null());
        let mode = tie_break.and_then(|way| way.text().or_else(|| way.get_text("mode")));
        Self {
            keys: positions(value, "mapping_key_positions"),
            values: positions(value, "mapping_value_positions"),
            needs_edb: mode.is_some_and(|mode| mode != "error"),
            tie_break: match broken(value) {
                Some(text) => TieBreak::Broken(Some(text)),
                None => tie_break.map_or(TieBreak::Error, TieBreak::read),
            },
        }
    }
}

/// What the producer finds wrong with a mapping before it looks at tie-breaks, in its words.
fn broken(predicate: Value<'_>) -> Option<String> {
    if !predicate.get("mapping_kind").is_some_and(|kind| kind.is_text("single_valued")) {
        return Some("mapping_kind must be 'single_valued'".into());
    }
    let arguments = predicate.get("arg_specs").into_iter().flat_map(Value::items).count();
    if arguments == 0 {
        return Some("arg_specs must be non-empty list".into());
    }
    let names = ["mapping_key_positions", "mapping_value_positions"];
    let wrong = names.iter().find_map(|name| wrong_position(predicate.get(name), name, arguments));
    let is_empty = |name: &&str| predicate.get(name).is_some_and(|list| list.items().next().is_none());
    wrong.or_else(|| names.into_iter().find(is_empty).map(|name| format!("{name} must be non-empty")))
}

fn wrong_position(list: Option<Value<'_>>, name: &str, arguments: usize) -> Option<String> {
    let Some(list) = list.filter(|list| list.kind() == Kind::Array) else {
        return Some(format!("{name} must be list"));
    };
    let mut last = None;
    for (n, item) in list.items().enumerate() {
        if item.kind() != Kind::Integer {
            return Some(format!("{name}[{n}] must be int"));
        }
        let position = item.integer().and_then(|position| usize::try_from(position).ok());
        let Some(position) = position.filter(|position| *position < arguments) else {
            return Some(format!("{name}[{n}] out of range"));
        };
        if last.is_some_and(|last| position <= last) {
            return Some(format!("{name} must be strictly ascending"));
        }
        last = Some(position);
    }
    None
}

impl TieBreak {
    /// Either the mode alone, or an object with the mode and what belongs to it.
    fn read(value: Value<'_>) -> Self {
        let mode = match value.kind() {
            Kind::String => Some(value),
            Kind::Object => value.get("mode"),
            _ => return TieBreak::Broken(Some("tie_break must be null|string|object".into())),
        };
        let unsupported = |mode: &str| TieBreak::Broken(Some(format!("unsupported tie_break mode: {mode}")));
        match mode.and_then(Value::text).as_deref() {
            Some("error") => TieBreak::Error,
            Some("latest_by_ingested_at_then_min_assertion_id") => TieBreak::Latest,
            Some("prefer_source") => {
                let rank = value.get("source_rank").filter(|rank| rank.kind() == Kind::Array);
                let texts = |rank: Value<'_>| rank.items().map(|source| source.text().map(Into::into)).collect();
                TieBreak::PreferSource(rank.and_then(texts))
            }
            Some("max_confidence") => TieBreak::Broken(Some("max_confidence tie_break was removed".into())),
            Some(mode) => unsupported(mode),
            None => match mode.map(|mode| (mode.kind(), mode.raw())) {
                None | Some((Kind::Null, _)) => unsupported("None"),
                Some((Kind::True, _)) => unsupported("True"),
                Some((Kind::False, _)) => unsupported("False"),
                Some((Kind::Integer | Kind::Float, number)) => unsupported(&String::from_utf8_lossy(number)),
                // What Python says of lists and objects there depends on its version.
                Some(_) => TieBreak::Broken(None),
            },
        }
    }
}

impl Entity {
    fn read(value: Value<'_>) -> Option<Self> {
        let fields = value.get("identity_fields").into_iter().flat_map(Value::items);
        Some(Self {
            name: text(value, "entity_type")?,
            fields: fields.filter_map(|field| text(field, "name")).collect(),
        })
    }
}

fn text(value: Value<'_>, name: &str) -> Option<String> {
    value.get_text(name).map(Into::into)
}

fn positions(value: Value<'_>, name: &str) -> Vec<usize> {
    let items = value.get(name).into_iter().flat_map(Value::items);
    items.map(|item| item.integer().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Scanner;

    #[test]
    fn a_mapping_that_cannot_be_resolved_says_why_in_the_producers_words() {
        let told = |inside: &str| {
            let text = format!(r#"{{"arg_specs":[{{}},{{}}],"is_mapping":true,"pred_id":"a",{inside}}}"#);
            let mut scanner = Scanner::new(16);
            match Mapping::read(scanner.scan(text.as_bytes()).expect("this is JSON").root()).tie_break {
                TieBreak::Broken(Some(text)) => text,
                other => format!("{other:?}"),
            }
        };
        let good = r#""mapping_kind":"single_valued","mapping_key_positions":[0],"mapping_value_positions":[1]"#;
        let positions = |list: &str| told(&good.replace("[0]", list));
        assert_eq!(told(good), "Error");
        assert_eq!(told(r#""mapping_kind":1"#), "mapping_kind must be 'single_valued'");
        assert_eq!(positions("[]"), "mapping_key_positions must be non-empty");
        assert_eq!(positions("[true]"), "mapping_key_positions[0] must be int");
        assert_eq!(positions("[0,2]"), "mapping_key_positions[1] out of range");
        assert_eq!(positions("[1,0]"), "mapping_key_positions must be strictly ascending");
        assert_eq!(positions("{}"), "mapping_key_positions must be list");
        assert_eq!(told(&format!("{good},\"tie_break\":{{}}")), "unsupported tie_break mode: None");
        assert_eq!(told(&format!("{good},\"tie_break\":\"loudest\"")), "unsupported tie_break mode: loudest");
        assert_eq!(told(&format!("{good},\"tie_break\":{{\"mode\":true}}")), "unsupported tie_break mode: True");
        assert_eq!(told(&format!("{good},\"tie_break\":7")), "tie_break must be null|string|object");
    }

    #[test]
    fn a_schema_is_read_as_far_as_it_says_something() {
        let text = br#"{"entities":[{"entity_type":"Pump","identity_fields":[{"name":"serial","type_domain":"string"}]}],
            "predicates":[{"arg_specs":[{"type_domain":"entity_ref"},{"type_domain":"int"}],"group_key_indexes":[0,1],"is_mapping":true,
            "mapping_key_positions":[0],"mapping_kind":"single_valued","mapping_value_positions":[1],"pred_id":"a","tie_break":{"mode":"prefer_source","source_rank":["x"]}},
            {"pred_id":"b","is_mapping":1,"is_identity_field":true,"owner_type":"Pump","py_field_name":"serial"},{}]}"#;
        let declared = Declared::read(Scanner::new(16).scan(text).expect("this is JSON").root());
        assert_eq!((declared.position("b"), declared.position("c")), (Some(1), None));
        let [a, b] = <&[_; 2]>::try_from(&declared.predicates[..]).expect("two predicates have an id");
        assert_eq!((&a.tags[..], &a.key[..]), (&[8, 2][..], &[0, 1][..]));
        assert_eq!(
            a.mapping.as_ref().map(|mapping| &mapping.tie_break),
            Some(&TieBreak::PreferSource(Some(vec!["x".into()])))
        );
        assert_eq!(b.identifies, Some((0, 0)));
        assert!(b.mapping.is_none() && b.key.is_empty());
    }
}

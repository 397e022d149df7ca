//! Row shapes as data: which members a record has and what they hold.

use crate::digest::Digest;
use crate::finding::printable;
use crate::json::{Kind, Value, push_pointer};

/// A record's members, sorted by name, none optional.
pub(crate) type Members = &'static [(&'static str, Type)];

/// What a member may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Type {
    /// A string.
    Text,
    /// A string that is not empty.
    Name,
    /// A string or null.
    MaybeText,
    /// An integer of any size.
    Integer,
    /// An integer that is not negative.
    Count,
    /// An integer or null.
    MaybeInteger,
    /// A time in nanoseconds, as 64 bits hold it, or null.
    MaybeTime,
    /// `true` or `false`.
    Boolean,
    /// `sha256:` and 64 hex digits.
    Digest,
    /// The same, or null.
    MaybeDigest,
    /// Exactly this string.
    Word(&'static str),
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// An array of strings.
    Texts,
    /// An array of strings, sorted, none twice.
    SortedTexts,
    /// The same, and not empty.
    SomeSortedTexts,
    /// An object of non-negative integers.
    Counts,
    /// An object with exactly these members.
    Record(Members),
    /// An array of such values.
    List(&'static Type),
    /// An array of exactly these values.
    Pair(&'static Type, &'static Type),
    /// Such a value of which this is true, in words for messages.
    That(&'static Type, fn(Value<'_>) -> bool, &'static str),
    /// Null or such a value.
    Maybe(&'static Type),
    /// An object with these members and any others.
    Open(&'static [Field]),
    /// An object whose type depends on the text of one of its members.
    By(&'static str, &'static [(&'static str, Type)]),
    /// An integer or a float.
    Number,
    /// Any array.
    Array,
    /// Any object.
    Object,
    /// Anything.
    Any,
}

/// A member of an object that may hold others as well.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Field {
    /// It has to be there.
    Must(&'static str, Type),
    /// It may be absent.
    May(&'static str, Type),
}

/// The shape of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Always the same members.
    Record(Members),
    /// The same, and of the row as a whole this is true, in words for messages.
    RecordThat(Members, fn(Value<'_>) -> bool, &'static str),
    /// Members that depend on the text of one of them.
    By(&'static str, &'static [(&'static str, Members)]),
    /// A name under this member, and at least one more member of any kind.
    Flattened(&'static str),
    /// Any object.
    Any,
}

/// One way in which a value misses its shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// A member is missing.
    Missing(String),
    /// A member stands there that should not.
    Unknown(String),
    /// A value is not of its type.
    Type(String),
}

impl Misfit {
    /// What is to be said about it.
    pub(crate) fn into_text(self) -> String {
        match self {
            Misfit::Missing(text) | Misfit::Unknown(text) | Misfit::Type(text) => text,
        }
    }
}

/// Checks a value that stands at a pointer; `report` gets a pointer and a misfit for each.
pub(super) fn value(value: Value<'_>, of: &Type, pointer: &str, report: &mut dyn FnMut(String, Misfit)) {
    typed(value, of, &mut pointer.to_owned(), report);
}

/// Checks a row; `report` gets a pointer and a misfit for each.
pub(crate) fn check(row: Value<'_>, shape: &Shape, report: &mut dyn FnMut(String, Misfit)) {
    let mut pointer = String::new();
    if row.kind() != Kind::Object {
        return report(pointer, Misfit::Type(format!("the row is {} and should be an object", row.kind().word())));
    }
    match shape {
        Shape::Record(members) => record(row, members, &mut pointer, report),
        Shape::RecordThat(members, holds, wanted) => {
            record(row, members, &mut pointer, report);
            if !holds(row) {
                report(pointer, Misfit::Type(format!("should be {wanted}")));
            }
        }
        Shape::By(name, variants) => {
            let word = row.get_text(name);
            match variants.iter().find(|(variant, _)| word.as_deref() == Some(variant)) {
                Some((_, members)) => record(row, members, &mut pointer, report),
                None if row.get(name).is_none() => {
                    report(pointer, Misfit::Missing(format!("the member {name} is missing")));
                }
                None => {
                    push_pointer(&mut pointer, name);
                    let known: Vec<_> = variants.iter().map(|(variant, _)| *variant).collect();
                    report(pointer, Misfit::Type(format!("should be one of {}", known.join(", "))));
                }
            }
        }
        Shape::Any => {}
        Shape::Flattened(name) => match row.get(name) {
            None => report(pointer, Misfit::Missing(format!("the member {name} is missing"))),
            Some(value) => {
                push_pointer(&mut pointer, name);
                typed(value, &Type::Name, &mut pointer, report);
                if row.pairs().count() < 2 {
                    report(String::new(), Misfit::Missing(format!("there is nothing beside {name}")));
                }
            }
        },
    }
}

/// Checks an object against exact members.
pub(crate) fn record(row: Value<'_>, members: Members, pointer: &mut String, report: &mut dyn FnMut(String, Misfit)) {
    let mut expected = members.iter();
    let in_order =
        row.pairs().all(|(key, _)| expected.next().is_some_and(|(name, _)| key.raw_inner() == Some(name.as_bytes())));
    if in_order && expected.next().is_none() {
        for ((_, value), (name, of)) in row.pairs().zip(members) {
            member(value, name, of, pointer, report);
        }
        return;
    }
    for (name, of) in members {
        match row.get(name) {
            Some(value) => member(value, name, of, pointer, report),
            None => report(pointer.clone(), Misfit::Missing(format!("the member {name} is missing"))),
        }
    }
    for (key, _) in row.members() {
        if !members.iter().any(|(name, _)| *name == key) {
            inside(pointer, &key, |pointer| {
                report(pointer.clone(), Misfit::Unknown("no such member belongs here".into()))
            });
        }
    }
}

/// Checks a member; its pointer is only spelt out where it may be needed.
fn member(value: Value<'_>, name: &str, of: &Type, pointer: &mut String, report: &mut dyn FnMut(String, Misfit)) {
    if !matches!(of, Type::Record(_) | Type::List(_) | Type::Pair(..)) && fits(value, of) {
        return;
    }
    inside(pointer, name, |pointer| typed(value, of, pointer, report));
}

fn inside(pointer: &mut String, name: &str, then: impl FnOnce(&mut String)) {
    let length = pointer.len();
    push_pointer(pointer, name);
    then(pointer);
    pointer.truncate(length);
}

fn each(value: Value<'_>, pointer: &mut String, mut then: impl FnMut(Value<'_>, &mut String)) {
    let length = pointer.len();
    for (n, item) in value.items().enumerate() {
        pointer.push('/');
        pointer.push_str(&n.to_string());
        then(item, pointer);
        pointer.truncate(length);
    }
}

fn typed(value: Value<'_>, of: &Type, pointer: &mut String, report: &mut dyn FnMut(String, Misfit)) {
    if let Type::Record(members) = of
        && value.kind() == Kind::Object
    {
        return record(value, members, pointer, report);
    }
    if let (Type::Open(fields), Kind::Object) = (of, value.kind()) {
        return open(value, fields, pointer, report);
    }
    if let (Type::By(tag, variants), Kind::Object) = (of, value.kind()) {
        let word = value.get_text(tag);
        return match variants.iter().find(|(variant, _)| word.as_deref() == Some(variant)) {
            Some((_, of)) => typed(value, of, pointer, report),
            None if value.get(tag).is_none() => {
                report(pointer.clone(), Misfit::Missing(format!("the member {tag} is missing")));
            }
            None => inside(pointer, tag, |pointer| {
                let known: Vec<_> = variants.iter().map(|(variant, _)| *variant).collect();
                report(pointer.clone(), Misfit::Type(format!("should be one of {}", known.join(", "))));
            }),
        };
    }
    if let Type::Maybe(inner) = of {
        return if value.is_null() {
        } else {
            typed(value, inner, pointer, report)
        };
    }
    if let (Type::List(item), Kind::Array) = (of, value.kind()) {
        return each(value, pointer, |value, pointer| typed(value, item, pointer, report));
    }
    if let (Type::Pair(first, second), 2) = (of, value.items().count()) {
        let mut types = [first, second].into_iter();
        return each(value, pointer, |value, pointer| {
            if let Some(of) = types.next() {
                typed(value, of, pointer, report);
            }
        });
    }
    if let Type::That(inner, holds, wanted) = of {
        typed(value, inner, pointer, report);
        if !holds(value) {
            report(pointer.clone(), Misfit::Type(format!("should be {wanted}")));
        }
        return;
    }
    if !fits(value, of) {
        let seen = printable(&String::from_utf8_lossy(value.raw()), 60);
        report(pointer.clone(), Misfit::Type(format!("is {seen} and should be {}", describe(of))));
    }
}

fn open(row: Value<'_>, fields: &[Field], pointer: &mut String, report: &mut dyn FnMut(String, Misfit)) {
    for field in fields {
        let (Field::Must(name, of) | Field::May(name, of)) = field;
        match row.get(name) {
            Some(value) => inside(pointer, name, |pointer| typed(value, of, pointer, report)),
            None if matches!(field, Field::May(..)) => {}
            None => report(pointer.clone(), Misfit::Missing(format!("the member {name} is missing"))),
        }
    }
}

fn fits(value: Value<'_>, of: &Type) -> bool {
    let kind = value.kind();
    let text = kind == Kind::String;
    match of {
        Type::Text => text,
        Type::Name => text && value.raw().len() > 2,
        Type::MaybeText => text || value.is_null(),
        Type::Integer => kind == Kind::Integer,
        Type::Count => kind == Kind::Integer && value.raw().first() != Some(&b'-'),
        Type::MaybeInteger => kind == Kind::Integer || value.is_null(),
        Type::MaybeTime => value.is_null() || value.integer().is_some(),
        Type::Boolean => matches!(kind, Kind::True | Kind::False),
        Type::Digest => value.raw_inner().is_some_and(Digest::is_token),
        Type::MaybeDigest => value.is_null() || value.raw_inner().is_some_and(Digest::is_token),
        Type::Word(word) => value.is_text(word),
        Type::OneOf(words) => words.iter().any(|word| value.is_text(word)),
        Type::Texts => kind == Kind::Array && value.items().all(|item| item.kind() == Kind::String),
        Type::SortedTexts => kind == Kind::Array && is_sorted(value),
        Type::SomeSortedTexts => kind == Kind::Array && is_sorted(value) && value.items().next().is_some(),
        Type::Counts => kind == Kind::Object && value.pairs().all(|(_, count)| fits(count, &Type::Count)),
        Type::Array => kind == Kind::Array,
        Type::Object => kind == Kind::Object,
        Type::Any => true,
        Type::Number => value.is_number(),
        Type::Record(_) | Type::List(_) | Type::Pair(..) | Type::That(..) => false,
        Type::Maybe(_) | Type::Open(_) | Type::By(..) => false,
    }
}

/// True if no item sorts before the one above it by the texts of these members; other values than texts sort first.
pub(super) fn sorted_by(list: Value<'_>, names: &[&str]) -> bool {
    let mut last = Vec::new();
    list.items().all(|item| {
        let key: Vec<_> = names.iter().map(|name| item.get_text(name)).collect();
        let rises = key >= last;
        last = key;
        rises
    })
}

fn is_sorted(list: Value<'_>) -> bool {
    let mut last = None;
    list.items().all(|item| {
        let text = item.bytes();
        let rises = text.is_some() && text > last;
        last = text;
        rises
    })
}

fn describe(of: &Type) -> String {
    match of {
        Type::Text => "a string".into(),
        Type::Name => "a string that is not empty".into(),
        Type::MaybeText => "a string or null".into(),
        Type::Integer => "an integer".into(),
        Type::Count => "an integer that is not negative".into(),
        Type::MaybeInteger => "an integer or null".into(),
        Type::MaybeTime => "an integer of 64 bits or null".into(),
        Type::Boolean => "true or false".into(),
        Type::Digest => "`sha256:` and 64 hex digits".into(),
        Type::MaybeDigest => "`sha256:` and 64 hex digits, or null".into(),
        Type::Word(word) => format!("{word:?}"),
        Type::OneOf(words) => format!("one of {}", words.join(", ")),
        Type::Texts => "an array of strings".into(),
        Type::SortedTexts => "an array of strings, sorted, none twice".into(),
        Type::SomeSortedTexts => "an array of at least one string, sorted, none twice".into(),
        Type::Counts => "an object of counts".into(),
        Type::Number => "a number".into(),
        Type::Maybe(of) => format!("{} or null", describe(of)),
        Type::Record(_) | Type::Open(_) | Type::By(..) | Type::Object => "an object".into(),
        Type::List(_) | Type::Array => "an array".into(),
        Type::Pair(..) => "an array of two values".into(),
        Type::That(_, _, wanted) => (*wanted).into(),
        Type::Any => "anything".into(),
    }
}

//! Row shapes as data: which members a record has and what they hold.

use crate::digest::Digest;
use crate::finding::printable;
use crate::json::{ByOutline, Kind, Value, push_pointer};

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
pub(crate) fn value(value: Value<'_>, of: &Type, pointer: &str, report: &mut dyn FnMut(String, Misfit)) {
    Walk { pointer: pointer.to_owned(), known: &mut Known::default(), report }.typed(value, of);
}

/// Checks an object against exact members.
pub(crate) fn record(row: Value<'_>, members: Members, report: &mut dyn FnMut(String, Misfit)) {
    Walk { pointer: String::new(), known: &mut Known::default(), report }.record(row, members);
}

/// Checks a row; `report` gets a pointer and a misfit for each.
pub(crate) fn check(row: Value<'_>, shape: &Shape, known: &mut Known, report: &mut dyn FnMut(String, Misfit)) {
    let mut walk = Walk { pointer: String::new(), known, report };
    if row.kind() != Kind::Object {
        return walk.misfit(Misfit::Type(format!("the row is {} and should be an object", row.kind().word())));
    }
    match shape {
        Shape::Record(members) => walk.record(row, members),
        Shape::RecordThat(members, holds, wanted) => {
            walk.record(row, members);
            if !holds(row) {
                walk.misfit(Misfit::Type(format!("should be {wanted}")));
            }
        }
        Shape::By(name, variants) => {
            if let Some(members) = walk.variant(row, name, variants) {
                walk.record(row, members);
            }
        }
        Shape::Any => {}
        Shape::Flattened(name) => match row.get(name) {
            None => walk.misfit(Misfit::Missing(format!("the member {name} is missing"))),
            Some(value) => {
                walk.inside(name, |walk| walk.typed(value, &Type::Name));
                if row.pairs().count() < 2 {
                    walk.misfit(Misfit::Missing(format!("there is nothing beside {name}")));
                }
            }
        },
    }
}

/// Which objects have just the members that some record has, in their order: asked once of all that look alike.
#[derive(Default)]
pub(crate) struct Known(ByOutline<Option<Members>>);

impl Known {
    fn is_exact(&mut self, object: Value<'_>, members: Members) -> bool {
        let in_order = || {
            let mut expected = members.iter();
            let mut same =
                |key: Value<'_>| expected.next().is_some_and(|(name, _)| key.raw_inner() == Some(name.as_bytes()));
            object.pairs().all(|(key, _)| same(key)) && expected.next().is_none()
        };
        let of = self.0.get(object.outline(), || in_order().then_some(members));
        of.is_some_and(|of| std::ptr::eq(of, members)) || in_order()
    }
}

/// A walk through a value, beside what it should be.
struct Walk<'w> {
    pointer: String,
    known: &'w mut Known,
    report: &'w mut dyn FnMut(String, Misfit),
}

impl Walk<'_> {
    fn misfit(&mut self, misfit: Misfit) {
        (self.report)(self.pointer.clone(), misfit);
    }

    fn inside(&mut self, name: &str, then: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        push_pointer(&mut self.pointer, name);
        then(self);
        self.pointer.truncate(length);
    }

    fn record(&mut self, row: Value<'_>, members: Members) {
        if self.known.is_exact(row, members) {
            for ((_, value), (name, of)) in row.pairs().zip(members) {
                self.member(value, name, of);
            }
            return;
        }
        for (name, of) in members {
            match row.get(name) {
                Some(value) => self.member(value, name, of),
                None => self.misfit(Misfit::Missing(format!("the member {name} is missing"))),
            }
        }
        for (key, _) in row.members() {
            if !members.iter().any(|(name, _)| *name == key) {
                self.inside(&key, |walk| walk.misfit(Misfit::Unknown("no such member belongs here".into())));
            }
        }
    }

    /// Checks a member; its pointer is only spelt out where it may be needed.
    fn member(&mut self, value: Value<'_>, name: &str, of: &Type) {
        if !matches!(of, Type::Record(_) | Type::List(_) | Type::Pair(..)) && fits(value, of) {
            return;
        }
        self.inside(name, |walk| walk.typed(value, of));
    }

    /// What belongs to the text of a member.
    fn variant<T: Copy>(&mut self, row: Value<'_>, tag: &str, variants: &[(&str, T)]) -> Option<T> {
        let word = row.get_text(tag);
        let found = variants.iter().find(|(variant, _)| word.as_deref() == Some(variant));
        if found.is_none() && row.get(tag).is_none() {
            self.misfit(Misfit::Missing(format!("the member {tag} is missing")));
        } else if found.is_none() {
            let known: Vec<_> = variants.iter().map(|(variant, _)| *variant).collect();
            self.inside(tag, |walk| walk.misfit(Misfit::Type(format!("should be one of {}", known.join(", ")))));
        }
        found.map(|(_, of)| *of)
    }

    fn typed(&mut self, value: Value<'_>, of: &Type) {
        match (of, value.kind()) {
            (Type::Record(members), Kind::Object) => self.record(value, members),
            (Type::Open(fields), Kind::Object) => self.open(value, fields),
            (Type::By(tag, variants), Kind::Object) => {
                if let Some(of) = self.variant(value, tag, variants) {
                    self.typed(value, &of);
                }
            }
            (Type::Maybe(_), Kind::Null) => {}
            (Type::Maybe(inner), _) => self.typed(value, inner),
            (Type::List(item), Kind::Array) => self.each(value, std::iter::repeat(*item)),
            (Type::Pair(first, second), Kind::Array) if value.items().count() == 2 => {
                self.each(value, [*first, *second].into_iter());
            }
            (Type::That(inner, holds, wanted), _) => {
                self.typed(value, inner);
                if !holds(value) {
                    self.misfit(Misfit::Type(format!("should be {wanted}")));
                }
            }
            _ if fits(value, of) => {}
            _ => {
                let seen = printable(&String::from_utf8_lossy(value.raw()), 60);
                self.misfit(Misfit::Type(format!("is {seen} and should be {}", describe(of))));
            }
        }
    }

    fn each<'t>(&mut self, list: Value<'_>, types: impl Iterator<Item = &'t Type>) {
        for (n, (item, of)) in list.items().zip(types).enumerate() {
            // Its pointer is only spelt out where it may be needed.
            if !fits(item, of) {
                self.inside(&n.to_string(), |walk| walk.typed(item, of));
            }
        }
    }

    fn open(&mut self, row: Value<'_>, fields: &[Field]) {
        for field in fields {
            let (Field::Must(name, of) | Field::May(name, of)) = field;
            match row.get(name) {
                Some(value) => self.inside(name, |walk| walk.typed(value, of)),
                None if matches!(field, Field::May(..)) => {}
                None => self.misfit(Misfit::Missing(format!("the member {name} is missing"))),
            }
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

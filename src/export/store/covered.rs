//! What the digests of a workspace cover: meta values, assertions, and the state as a whole.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha3::Shake256;
use sha3::digest::{ExtendableOutput as _, Update as _, XofReader as _};

use super::value::{MAX_DEPTH, Term, broken, integer, push_terms};
use crate::digest::Digest;
use crate::error::Result;
use crate::facts::tuple::{push_head, push_sized};
use crate::json::{Kind, Scanner, Value, canonical_value};

const ASSERTION: &[u8] = b"factpy\0assertion_v1\0";
const ELEMENT: &[u8] = b"factgraph\0dbstate_element_v2\0";
const LTHASH: &[u8] = b"factgraph\0lthash16-v2\0element\0";
const LANES: usize = 1024;

/// The one scheme of state digests that is known.
pub(super) const SCHEME: &str = "lthash16-v2";

/// One meta value as digests cover it; without a kind it takes back what was said. Its order is theirs.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) kind: String,
    pub(super) bytes: Vec<u8>,
}

impl Entry {
    /// A meta value as the ledger stores it.
    pub(super) fn stored(key: &str, kind: Option<&str>, value: Option<&str>) -> Result<Self> {
        let bytes = match (kind, value) {
            (None, None) => Some(Vec::new()),
            (Some(kind), Some(value)) => of_text(kind, value),
            _ => None,
        };
        let wrong = || broken(format!("the meta value {key:?} of the kind {kind:?} cannot be read"));
        Ok(Self { key: key.to_owned(), kind: kind.unwrap_or_default().to_owned(), bytes: bytes.ok_or_else(wrong)? })
    }

    /// A meta value as transactions spell it.
    pub(super) fn spelt(entry: Value<'_>) -> Option<Self> {
        let [key, kind, value] = exactly(entry, &["key", "kind", "value"])?;
        let key = key.text().filter(|key| !key.is_empty())?.into_owned();
        if kind.is_null() && value.is_null() {
            return Some(Self { key, kind: String::new(), bytes: Vec::new() });
        }
        let kind = kind.text()?.into_owned();
        let bytes = of_value(&kind, value)?;
        Some(Self { key, kind, bytes })
    }

    pub(super) fn takes_back(&self) -> bool {
        self.kind.is_empty()
    }
}

/// The members of an object that has these and no others.
pub(super) fn exactly<'a, const N: usize>(value: Value<'a>, names: &[&str; N]) -> Option<[Value<'a>; N]> {
    let found = (value.kind() == Kind::Object && value.members().count() == N).then(|| value.gather(names))?;
    let mut all = [value; N];
    for (place, found) in all.iter_mut().zip(found) {
        *place = found?;
    }
    Some(all)
}

fn of_text(kind: &str, value: &str) -> Option<Vec<u8>> {
    Some(match kind {
        "str" => value.as_bytes().to_vec(),
        "int" => integer(value)?.parse::<i64>().ok()?.to_string().into_bytes(),
        "time" => integer(value)?.parse::<i64>().ok()?.to_be_bytes().to_vec(),
        "float" => float(value)?,
        "bool" => vec![u8::from(value.parse::<bool>().ok()?)],
        "json" => canonical_value(Scanner::new(MAX_DEPTH).scan(value.as_bytes()).ok()?.root(), None)?,
        _ => return None,
    })
}

fn of_value(kind: &str, value: Value<'_>) -> Option<Vec<u8>> {
    let raw = || std::str::from_utf8(value.raw()).ok();
    match (kind, value.kind()) {
        ("str", Kind::String) => Some(value.text()?.into_owned().into_bytes()),
        ("int" | "time", Kind::Integer) | ("bool", Kind::True | Kind::False) => of_text(kind, raw()?),
        ("float", Kind::Integer | Kind::Float) => float(raw()?),
        ("json", _) => canonical_value(value, None),
        _ => None,
    }
}

fn float(text: &str) -> Option<Vec<u8>> {
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    Some((if number == 0.0 { 0.0 } else { number }).to_be_bytes().to_vec())
}

/// Appends meta values in their order.
pub(super) fn push_entries(out: &mut Vec<u8>, entries: &[&Entry]) {
    let mut entries = entries.to_vec();
    entries.sort_unstable();
    out.extend_from_slice(&(entries.len() as u32).to_be_bytes());
    for entry in entries {
        [entry.key.as_bytes(), entry.kind.as_bytes(), &entry.bytes].into_iter().for_each(|part| push_sized(out, part));
    }
}

/// The digest of an assertion with what was said about it when it was written.
pub(super) fn assertion(
    predicate: &str,
    entity: &str,
    terms: &[Term],
    schema: &str,
    said: &[&Entry],
) -> Result<Digest> {
    let subject = Term { tag: "entity_ref".to_owned(), text: entity.to_owned() };
    let mut tuple = Vec::new();
    push_head(&mut tuple, terms.len() as u32 + 1);
    push_terms(&mut tuple, std::iter::once(&subject).chain(terms))?;
    let mut entries = Vec::new();
    push_entries(&mut entries, said);
    let mut out = ASSERTION.to_vec();
    [predicate.as_bytes(), &tuple, schema.as_bytes(), &entries].into_iter().for_each(|part| push_sized(&mut out, part));
    Ok(Digest::of(&out))
}

/// The sum of all assertions that hold, whatever their order: 1024 lanes of 16 bits.
///
/// Source: LtHash, <https://engineering.fb.com/2019/03/01/security/homomorphic-hashing/>, expanded by SHAKE256.
pub(super) struct State([u16; LANES]);

impl State {
    pub(super) fn empty() -> Self {
        Self([0; LANES])
    }

    /// Adds an assertion by its id and the token of its digest.
    pub(super) fn add(&mut self, id: &str, digest: &str) {
        let mut element = ELEMENT.to_vec();
        push_sized(&mut element, id.as_bytes());
        push_sized(&mut element, digest.as_bytes());
        let mut shake = Shake256::default();
        shake.update(LTHASH);
        shake.update(&(element.len() as u64).to_be_bytes());
        shake.update(&element);
        let mut lanes = [0; LANES * 2];
        shake.finalize_xof().read(&mut lanes);
        for (lane, bytes) in self.0.iter_mut().zip(lanes.chunks_exact(2)) {
            *lane = lane.wrapping_add(u16::from_le_bytes([bytes[0], bytes[1]]));
        }
    }

    /// The sum as a store spells it.
    pub(super) fn token(&self) -> String {
        let bytes: Vec<u8> = self.0.iter().flat_map(|lane| lane.to_le_bytes()).collect();
        format!("{SCHEME}:{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

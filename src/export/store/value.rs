//! Values as a store holds them, and as packages do.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, general_purpose};

use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::facts::tuple::{push_head, push_text, tag as tag_number};
use crate::json::{Kind, Scanner, Value, canonical_value, python_float};

use super::object::text;

/// How deep JSON in a store may nest.
pub(super) const MAX_DEPTH: usize = 512;

const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An argument of an assertion, as `claim_arg.facts` spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) tag: String,
    pub(super) text: String,
}

/// A store that is not what its format says.
pub(super) fn broken(what: impl Into<String>) -> Error {
    Error::new("the store is broken")
        .because(what.into())
        .hint("the real exporter refuses it, too; restore it from a copy")
}

/// The arguments of an assertion: several as JSON, one as text.
pub(super) fn terms(rest: Option<&str>, value: Option<&str>, tag: Option<&str>) -> Result<Vec<Term>> {
    let listed = match rest {
        None | Some("[]") => Vec::new(),
        Some(rest) => listed(rest)?,
    };
    match (value, tag) {
        (Some(_), Some(_)) if !listed.is_empty() => Err(broken("an assertion has its arguments in two places")),
        (Some(value), Some(tag)) => Ok(vec![Term { tag: tag.to_owned(), text: cell(tag, value)? }]),
        (None, None) => Ok(listed),
        _ => Err(broken("an assertion has a value without a tag, or a tag without a value")),
    }
}

/// `[[tag, value], …]`.
fn listed(rest: &str) -> Result<Vec<Term>> {
    let wrong = || broken(format!("the arguments {rest:?} cannot be read"));
    let mut scanner = Scanner::new(MAX_DEPTH);
    let document = scanner.scan(rest.as_bytes()).map_err(|_| wrong())?;
    let term = |pair: Value<'_>| {
        let mut parts = pair.items();
        let (tag, value) = (parts.next()?.text()?.into_owned(), parts.next()?);
        let raw = || String::from_utf8_lossy(value.raw()).into_owned();
        let text = match (tag.as_str(), value.kind()) {
            ("float64", Kind::Integer | Kind::Float) => cell("float64", &raw()).ok()?,
            ("float64", Kind::String) => value.text()?.into_owned(),
            ("bytes", Kind::Object) => {
                let coded = value.get_text("__factpy_bytes_b64__")?;
                URL_SAFE_NO_PAD.encode(general_purpose::STANDARD.decode(coded.as_bytes()).ok()?)
            }
            ("int" | "time", Kind::Integer) | ("bool", Kind::True | Kind::False) => raw(),
            (_, Kind::String) => value.text()?.into_owned(),
            _ => return None,
        };
        Some(Term { tag, text })
    };
    document.root().items().map(|pair| term(pair).ok_or_else(wrong)).collect()
}

/// The text of the one argument: floats as their bits, the rest as it is stored.
fn cell(tag: &str, value: &str) -> Result<String> {
    let wrong = || broken(format!("{value:?} is no {tag}"));
    Ok(match tag {
        "float64" => {
            let number: f64 = value.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(wrong)?;
            let number = if number == 0.0 { 0.0 } else { number };
            format!("0x{:016x}", number.to_bits())
        }
        "int" | "time" => integer(value).ok_or_else(wrong)?,
        "bool" if matches!(value, "true" | "false") => value.to_owned(),
        "bytes" => URL_SAFE_NO_PAD.encode(URL_SAFE.decode(value.as_bytes()).map_err(|_| wrong())?),
        "string" | "entity_ref" | "uuid" => value.to_owned(),
        _ => return Err(wrong()),
    })
}

/// A decimal number in its one form.
pub(super) fn integer(value: &str) -> Option<String> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_short = digits == "0" || !digits.starts_with('0');
    (is_plain && is_short && value != "-0").then(|| value.to_owned())
}

/// The digest of an assertion's arguments.
pub(super) fn tuple_digest(terms: &[Term]) -> Result<Digest> {
    let mut bytes = Vec::new();
    push_head(&mut bytes, u32::try_from(terms.len()).map_err(|_| broken("an assertion has too many arguments"))?);
    push_terms(&mut bytes, terms)?;
    Ok(Digest::of(&bytes))
}

/// Appends arguments as digests cover them.
pub(super) fn push_terms<'t>(out: &mut Vec<u8>, terms: impl IntoIterator<Item = &'t Term>) -> Result<()> {
    for term in terms {
        let is_one = tag_number(&term.tag).is_some_and(|tag| push_text(out, tag, &term.text));
        if !is_one {
            return Err(broken(format!("{:?} is no {}", term.text, term.tag)));
        }
    }
    Ok(())
}

/// A meta value as `meta_*.facts` spell it; values of the kind `json` are in none of them.
pub(super) fn meta(kind: &str, value: &str) -> Result<String> {
    let wrong = || broken(format!("{value:?} is no meta value of the kind {kind}"));
    Ok(match kind {
        "str" | "json" => value.to_owned(),
        "int" | "time" => integer(value).ok_or_else(wrong)?,
        "float" => match python_float(value.as_bytes()).ok_or_else(wrong)?.as_str() {
            "-0.0" => "0.0".to_owned(),
            float => float.to_owned(),
        },
        "bool" if matches!(value, "true" | "false") => value.to_owned(),
        _ => return Err(wrong()),
    })
}

/// A meta value as JSON.
pub(super) fn meta_json(kind: &str, value: &str) -> Result<Vec<u8>> {
    let wrong = || broken(format!("{value:?} is no meta value of the kind {kind}"));
    match kind {
        "str" => Ok(text(value)),
        "json" => {
            let mut scanner = Scanner::new(MAX_DEPTH);
            let document = scanner.scan(value.as_bytes()).map_err(|_| wrong())?;
            if value.contains("__factpy_bytes_b64__") {
                return Err(broken("an annotation holds bytes").hint("the real exporter cannot write these either"));
            }
            canonical_value(document.root(), None).ok_or_else(wrong)
        }
        _ => meta(kind, value).map(String::into_bytes),
    }
}

/// What an annotation's storage key stands for: a JSON object in base64.
pub(super) fn annotation_key(token: &str) -> Option<Vec<u8>> {
    (!token.is_empty()).then(|| URL_SAFE.decode(token.as_bytes()).ok()).flatten()
}

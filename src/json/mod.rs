//! Strict JSON: what serde_json forgives (duplicate keys, rounded integers, lone surrogates) is a fault with a place here.

mod canonical;
mod digits;
mod keysort;
mod likely;
mod outline;
mod scan;
mod token;
mod value;

pub use canonical::{canonical_bytes, canonical_value, push_string, python_float};
pub(crate) use digits::{integer, unsigned};
pub use keysort::push_keysorted;
pub(crate) use outline::ByOutline;
pub use scan::{Deviation, Fault, FaultKind, Scanner};
pub(crate) use token::ascii_run;
pub use value::{Document, Kind, Value, push_pointer};

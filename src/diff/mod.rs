//! What really differs between two packages, or two event logs: records matched by what they mean, not by where they stand or what they
//! are called.
//!
//! Each kind of records says as data what identifies one in any run, which members are clocks, and which are ids of other
//! records. First the bytes of all records are compared; only what is left is parsed, its ids are followed to what they
//! stand for, and records with equal keys are matched. Rows are never held, but for those that differ.

mod alike;
mod answer;
mod changes;
mod claim;
mod compare;
mod documented;
mod events;
mod facts;
pub mod form;
mod joint;
mod key;
mod kinds;
mod labels;
mod mask;
mod names;
mod naming;
mod observed;
mod packed;
mod pair;
mod parser;
mod passing;
mod raw;
mod report;
mod review;
mod role;
mod side;
mod split;
mod standing;
mod textconv;
mod together;
mod tree;

pub use answer::{Answer, Change, Changes, Ledger, Totals};
pub use compare::{Compared, Options, compare};
pub use pair::Door;
pub use raw::raw;
pub use report::{Extent, Form, Report};
pub use review::{Review, Topic};
pub use standing::Standing;
pub use textconv::textconv;
pub use tree::{Field, Tree};

/// The names of all kinds of records, sorted.
pub fn ledger_names() -> Vec<&'static str> {
    let mut names: Vec<_> =
        kinds::FACTGRAPH.iter().chain(documented::KINDS).chain(events::KINDS).map(|kind| kind.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

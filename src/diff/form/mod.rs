//! Forms in which a report is told: one file a form.

mod html;
mod json;
mod markdown;
mod plain;
mod stat;
mod text;

pub(super) use plain::{leaves, plain};

pub use html::render as html;
pub use json::render as json;
pub use markdown::render as markdown;
pub use stat::render as stat;
pub use text::render as text;

//! Forms in which a report is told: one file a form.

mod json;
mod plain;
mod stat;
mod text;

pub use json::render as json;
pub use stat::render as stat;
pub use text::render as text;

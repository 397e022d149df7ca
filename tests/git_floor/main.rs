//! The git floor, with git itself as the referee.

mod hooks;
mod index;
mod reading;
mod refs;
mod support;
mod writing;

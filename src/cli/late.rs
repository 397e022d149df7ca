//! Commands that are declared when they are called: most calls are of one.

use std::ops::Deref;

use clap::builder::Resettable;
use clap::{ArgMatches, Args, Command, FromArgMatches};

/// Arguments of a command that nobody spells out before somebody asks for it. What it is for stands at the variant.
#[derive(Debug)]
pub(super) struct Late<A>(A);

impl<A> Deref for Late<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.0
    }
}

impl<A: FromArgMatches> FromArgMatches for Late<A> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        A::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl<A: Args> Args for Late<A> {
    fn augment_args(command: Command) -> Command {
        command.defer(declare::<A>)
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(declare::<A>)
    }
}

/// Groups of arguments have words of their own about themselves, which are not the command's.
fn declare<A: Args>(command: Command) -> Command {
    let [about, more] = [command.get_about(), command.get_long_about()].map(|text| Resettable::from(text.cloned()));
    A::augment_args(command).about(about).long_about(more)
}

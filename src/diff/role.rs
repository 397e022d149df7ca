//! What the members of a record are to a comparison: said as data, walked by `mask`.

/// What an id stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Pool {
    Claim,
    Candidate,
    Decision,
    Run,
    Round,
    Support,
    Trace,
}

impl Pool {
    /// Every pool.
    pub(super) const ALL: [Pool; 7] =
        [Pool::Claim, Pool::Candidate, Pool::Decision, Pool::Run, Pool::Round, Pool::Support, Pool::Trace];

    /// How an alias of it begins.
    pub(super) fn word(self) -> &'static str {
        match self {
            Pool::Claim => "assertion",
            Pool::Candidate => "candidate",
            Pool::Decision => "decision",
            Pool::Run => "run",
            Pool::Round => "round",
            Pool::Support => "support",
            Pool::Trace => "trace",
        }
    }
}

/// What a value is to a comparison. Members that no declaration names are plain.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role {
    /// The value itself counts.
    Plain,
    /// A clock, or what follows from clocks and ids: no two runs share it.
    Volatile,
    /// The same in a record that has this member too.
    VolatileBeside(&'static str),
    /// The record's own id.
    Own,
    /// An id, followed to what it stands for.
    Id(Pool),
    /// The same where another member of the record is this text.
    IdWhere(Pool, &'static str, &'static str),
    /// Ids in an order of their own.
    Ids(Pool),
    /// The id of a trace, a colon, and a step in it.
    Step,
    /// A value in which ids of any pool may stand as texts, alone or behind a colon.
    Anywhere,
    /// An array of such values.
    Each(&'static Role),
    /// An object with such members.
    Record(Members),
}

impl Role {
    fn may_hide_ids(self) -> bool {
        match self {
            Role::Anywhere => true,
            Role::Each(role) => role.may_hide_ids(),
            Role::Record(members) => members.iter().any(|(_, role)| role.may_hide_ids()),
            _ => false,
        }
    }

    /// True if an id of this pool may stand there.
    fn may_name(self, pool: Pool) -> bool {
        match self {
            Role::Id(named) | Role::Ids(named) | Role::IdWhere(named, ..) => named == pool,
            Role::Step => pool == Pool::Trace,
            Role::Anywhere => true,
            Role::Each(role) => role.may_name(pool),
            Role::Record(members) => members.iter().any(|(_, role)| role.may_name(pool)),
            Role::Plain | Role::Volatile | Role::VolatileBeside(_) | Role::Own => false,
        }
    }
}

/// The members of a record that are not plain.
pub(super) type Members = &'static [(&'static str, Role)];

/// The role of a member.
pub(super) fn role_of(members: Members, name: &str) -> Role {
    members.iter().find(|(known, _)| *known == name).map_or(Role::Plain, |(_, role)| *role)
}

/// Where the records of a kind come from.
#[derive(Clone, Copy)]
pub(super) enum Origin {
    /// A JSONL file: its place, or for the documented dialect its name in the manifest.
    Rows(&'static str),
    /// A JSON document that is one record.
    Document(&'static str),
    /// A JSON document that holds many, one JSON text each.
    Parts(&'static str, Split),
    /// The tables of facts: a record for each claim.
    Facts,
    /// Every file that nothing else reads.
    Files,
}

/// Takes a document apart.
pub(super) type Split = fn(crate::json::Value<'_>, &mut Vec<Vec<u8>>);

/// One kind of records, and what a comparison has to know about it.
pub(super) struct Kind {
    /// Its name in answers.
    pub(super) name: &'static str,
    pub(super) origin: Origin,
    /// The members that identify a record in any run: `a|b` is the first that is present, `list/*/a` a member of each item,
    /// `?a` one that counts if no other is there. None: there is one record.
    pub(super) key: &'static [&'static str],
    /// Members with ids that stand for this record elsewhere; `a|b` is the first that is present. Of `a/b`, b in a, the id
    /// stands for the part that a is.
    pub(super) own: &'static [(&'static str, Pool)],
    /// The members that are not plain.
    pub(super) members: Members,
}

impl Kind {
    /// True if ids may stand inside texts of its records, where only who knows them all finds them.
    pub(super) fn may_hide_ids(&self) -> bool {
        Role::Record(self.members).may_hide_ids()
    }

    /// True if its records may name others by ids of this pool.
    pub(super) fn may_name(&self, pool: Pool) -> bool {
        Role::Record(self.members).may_name(pool)
    }
}

//! `batool hook`: guards that git asks before it commits or takes a push in.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use batool::archive::Archive;
use batool::archive::guard::{self, HookState, Place, Ruling, Server, Update};
use batool::archive::policy::Policy;
use batool::error::{Doing, Error};
use batool::finding::printable;
use batool::git::Repo;
use batool::judge::Verdict;
use clap::{Subcommand, ValueEnum};
use serde_json::json;

use crate::cli::bytes::bytes;
use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::term::{Format, Term};

/// A push that names more than this is no push.
const MOST_INPUT: u64 = 64 << 20;
/// How long a pusher waits before he is told how far it is.
const PATIENCE: Duration = Duration::from_secs(2);
/// So many reasons are told.
const MOST_REASONS: usize = 50;

/// A member of a server's floor, and its value.
type Member = (&'static str, String);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    archive: ArchiveArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the hooks; those that are there run first
    Install {
        /// For the repository that others push to
        #[arg(long)]
        server: bool,
        /// What every push is held to, whatever the archive's own policy becomes: a batool.toml, or its [policy] alone.
        /// Without it the server's floor stays as it is; where there is none, it is the policy of the branch's tip
        #[arg(long, value_name = "FILE", requires = "server")]
        policy: Option<PathBuf>,
        /// Largest push that a server takes, in bytes or with k, m or g [default: 4g]
        #[arg(long, value_name = "SIZE", requires = "server", value_parser = bytes::<u64>)]
        max_push: Option<u64>,
        /// For hosts that run no pre-receive: install `update`
        #[arg(long, requires = "server")]
        update: bool,
    },
    /// Say which hooks are installed and would run
    Status {
        /// How to tell the answer
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Be a hook: called by git, not by people
    Run {
        /// Which
        #[arg(value_enum)]
        name: Name,
        /// What git tells the hook
        arguments: Vec<String>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Name {
    /// Judges what is staged
    PreCommit,
    /// The same for a merge
    PreMergeCommit,
    /// Looks at references that are about to move
    ReferenceTransaction,
    /// Judges a push on the server, before anything is taken in
    PreReceive,
    /// The same a reference, on servers that have no pre-receive
    Update,
}

pub(crate) fn run(args: &Args, term: &mut Term) -> Result<Exit, Failure> {
    match &args.command {
        Command::Install { server, policy, max_push, update } => {
            let program = std::env::current_exe().doing(|| "cannot find this program".into())?;
            let place = if *server {
                let policy = policy.as_deref().map(read_policy).transpose()?;
                Place::Server(Server { policy, max_push: *max_push, update_only: *update })
            } else {
                Place::Clone
            };
            for hook in guard::install(repository(&args.archive)?, &program, &place)? {
                let kept = if hook.is_chained { ", after the hook that was there" } else { "" };
                term.answer(format!("installed {}{kept}\n", hook.path.display()).as_bytes())?;
            }
            Ok(Exit::Done)
        }
        Command::Status { format } => {
            let repo = repository(&args.archive)?;
            term.answer(&tell(&guard::status(&repo)?, guard::floor_of(&repo)?, *format))?;
            Ok(Exit::Done)
        }
        Command::Run { name, arguments } => {
            let ruling = ask(*name, arguments, term)?;
            if ruling.verdict != Verdict::Verified {
                term.say(&refusal(&ruling));
            }
            Ok(Exit::Verdict(ruling.verdict))
        }
    }
}

fn ask(name: Name, arguments: &[String], term: &Term) -> Result<Ruling, Failure> {
    let archive = Archive::of_hook(Repo::discover_from_environment()?)?;
    let updates = match (name, arguments) {
        (Name::PreCommit | Name::PreMergeCommit, _) => None,
        (Name::Update, [reference, old, new]) => Some(vec![Update::parse(&format!("{old} {new} {reference}"))?]),
        (Name::Update, _) => return Err(Failure::usage("git calls update with three arguments", "leave it to git")),
        (Name::ReferenceTransaction, [state]) if state != "prepared" => return Ok(Ruling::default()),
        (Name::PreReceive | Name::ReferenceTransaction, _) => {
            let mut text = String::new();
            let input = std::io::stdin().take(MOST_INPUT);
            { input }.read_to_string(&mut text).doing(|| "cannot read what git says".into())?;
            let lines = text.lines().filter(|line| !line.is_empty());
            let is_symbolic = |line: &&str| line.split(' ').take(2).any(|value| value.starts_with("ref:"));
            let (links, plain): (Vec<_>, Vec<_>) = lines.partition(is_symbolic);
            let names = links.iter().filter_map(|line| line.splitn(3, ' ').nth(2));
            if let Some(ruling) = archive.as_ref().and_then(|archive| archive.judge_links(names)) {
                return Ok(ruling);
            }
            Some(plain.into_iter().map(Update::parse).collect::<Result<Vec<_>, Error>>()?)
        }
    };
    let Some(archive) = archive else { return Ok(Ruling::default()) };
    Ok(match updates {
        Some(updates) if matches!(name, Name::ReferenceTransaction) => archive.judge_references(&updates)?,
        Some(updates) => {
            let mut progress = Told { last: Instant::now() };
            let mut tell = |n, all| progress.tell(term, n, all);
            match (name, updates.as_slice()) {
                (Name::Update, [update]) => archive.receive_one(update, &mut tell)?,
                _ => archive.receive(&updates, &mut tell)?,
            }
        }
        None => archive.judge_staged(matches!(name, Name::PreMergeCommit))?,
    })
}

/// A policy in a file.
fn read_policy(path: &Path) -> Result<Policy, Error> {
    let doing = || format!("cannot use {}", path.display());
    Policy::parse_file(&std::fs::read(path).doing(doing)?).doing(doing)
}

/// What a pusher was told of progress; git passes it on to another machine's terminal, line by line.
struct Told {
    last: Instant,
}

impl Told {
    fn tell(&mut self, term: &Term, n: usize, all: usize) {
        if self.last.elapsed() >= PATIENCE && n < all {
            self.last = Instant::now();
            term.say(&format!("batool: judged {n} of {all} runs\n"));
        }
    }
}

/// The repository of the archive; a server's may be empty yet.
fn repository(place: &ArchiveArgs) -> Result<Repo, Error> {
    match place.path() {
        Some(path) => Repo::open(path),
        None => Repo::discover(Path::new(".")),
    }
}

fn refusal(ruling: &Ruling) -> String {
    let mut text = format!("batool: refused ({})\n", ruling.verdict.word());
    for reason in ruling.reasons.iter().take(MOST_REASONS) {
        text.push_str(&format!("  {}\n", printable(reason, 500)));
    }
    let more = ruling.reasons.len().saturating_sub(MOST_REASONS);
    if more > 0 {
        text.push_str(&format!("  and {more} more\n"));
    }
    ruling.hints.iter().for_each(|hint| text.push_str(&format!("  hint: {}\n", printable(hint, 500))));
    text
}

fn tell(states: &[(&'static str, HookState)], floor: Option<Vec<Member>>, format: Format) -> Vec<u8> {
    match format {
        Format::Text => {
            let lines = states.iter().map(|(name, state)| format!("{name:<18} {}\n", state.words()));
            let floor = floor
                .into_iter()
                .flatten()
                .map(|(name, value)| format!("floor {name:<15} {}\n", printable(&value, 300)));
            lines.chain(floor).collect::<String>().into_bytes()
        }
        Format::Json => {
            let hooks: serde_json::Map<String, serde_json::Value> =
                states.iter().map(|(name, state)| ((*name).to_owned(), state.words().into())).collect();
            let floor: Option<serde_json::Map<String, serde_json::Value>> =
                floor.map(|floor| floor.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect());
            format!("{}\n", json!({ "floor": floor, "hooks": hooks, "schema": "batool/hook-status/1" })).into_bytes()
        }
    }
}

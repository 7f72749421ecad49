//! shmcore measured against what a user would pick instead: claims of speed that anyone can repeat. What the tables mean is told by
//! the README of this folder.

#[path = "../../rivals/boost.rs"]
mod boost;
#[path = "../../bounded/mod.rs"]
mod bounded;
#[path = "../../by_hand/mod.rs"]
#[allow(unsafe_code, reason = "calls libc")]
mod by_hand;
#[allow(unsafe_code, reason = "calls libc")]
mod curves;
#[path = "../../deaths/mod.rs"]
mod deaths;
#[path = "../../derives/mod.rs"]
mod derives;
#[path = "../../rivals/glibc.rs"]
#[allow(unsafe_code, reason = "calls libc")]
mod glibc;
mod machine;
mod options;
#[path = "../../ours/mod.rs"]
mod ours;
#[allow(unsafe_code, reason = "what they are called by is unsafe in most of them")]
mod peers;
mod picture;
#[path = "../../rivals/mod.rs"]
#[allow(unsafe_code, reason = "calls libc")]
mod rivals;
#[allow(unsafe_code, reason = "some peers give addresses only")]
mod rows;
#[path = "../../sides/mod.rs"]
#[expect(dead_code, reason = "the tables are other ones")]
mod sides;
mod summary;
mod table;
#[path = "../../workloads/mod.rs"]
mod workloads;

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use boost::Boost;
use curves::Curve;
use machine::Machine;
use options::{Options, Pace, USAGE, Wish};
use rows::notice::HOLD_A_NODE;
use table::Table;

/// Why a column is empty.
const WITHOUT_BOOST: &str = "g++ or Boost's headers are missing (Debian: g++, libboost-dev)";
const WITHOUT_ICEORYX2: &str = "built with --no-default-features (it needs Debian's libclang-dev)";

/// What every table is given.
pub(crate) struct Context {
    pace: Pace,
    /// Asked for by [`Context::boost`].
    boost: OnceCell<Option<Boost>>,
    /// For what is made on the way.
    folder: PathBuf,
}

impl Context {
    /// Boost, which is compiled when it is first asked for; `None` if it is not on this machine.
    fn boost(&self) -> Option<&Boost> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rivals/boost.cpp");
        self.boost.get_or_init(|| Boost::new(&source, &self.folder)).as_ref()
    }
}

/// What makes a table.
type Make = fn(&Context) -> Table;

const TABLES: [(&str, Make); 8] = [
    ("regions", rows::regions::table),
    ("locks", rows::locks::table),
    ("notice", rows::notice::table),
    ("seqlocks", rows::seqlocks::table),
    ("fixed", rows::fixed::table),
    ("growing", rows::growing::table),
    ("allocate", rows::allocate::table),
    ("derive", rows::derive::table),
];

/// What makes a curve, or some that are measured at once.
type MakeCurves = fn(&Context) -> Vec<Curve>;

const CURVES: [(&str, MakeCurves); 5] = [
    ("attach-by-size", curves::attach),
    ("ask-by-processes", curves::ask),
    ("notice-by-processes", curves::notice),
    ("maps-by-entries", curves::maps),
    ("allocate-by-blocks", curves::allocate),
];

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|argument| argument == HOLD_A_NODE) {
        rows::notice::hold_a_node();
        return ExitCode::SUCCESS;
    }
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    if let Some(unknown) = options.only.iter().find(|only| !names().any(|name| name == *only)) {
        eprintln!("there is no table or curve `{unknown}`; --list prints their names");
        return ExitCode::FAILURE;
    }
    match options.wish {
        Wish::Help => println!("{USAGE}"),
        Wish::List => names().for_each(|name| println!("{name}")),
        Wish::Measure => return measure(&options),
    }
    ExitCode::SUCCESS
}

fn measure(options: &Options) -> ExitCode {
    let machine = Machine::this();
    println!("# shmcore measured against what a user would pick instead\n\n{}\n", machine.line());
    if options.pace == Pace::Quick {
        println!("A quick run: these figures are noise.\n");
    }
    let program = std::env::current_exe().expect("this program");
    let folder = program.parent().expect("a program is in a folder");
    let context = Context { pace: options.pace, boost: OnceCell::new(), folder: folder.to_owned() };
    println!("{}", summary::guarantees());
    let mut tables = Vec::new();
    for (name, make) in TABLES.into_iter().filter(|(name, _)| options.wants(name)) {
        eprintln!("measuring {name}");
        let table = make(&context);
        println!("\n{table}");
        tables.push(table);
    }
    for (name, make) in CURVES.into_iter().filter(|(name, _)| options.wants(name)) {
        eprintln!("measuring {name}");
        for curve in make(&context) {
            println!("\n{curve}");
        }
    }
    if !tables.is_empty() {
        println!("\n{}", summary::faster(&tables));
    }
    let Some(path) = &options.svg else { return ExitCode::SUCCESS };
    match fs::write(path, picture::draw(&tables, &machine, options.pace)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write {}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.0).chain(CURVES.iter().map(|curve| curve.0))
}

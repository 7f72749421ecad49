//! Thousands of random type definitions, each judged twice: by a model of its own and by the compiler.
//!
//! The model (`model`, `bytes`) is written from the Reference and the docs of the traits; it shares no code with the
//! derive or with shmcore's layout. What it accepts is compiled and reports on itself; what it refuses (`refuse`)
//! must be refused by rustc, each definition on its own lines. It is apart from the UI tests, which are about words,
//! by being about the decision.
//!
//! `SHM_GENERATED_SEED` sets another seed than the fixed one, and `SHM_GENERATED_TYPES` another number of definitions.

#![allow(clippy::format_push_string, reason = "text is read more easily in the form that it will have")]

mod bytes;
mod definition;
mod generate;
mod model;
mod refuse;
mod source;
mod spelling;
mod workspace;

use std::path::PathBuf;
use std::time::Instant;

use definition::Ty;
use generate::Generator;
use model::Model;
use refuse::Refused;
use workspace::{CompileError, Workspace};

/// Compiled in parallel.
const SHARDS: usize = 2;

/// Definitions in one file.
const FILE: usize = 100;

/// What one pair of crates holds.
struct Shard {
    accepted: String,
    refused: String,
    generator: Generator,
    /// Label and type of what reports on itself.
    cases: Vec<(String, Ty)>,
    mistakes: Vec<Refused>,
}

fn from_env(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

#[test]
fn derive_and_rustc_agree_with_an_independent_model() {
    let start = Instant::now();
    let seed = from_env("SHM_GENERATED_SEED", 20_260_101);
    let types = usize::try_from(from_env("SHM_GENERATED_TYPES", 3_000)).expect("a number of types");
    println!("SHM_GENERATED_SEED={seed} SHM_GENERATED_TYPES={types}");

    let mut shards: Vec<Shard> = (0..SHARDS).map(|index| shard(index, seed, types / SHARDS)).collect();
    let members = shards.iter().flat_map(|shard| [shard.accepted.clone(), shard.refused.clone()]);
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("generated");
    let workspace = Workspace::create(&root, &members.collect::<Vec<_>>());
    for shard in &mut shards {
        write_accepted(&workspace, shard);
        write_refused(&workspace, shard);
    }
    let generated = start.elapsed();
    let errors = workspace.build(&[]);
    let built = start.elapsed();

    let mut failures = Vec::new();
    let (mut accepted, mut reports, mut refused) = (0, 0, 0);
    for shard in &mut shards {
        let of =
            |krate: &str| errors.iter().filter(|error| error.krate == krate).cloned().collect::<Vec<_>>();
        accepted += shard.generator.defs.len();
        reports += check_accepted(&workspace, shard, &of(&shard.accepted), &mut failures);
        refused += shard.mistakes.len();
        if reports > 0 {
            check_refused(&workspace, shard, of(&shard.refused), &mut failures);
        }
    }
    println!(
        "{accepted} definitions accepted ({reports} types compared), {refused} refused; \
         generated in {generated:.1?}, first build until {built:.1?}, all in {:.1?}",
        start.elapsed()
    );
    let shown = failures.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n\n");
    assert!(failures.is_empty(), "{} disagreements (seed {seed}):\n\n{shown}", failures.len());
}

fn shard(index: usize, seed: u64, types: usize) -> Shard {
    let mut generator = Generator::new(seed.wrapping_mul(31).wrapping_add(index as u64));
    let accepted = types * 55 / 100;
    for number in 0..accepted {
        generator.add(&format!("T{number}"));
    }
    let mut cases = Vec::new();
    for id in 0..accepted {
        let instances = if generator.defs[id].is_generic() { 3 } else { 1 };
        for instance in 0..instances {
            let ty = Model::concrete(&generator.instance(id));
            cases.push((format!("{id}_{instance}"), ty));
        }
    }
    let mistakes = (accepted..types).map(|number| refuse::refused(&mut generator, number)).collect();
    Shard {
        accepted: format!("accepted_{index}"),
        refused: format!("refused_{index}"),
        generator,
        cases,
        mistakes,
    }
}

fn write_accepted(workspace: &Workspace, shard: &Shard) {
    let model = Model { defs: &shard.generator.defs };
    let mut root = "#![allow(warnings)]\npub mod probe;\n".to_owned();
    let mut files = vec![("probe.rs".to_owned(), include_str!("probe.rs").to_owned())];
    for (number, defs) in shard.generator.defs.chunks(FILE).enumerate() {
        root += &format!("pub mod m{number};\npub use m{number}::*;\n");
        let text = defs.iter().map(source::def).collect::<String>();
        files.push((format!("m{number}.rs"), format!("{}use crate::*;\n{text}", source::IMPORTS)));
    }
    let mut program = String::new();
    for (number, cases) in shard.cases.chunks(FILE).enumerate() {
        let (entries, support): (Vec<_>, Vec<_>) =
            cases.iter().map(|(label, ty)| source::case(&model, label, ty)).unzip();
        let text = format!(
            "{}use crate::{{*, probe::*}};\npub static CASES: &[Case] = &[\n{}\n];\n{}",
            source::IMPORTS,
            entries.join(",\n"),
            support.concat()
        );
        root += &format!("pub mod c{number};\n");
        files.push((format!("c{number}.rs"), text));
        let krate = &shard.accepted;
        program += &format!("    {krate}::probe::report({krate}::c{number}::CASES);\n");
    }
    files.push(("lib.rs".to_owned(), root));
    files.push(("main.rs".to_owned(), format!("fn main() {{\n{program}}}\n")));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    workspace.member(&shard.accepted, None, &files);
}

/// Compares what the crate says of its types with what the model says; returns the number of types.
fn check_accepted(
    workspace: &Workspace,
    shard: &Shard,
    errors: &[CompileError],
    failures: &mut Vec<String>,
) -> usize {
    if !errors.is_empty() {
        failures
            .extend(errors.iter().map(|error| format!("refused, against the model:\n{}", error.rendered)));
        return 0;
    }
    let model = Model { defs: &shard.generator.defs };
    let report = workspace.run(&shard.accepted);
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines.len(), shard.cases.len(), "a line for each type");
    for ((label, ty), line) in shard.cases.iter().zip(&lines) {
        let expected = source::expected(&model, label, ty);
        if !source::agrees(&expected, line) {
            let Ty::Def(id, ..) = ty else { continue };
            failures.push(format!(
                "{}of which {}\nthe model: {expected}\nthe crate: {line}",
                source::def(&shard.generator.defs[*id]),
                source::instance(&shard.generator.defs, ty),
            ));
        }
    }
    lines.len()
}

/// Writes the crate of the mistakes and notes on which lines each lies.
fn write_refused(workspace: &Workspace, shard: &mut Shard) {
    let krate = &shard.accepted;
    let mut text =
        format!("#![allow(warnings)]\n{}use {krate}::*;\nuse std::collections::*;\n", source::IMPORTS);
    text += refuse::PRELUDE;
    for mistake in &mut shard.mistakes {
        let first = text.lines().count() + 1;
        text += &mistake.text;
        mistake.lines = first..text.lines().count() + 1;
    }
    workspace.member(&shard.refused, Some(&shard.accepted), &[("lib.rs", text)]);
}

/// Looks for the error of each mistake. Where one phase of rustc hides those of the next, what had no error is
/// compiled again without what had.
fn check_refused(
    workspace: &Workspace,
    shard: &mut Shard,
    mut errors: Vec<CompileError>,
    failures: &mut Vec<String>,
) {
    loop {
        for error in &errors {
            let owner = shard.mistakes.iter_mut().find(|mistake| {
                !error.lines.is_empty() && error.lines.iter().all(|line| mistake.lines.contains(line))
            });
            match owner {
                Some(mistake) => mistake.errors.push(error.clone()),
                None => {
                    failures
                        .push(format!("an error outside of the refused definitions:\n{}", error.rendered));
                }
            }
        }
        let before = shard.mistakes.len();
        let (seen, unseen) =
            std::mem::take(&mut shard.mistakes).into_iter().partition(|m| !m.errors.is_empty());
        let seen: Vec<Refused> = seen;
        shard.mistakes = unseen;
        failures.extend(seen.iter().filter_map(Refused::complaint));
        if shard.mistakes.is_empty() {
            return;
        }
        if shard.mistakes.len() == before {
            failures
                .extend(shard.mistakes.iter().map(|m| format!("accepted, against the model:\n{}", m.text)));
            return;
        }
        println!("{}: {} of {before} had no error, once more", shard.refused, shard.mistakes.len());
        write_refused(workspace, shard);
        errors = workspace.build(std::slice::from_ref(&shard.refused));
    }
}
